"""What a careful client does with a sprite; each of these must succeed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from attrs import define, field

from sprites_facade import (
    APITimeoutError,
    AsyncSprite,
    CommandTimeoutError,
    ConflictError,
    MemoryPolicy,
    NetworkRule,
    NotFoundError,
    PrivilegesPolicy,
    ResourcesPolicy,
)

HOME = "/home/sprite"
_LOOP = "n=0; while :; do n=$((n+1)); echo $n; sleep 0.2; done"
_ECHO = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    print("listening", flush=True)
    while True:
        with server.accept()[0] as one:
            while data := one.recv(65536):
                one.sendall(data)
"""
MEGABYTE = 1 << 20


@define
class Place:
    """A sprite, and what a worker knows of it."""

    sprite: AsyncSprite
    random: random.Random = field(repr=False)
    port: int
    """A port that is this worker's alone: where sprites share the machine's network."""
    checkpoints: list[str] = field(factory=list)
    sessions: list[str] = field(factory=list)
    services: set[str] = field(factory=set)


Action = Callable[[Place], Awaitable[None]]


async def short(place: Place) -> None:
    done = await place.sprite.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


async def over_http(place: Place) -> None:
    done = await place.sprite.run_http(["cat"], input="through", check=True)
    assert done.stdout == "through"


async def missing(place: Place) -> None:
    with suppress(NotFoundError, Exception):
        await place.sprite.run(["/nonexistent/program"])


async def much(place: Place) -> None:
    size = place.random.randrange(1, 6) * MEGABYTE
    done = await place.sprite.run(["head", "-c", str(size), "/dev/zero"], text=False, check=True)
    assert len(done.stdout) == size


async def terminal(place: Place) -> None:
    async with await place.sprite.start(["cat"], tty=True, size=(80, 24)) as process:
        assert process.stdin is not None
        await process.resize(100, 30)
        await process.stdin.write("hello\n")
        await process.stdin.write("\x04")
        assert await process.wait(30) == 0


async def typed(place: Place) -> None:
    data = place.random.randbytes(300_000)
    done = await place.sprite.run(["cat"], input=data, text=False, check=True)
    assert done.stdout == data


async def too_long(place: Place) -> None:
    try:
        await place.sprite.run(["sleep", "600"], timeout=0.3)
    except (CommandTimeoutError, APITimeoutError):  # or the time was over before it began
        return
    raise AssertionError("a command of 600 s ended in time")


async def many(place: Place) -> None:
    await asyncio.gather(*(place.sprite.run(["true"], check=True) for _ in range(8)))


async def leave(place: Place) -> None:
    if len(place.sessions) > 2:
        return
    process = await place.sprite.start(["sh", "-c", _LOOP], max_run_after_disconnect=600)
    assert process.session_id is not None
    place.sessions.append(process.session_id)
    await process.detach()


async def come_back(place: Place) -> None:
    if not place.sessions:
        return
    session = place.random.choice(place.sessions)
    async with place.sprite.attach(session) as process:
        assert process.stdout is not None
        assert await process.stdout.readline()
        await process.detach()


async def end_session(place: Place) -> None:
    if place.sessions:
        session = place.sessions.pop()
        await place.sprite.kill_session(session, "KILL")


async def checkpoint(place: Place) -> None:
    made = await (await place.sprite.create_checkpoint("soak")).result()
    place.checkpoints.append(made.id)
    assert made.id in [one.id for one in await place.sprite.list_checkpoints()]


async def restore(place: Place) -> None:
    if not place.checkpoints:
        return
    chosen = place.random.choice(place.checkpoints)
    await (await place.sprite.restore_checkpoint(chosen)).result()
    await find_sessions(place)


async def find_sessions(place: Place) -> None:
    """Take note of the sessions that print numbers."""
    listed = await place.sprite.list_sessions()
    place.sessions = [one.id for one in listed if _LOOP in (one.command or "")]


async def forget(place: Place) -> None:
    if len(place.checkpoints) > 3:
        chosen = place.checkpoints.pop(place.random.randrange(len(place.checkpoints)))
        with suppress(ConflictError):  # the live state may come from it
            await place.sprite.delete_checkpoint(chosen)


async def transfer(place: Place) -> None:
    data = place.random.randbytes(place.random.randrange(2 * MEGABYTE))
    await place.sprite.files.write_bytes(f"{HOME}/data/blob", data)
    assert await place.sprite.files.read_bytes(f"{HOME}/data/blob") == data


async def tree(place: Place) -> None:
    files = place.sprite.files
    for number in range(5):
        await files.write_text(f"{HOME}/tree/{number}/file", str(number))
    await files.rename(f"{HOME}/tree/0", f"{HOME}/tree/moved")
    await files.copy(f"{HOME}/tree/moved", f"{HOME}/tree/copied", recursive=True)
    assert len(await files.list(f"{HOME}/tree")) == 6
    assert not await files.exists(f"{HOME}/tree/0")
    await files.rmtree(f"{HOME}/tree")


async def follow_files(place: Place) -> None:
    await place.sprite.files.mkdir(f"{HOME}/seen", parents=True, exist_ok=True)
    async with place.sprite.files.watch(f"{HOME}/seen", recursive=True) as watch:
        await place.sprite.files.write_text(f"{HOME}/seen/file", str(place.random.random()))
        assert await watch.next(30) is not None


async def follow_ports(place: Place) -> None:
    async with place.sprite.watch_ports():
        await short(place)


async def serve(place: Place) -> None:
    words = ["-c", _ECHO, str(place.port)]
    async with place.sprite.put_service("echo", "python3", words, duration=0.1) as stream:
        await stream.result()
    place.services.add("echo")


async def talk(place: Place) -> None:
    """Send through a tunnel to the service, which may need a moment after a restore."""
    if "echo" not in place.services:
        await serve(place)
    async with place.sprite.proxy(place.port, on_error=lambda _: None) as proxy:
        for _ in range(200):
            if await _echoed(proxy.port):
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the service does not answer")


async def _echoed(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"ping")
        return await reader.read(4) == b"ping"
    except OSError:
        return False
    finally:
        writer.close()


async def fail(place: Place) -> None:
    words = ["-c", "echo so; exit 1"]
    async with place.sprite.put_service("failing", "sh", words, duration=0.2) as stream:
        with suppress(Exception):  # it tells that the service ended
            await stream.result()
    place.services.add("failing")


async def logs(place: Place) -> None:
    for name in sorted(place.services):
        async with place.sprite.service_logs(name, lines=10) as stream:
            await stream.process_all(lambda _: None)


async def stop(place: Place) -> None:
    if place.services:
        name = place.random.choice(sorted(place.services))
        with suppress(ConflictError):  # a failing one may just not run
            async with place.sprite.stop_service(name, timeout=2) as stream:
                await stream.process_all(lambda _: None)
        place.services.remove(name)
        await place.sprite.delete_service(name)


async def policies(place: Place) -> None:
    sprite = place.sprite
    domains = place.random.sample(["example.com", "*.example.org", "pypi.org"], 2)
    await sprite.set_network_policy([NetworkRule.allow(one) for one in domains])
    limit = float(place.random.randrange(256, 2048))
    await sprite.set_resources_policy(ResourcesPolicy(memory=MemoryPolicy(limit_mb=limit)))
    await sprite.set_privileges_policy(PrivilegesPolicy(no_new_privileges=True))
    await short(place)
    await sprite.set_network_policy([])
    await sprite.delete_resources_policy()
    await sprite.delete_privileges_policy()


async def names(place: Place) -> None:
    """Ask for names, of which the policy forbids some."""
    script = "getent hosts example.invalid; getent hosts localhost; true"
    await place.sprite.run(["sh", "-c", script], check=True, timeout=60)


async def again(place: Place) -> None:
    await place.sprite.restart()
    place.sessions.clear()


async def look(place: Place) -> None:
    await place.sprite.refresh()
    await place.sprite.check()
    await place.sprite.update(labels=[f"l{place.random.randrange(5)}"])
    await place.sprite.list_services()


ACTIONS: dict[Action, int] = {
    short: 5, over_http: 2, missing: 1, much: 2, terminal: 3, typed: 2, too_long: 2, many: 2,
    leave: 3, come_back: 3, end_session: 2, checkpoint: 4, restore: 2, forget: 3, transfer: 4,
    tree: 1, follow_files: 2, follow_ports: 1, serve: 2, talk: 3, fail: 1, logs: 2, stop: 2,
    policies: 1, names: 1, again: 1, look: 2,
}  # fmt: skip
"""How often each is done, in proportion."""
