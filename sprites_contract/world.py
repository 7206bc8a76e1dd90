"""What a run makes first, so that every operation can reach its success, and removes at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from websockets.exceptions import WebSocketException

from sprites_contract.document import operations
from sprites_contract.sessions import start_session
from sprites_contract.target import Client, Target, clean_up

SERVICE = "web"  # as in the examples
HOME = "/home/sprite"
_ANY = "/etc/hostname"
VICTIM = "victim"  # is deleted by the operations that delete, once
FILES = ("a.txt", "app.py", "run.sh", "src/app.py", "old/old.txt")  # as in the examples

Pins = dict[str, dict[str, str]]


class WorldError(Exception):
    """The server does not even allow to begin; the text says what it answered to what."""


@frozen
class World:
    """What there is for the cases."""

    target: Target
    pins: Pins
    """Values of parameters by operation, under the names of schemathesis."""


@contextmanager
def world(target: Target, journal: Path, missing: set[str]) -> Iterator[World]:
    """Make the sprites, checkpoints, services and files that cases point at; delete all after.

    Args:
        target: The server.
        journal: Where the hooks note sprites whose names do not tell that they are ours.
        missing: Operations that the server does not have.
    """
    with Client(target) as http, ExitStack() as stack:
        stack.callback(_remove, http, target, journal)
        yield World(target, _seed(http, target, missing))


def _remove(http: httpx.Client, target: Target, journal: Path) -> None:
    clean_up(http, target.sprite)
    for line in journal.read_text().splitlines() if journal.exists() else ():
        http.delete(f"/v1/sprites/{json.loads(line)}")


def _seed(http: httpx.Client, target: Target, missing: set[str]) -> Pins:
    base = f"/v1/sprites/{target.sprite}"
    for name in (target.sprite, f"{target.sprite}-{VICTIM}"):
        _call(http, "POST", "/v1/sprites", 201, json={"name": name})
    for file in FILES:
        query = {"path": f"/home/sprite/{file}", "mkdirParents": "true"}
        _call(http, "PUT", f"{base}/fs/write", 200, params=query, content=b"contract\n")
    # The first one has ancestors, the second one is deleted.
    for comment in ("contract", VICTIM):
        _call(http, "POST", f"{base}/checkpoint", 200, json={"comment": comment})
    listed = _call(http, "GET", f"{base}/checkpoints", 200).json()
    by_comment = {entry.get("comment"): entry["id"] for entry in listed}
    if "put_service" not in missing:
        for service in (SERVICE, VICTIM):
            _put_service(http, f"{base}/services/{service}")
    return pins(
        target.sprite,
        checkpoint=by_comment["contract"],
        victim=by_comment[VICTIM],
        session=_session(target),
    )


def _call(
    http: httpx.Client, method: str, path: str, wanted: int, **options: Any
) -> httpx.Response:
    answer = http.request(method, path, **options)
    if answer.status_code != wanted:
        raise WorldError(
            f"{http.base_url} answered {answer.status_code} to {method} {path},"
            f" not {wanted}: {answer.text[:200]}"
        )
    return answer


def _put_service(http: httpx.Client, path: str) -> None:
    definition = {"cmd": "sleep", "args": ["infinity"]}
    _call(http, "PUT", path, 200, params={"duration": "0s"}, json=definition)


def _session(target: Target) -> str:
    """Start a command that stays; the hooks start further ones when it has ended."""
    try:
        return start_session(target.url, target.token, target.sprite)
    except (WebSocketException, OSError, ValueError, KeyError) as error:
        print(f"contract: no session to point at: {error}", file=sys.stderr)
        return "1"


def pins(sprite: str, *, checkpoint: str, victim: str, session: str) -> Pins:
    """Return real names by operation, so that it reaches its success path.

    Operations that delete get something of their own; the hooks keep `delete_sprite` away from
    the sprite that the others need.
    """
    usual = {
        "path.name": sprite,
        "path.checkpoint_id": checkpoint,
        "path.service_name": SERVICE,
        "path.session_id": session,
    }
    pinned = {name: usual for name in operations() if name != "delete_sprite"}
    pinned["list_sprites"] = {}
    pinned["delete_checkpoint"] = usual | {"path.checkpoint_id": victim}
    pinned["delete_service"] = usual | {"path.service_name": VICTIM}
    return pinned


@contextmanager
def world_to_look_at(target: Target) -> Iterator[World]:
    """Choose what a run that changes nothing looks at: the named sprite, or the first one."""
    with Client(target) as http:
        listed = _call(http, "GET", "/v1/sprites", 200).json()["sprites"] or []
        name = target.sprite or next((entry["name"] for entry in listed), "")
        if not name:
            raise WorldError("there is no sprite to look at; name one with --sprite")
        base = f"/v1/sprites/{name}"
        checkpoints = _call(http, "GET", f"{base}/checkpoints", 200).json() or []
        services = http.get(f"{base}/services")
        first = services.json() if services.status_code == 200 else None
        pinned = pins(
            name,
            checkpoint=next((c["id"] for c in checkpoints if c["id"] != "Current"), "v0"),
            victim="v0",
            session="1",
        )
        pinned["list_files"] = pinned["list_files"] | {"query.path": HOME}
        pinned["read_file"] = pinned["read_file"] | {"query.path": _some_file(http, base)}
        service = {"path.service_name": first[0]["name"]} if first else {}
        yield World(
            Target(target.url, target.token, target.local, name, target.per_second),
            {operation: values | service for operation, values in pinned.items()},
        )


def _some_file(http: httpx.Client, base: str) -> str:
    """Return a small file that can be read."""
    listed = http.get(f"{base}/fs/list", params={"path": HOME})
    entries = listed.json().get("entries") or () if listed.status_code == 200 else ()
    files = [entry["path"] for entry in entries if entry["type"] == "file"]
    return str(
        next((path for path in files if '"' not in path and "\\" not in path), "/etc/hostname")
    )
