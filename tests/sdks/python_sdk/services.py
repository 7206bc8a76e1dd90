"""Services: define, look at, stop, start, signal, delete."""

from sprites.exceptions import APIError
from sprites.services import delete_service

SCRIPT = "echo hello $NAME from $PWD; echo oops >&2; exec sleep 600"


def _appears(sprite, path):
    sprite.run("sh", "-c", f"while ! test -s {path}; do sleep 0.05; done", timeout=10)


def life(client, sprite):
    options = {"env": {"NAME": "you"}, "dir": "/tmp"}
    made = list(sprite.create_service("main", "sh", ["-c", SCRIPT], duration=1, **options))
    (shown,) = sprite.list_services()
    stopped = list(sprite.stop_service("main", timeout=5))
    idle = sprite.get_service("main")
    started = list(sprite.start_service("main", duration=0.3))
    running = sprite.get_service("main")
    sprite.stop_service("main")
    sprite.delete_service("main")
    return {
        "made": [made[0].type, made[-1].type],
        "printed": sorted([e.type, e.data] for e in made if e.type in ("stdout", "stderr")),
        "stamped": all(event.timestamp > 1_600_000_000_000 for event in made),
        "logs": sorted(made[-1].log_files),
        "shown": [shown.name, shown.cmd, shown.args, shown.needs, shown.http_port],
        "states": [shown.state.status, idle.state.status, running.state.status],
        "pids": [shown.state.pid > 0, running.state.pid != shown.state.pid],
        "stopped": [event.type for event in stopped],
        "started": [started[0].type, started[-1].type],
        "left": sprite.list_services(),
    }


def failing(client, sprite):
    events = list(sprite.create_service("bad", "sh", ["-c", "exit 3"], duration=0.5))
    return {"codes": {event.exit_code for event in events if event.type == "exit"} == {3}}


def needs(client, sprite):
    list(sprite.create_service("below", "sleep", ["600"], duration=0.1))
    list(sprite.create_service("above", "sleep", ["600"], ["below"], duration=0.1))
    found = {"needs": sprite.get_service("above").needs}
    for name, work in {
        "stop": lambda: sprite.stop_service("below"),
        "delete": lambda: delete_service(sprite, "below"),
        "unknown": lambda: sprite.get_service("nothing"),
        "signal": lambda: sprite.signal_service("above", "NONSENSE"),
    }.items():
        try:
            work()
        except APIError as error:
            found[name] = error.status_code
    return found


def signalled(client, sprite):
    script = "trap 'echo again > /tmp/seen' HUP; echo . > /tmp/set; while :; do sleep 0.05; done"
    list(sprite.create_service("main", "sh", ["-c", script], duration=0.1))
    _appears(sprite, "/tmp/set")
    sprite.signal_service("main", "SIGHUP")
    _appears(sprite, "/tmp/seen")
    return sprite.command("cat", "/tmp/seen").output().decode()
