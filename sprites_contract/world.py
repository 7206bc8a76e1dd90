"""What a run makes first, so that every operation can reach its success, and removes at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
from attrs import evolve, field, frozen
from websockets.exceptions import WebSocketException

from sprites_contract.document import operations
from sprites_contract.guardian import Guardian, guardian
from sprites_contract.sessions import start_session
from sprites_contract.target import CannotBeginError, Client, Target, clean_up, delete_noted

SERVICE = "web"  # as in the examples
HOME = "/home/sprite"
_ANY = "/etc/hostname"
VICTIM = "victim"  # is deleted by the operations that delete, once
STRANGER = "stranger"
"""Is never made; what points at a sprite that is not of the run is led here."""
FILES = ("a.txt", "app.py", "run.sh", "src/app.py", "old/old.txt")  # as in the examples

Pins = dict[str, dict[str, str]]


class WorldError(Exception):
    """The server does not even allow to begin; the text says what it answered to what."""


@frozen
class World:
    """What there is for the cases."""

    target: Target
    pins: Pins
    """Values of the parameters of paths, by operation."""
    queries: Pins = field(factory=dict)
    """Values of the parameters of queries."""
    owner: tuple[int, int] = (1000, 1000)
    """User and group of the sprite's commands, who own the files that they write."""


@contextmanager
def world(target: Target, journal: Path, missing: set[str]) -> Iterator[World]:
    """Make the sprites, checkpoints, services and files that cases point at; delete all after.

    Args:
        target: The server.
        journal: Where the hooks note sprites whose names do not tell that they are ours.
        missing: Operations that the server does not have.
    """
    with guarded(target, journal) as watching, Client(target) as http, ExitStack() as stack:
        stack.callback(_remove, http, target, journal, watching)
        pinned = _seed(http, target, missing)
        yield World(target, pinned, owner=_owner(http, target))


def guarded(target: Target, journal: Path) -> AbstractContextManager[Guardian | None]:
    """Have somebody else's server watched over; one of our own ends with the run."""
    return nullcontext() if target.local else guardian(target, journal)


def _remove(http: httpx.Client, target: Target, journal: Path, watching: Guardian | None) -> None:
    all_gone = [delete_noted(http, journal), clean_up(http, target.sprite)]
    if watching and all(all_gone):
        watching.dismiss()


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
        organization=_organization(http),
    )


def _owner(http: httpx.Client, target: Target) -> tuple[int, int]:
    """Ask a command who it is; servers choose the number."""
    path, words = f"/v1/sprites/{target.sprite}/exec", ["sh", "-c", "echo $(id -u) $(id -g)"]
    said = _call(http, "POST", path, 200, params={"cmd": words}).content
    uid, gid = map(int, said.strip(b"\x01").split(b"\n")[0].split())
    return uid, gid


def _organization(http: httpx.Client) -> str:
    """Return the slug of the token's organization, as far as the server tells."""
    answer = http.get("/v1/organization")
    told = answer.json().get("organization") if answer.status_code == 200 else None
    return str((told or {}).get("slug") or "")


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
        return start_session(target)
    except (WebSocketException, OSError, ValueError, KeyError) as error:
        print(f"contract: no session to point at: {error}", file=sys.stderr)
        return "1"


def pins(
    sprite: str, *, checkpoint: str, victim: str, session: str, organization: str = ""
) -> Pins:
    """Return real names by operation, so that it reaches its success path.

    Operations that delete get something of their own.
    """
    usual = {
        "name": sprite,
        "checkpoint_id": checkpoint,
        "service_name": SERVICE,
        "session_id": session,
        "org_slug": organization,
    }
    pinned = dict.fromkeys(operations(), usual)
    pinned["delete_sprite"] = usual | {"name": f"{sprite}-{VICTIM}"}
    pinned["delete_checkpoint"] = usual | {"checkpoint_id": victim}
    pinned["delete_service"] = usual | {"service_name": VICTIM}
    return pinned


@contextmanager
def world_to_look_at(target: Target) -> Iterator[World]:
    """Choose what a run that changes nothing looks at: the named sprite, or the first one."""
    with Client(target) as http:
        listed = _call(http, "GET", "/v1/sprites", 200).json()["sprites"] or []
        name = target.sprite or next((entry["name"] for entry in listed), "")
        if not name:
            raise CannotBeginError("there is no sprite to look at")
        base = f"/v1/sprites/{name}"
        if http.get(base).status_code == 404:
            raise CannotBeginError(f"there is no sprite {name} to look at")
        checkpoints = _call(http, "GET", f"{base}/checkpoints", 200).json() or []
        services = http.get(f"{base}/services")
        first = services.json() if services.status_code == 200 else None
        pinned = pins(
            name,
            checkpoint=next((c["id"] for c in checkpoints if c["id"] != "Current"), "v0"),
            victim="v0",
            session="1",
        )
        service = {"service_name": first[0]["name"]} if first else {}
        yield World(
            evolve(target, sprite=name),
            {operation: values | service for operation, values in pinned.items()},
            {"list_files": {"path": HOME}, "read_file": {"path": _some_file(http, base)}},
        )


def _some_file(http: httpx.Client, base: str) -> str:
    """Return a small file that can be read."""
    listed = http.get(f"{base}/fs/list", params={"path": HOME})
    entries = listed.json().get("entries") or () if listed.status_code == 200 else ()
    files = [entry["path"] for entry in entries if entry["type"] == "file"]
    return str(
        next((path for path in files if '"' not in path and "\\" not in path), "/etc/hostname")
    )
