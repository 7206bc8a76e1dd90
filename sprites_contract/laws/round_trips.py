"""What was asked for is what there is: settings, policies, commands, logs, new lives of a name.

Answers of a server that forgets, ignores or mixes up such things match every schema.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from typing import Any

from sprites_contract.laws.bench import Bench
from sprites_contract.laws.tree import full
from sprites_contract.laws.wire import HOME, Wire
from sprites_contract.sessions import start_session
from sprites_contract.target import Target

_OUT, _ERR = b"\x01out\n", b"\x02err\n"
_TERMINATED, _TIDIED = 143, 9
# It notices a signal when its own command has ended, and says when it would.
_CAREFUL = f"trap 'exit {_TIDIED}' TERM; echo > ready; while :; do sleep 0.2; done"
_READY = "for i in $(seq 200); do [ -e ready ] && break; sleep 0.05; done"
_RULES = [{"domain": "*.example.com", "action": "allow"}, {"include": "defaults"}]
_MEMORY = {"limit_mb": 512}
_LOG = "echo one; echo two; echo three; exec sleep {}"
_TRIES = 20


def _run(wire: Wire, script: str, **query: Any) -> bytes:
    query = {"cmd": ["/bin/sh", "-c", script], **query}
    return wire.call("run_command", "POST", "/exec", 200, params=query).content


def commands(bench: Bench, wire: Wire) -> None:
    """Exit codes, the two outputs, variables and directories are those of the command."""
    for script, code in (("exit 7", 7), ("kill -TERM $$", _TERMINATED)):
        said = _run(wire, script)
        bench.hold("exit_codes", said == bytes((3, code)), f"{script!r} gave {said!r}")
    said = _run(wire, "echo out; echo err >&2")
    apart = said in {_OUT + _ERR + b"\x03\x00", _ERR + _OUT + b"\x03\x00"}
    bench.hold("output", apart, f"the two outputs came as {said!r}")
    wire.shell("echo here > here")
    script = 'read line < here && echo "$line $TOLD ${USER-none}"'
    said = _run(wire, script, dir=full("."), env="TOLD=told")
    bench.hold("surroundings", said == b"\x01here told none\n\x03\x00", f"they were {said!r}")


def signals(bench: Bench, wire: Wire) -> None:
    """A session gets the signal that was asked for, and the time to end by itself."""
    target = Target(bench.target.url, bench.target.token, sprite=wire.name, pace=bench.target.pace)
    sleep, careful = ("sleep", bench.new_marker()), ("/bin/sh", "-c", _CAREFUL)
    for words, code in ((sleep, _TERMINATED), (careful, _TIDIED)):
        session = start_session(target, words)
        if words is careful:
            wire.shell(_READY, within=posixpath.dirname(HOME))
        query = {"signal": "TERM", "timeout": "20s"}
        said = wire.call("kill_session", "POST", f"/exec/{session}/kill", 200, params=query).text
        last = json.loads(said.splitlines()[-1])
        bench.hold("signals", last.get("exit_code") == code, f"{words} ended with {said}")


def logs(bench: Bench, wire: Wire) -> None:
    """The last lines of a log are the last ones, and as many as were asked for."""
    if not bench.services:
        return
    body = {"cmd": "/bin/sh", "args": ["-c", _LOG.format(bench.new_marker())]}
    path = "/services/talks"
    wire.call("put_service", "PUT", path, 200, params={"duration": "1s"}, json=body)
    for lines, wanted in ((3, "one\ntwo\nthree\n"), (2, "two\nthree\n")):
        query = {"lines": str(lines)}
        said = wire.call("get_service_logs", "GET", f"{path}/logs", 200, params=query).text
        events = [json.loads(line) for line in said.splitlines()]
        found = "".join(event.get("data", "") for event in events if event["type"] == "stdout")
        bench.hold("logs", found == wanted, f"the last {lines} lines are {found!r}")
    wire.call("delete_service", "DELETE", path, 204, 409)


def policies(bench: Bench, wire: Wire) -> None:
    """A policy that was set is the one that is shown, until it is lifted."""
    for name, operation, body, lifted in (
        ("network", "network_policy", {"rules": _RULES}, {"rules": []}),
        ("resources", "resources_policy", {"memory": _MEMORY}, {}),
        ("privileges", "privileges_policy", {"noNewPrivileges": True}, {}),
    ):
        path = f"/policy/{name}"
        wire.call(f"set_{operation}", "POST", path, 200, 204, json=body)
        shown = wire.call(f"get_{operation}", "GET", path, 200).json()
        same = all(_same(shown.get(key), value) for key, value in body.items())
        bench.hold("policies", same, f"{body} was set, {shown} is shown")
        if lifted:
            wire.call(f"set_{operation}", "POST", path, 200, 204, json=lifted)
        else:
            wire.call(f"delete_{operation}", "DELETE", path, 200, 204)
        shown = wire.call(f"get_{operation}", "GET", path, 200).json()
        still = any(_same(shown.get(key), value) for key, value in body.items())
        bench.hold("policies", not still, f"{shown} is shown after the policy was lifted")


def _same(shown: Any, wanted: Any) -> bool:
    """Compare, but for what a server adds."""
    if isinstance(wanted, dict) and isinstance(shown, dict):
        return all(_same(shown.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(shown, list):
        return len(shown) == len(wanted) and all(map(_same, shown, wanted))
    return bool(shown == wanted)


def settings(bench: Bench, wire: Wire) -> None:
    """Labels are replaced as a whole, and what is left out of a change stays as it is."""
    for body, labels, auth in (
        ({"labels": ["one", "two"]}, ["one", "two"], "sprite"),
        ({"url_settings": {"auth": "public"}}, ["one", "two"], "public"),
        ({"labels": ["three"]}, ["three"], "public"),
        ({"url_settings": {"auth": "sprite"}}, ["three"], "sprite"),
        ({"clear_labels": True}, [], "sprite"),
    ):
        wire.call("update_sprite", "PUT", "", 200, json=body)
        shown = wire.call("get_sprite", "GET", "", 200).json()
        found = shown.get("labels") or [], (shown.get("url_settings") or {}).get("auth")
        bench.hold("settings", found == (labels, auth), f"after {body}: {found}")


def refusals(bench: Bench, wire: Wire) -> None:
    """What is refused changes nothing: a directory is not deleted or copied by the way."""
    query = {"path": full("kept/file"), "mkdirParents": "true"}
    wire.call("write_file", "PUT", "/fs/write", 200, 201, params=query, content=b"kept")
    orphan = {"path": full("none/file"), "mkdirParents": "false"}
    pair = {"source": full("kept"), "dest": full("copied")}
    for answer in (
        wire.call("delete_file", "DELETE", "/fs/delete", params={"path": full("kept")}),
        wire.call("copy_file", "POST", "/fs/copy", json=pair),
        wire.call("write_file", "PUT", "/fs/write", params=orphan, content=b"lost"),
    ):
        refused = 400 <= answer.status_code < 500
        bench.hold("refusals", refused, f"{answer.request.url} was answered {answer.status_code}")
    listed = wire.shell("find . -mindepth 1 | sort").split()
    bench.hold("refusals", listed == ["./kept", "./kept/file"], f"then there is {listed}")


def new_life(bench: Bench, wire: Wire) -> None:
    """A sprite under the name of one that was deleted has nothing of it."""
    before = wire.call("get_sprite", "GET", "", 200).json()
    origin = [entry["id"] for entry in wire.listing(includeAuto="true") or ()]
    wire.shell("echo old > old")
    wire.checkpoint("old")
    wire.call("update_sprite", "PUT", "", 200, json={"labels": ["old"]})
    wire.delete()
    wire.create(tries=_TRIES)
    after = wire.call("get_sprite", "GET", "", 200).json()
    bench.hold("new_life", after["id"] != before["id"], f"it is {after['id']} again")
    bench.hold("new_life", not after.get("labels"), f"it has the labels {after.get('labels')}")
    listed = [entry["id"] for entry in wire.listing(includeAuto="true") or ()]
    bench.hold("new_life", listed == origin, f"it has {listed}, not {origin}")
    files = wire.shell("ls -A")
    bench.hold("new_life", not files, f"it has the files {files.split()}")


ROUND_TRIPS: tuple[Callable[[Bench, Wire], None], ...] = (
    commands,
    signals,
    logs,
    policies,
    settings,
    refusals,
    new_life,
)
