"""Records as the wire shows them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sprites_local import times
from sprites_local.checkpoints.catalog import Listed
from sprites_local.http import encode_json
from sprites_local.session import Session
from sprites_local.state.records import CheckpointRecord, SpriteRecord

ORGANIZATION = "local"


def sprite_view(
    record: SpriteRecord, *, status: str, port: int, warmed_at: str | None = None
) -> dict[str, Any]:
    """Show a sprite."""
    settings = {"auth": record.auth}
    if record.private_access is not None:
        settings["private_access"] = record.private_access
    running, warming = sprite_times(record, status, warmed_at)
    view: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "organization": ORGANIZATION,
        "url": sprite_url(record.name, port),
        "status": status,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "url_settings": settings,
        "version": record.environment_version,
        "environment_version": record.environment_version,
        "last_running_at": running,
        "last_warming_at": warming,
    }
    if record.labels:
        view["labels"] = list(record.labels)
    return view


def sprite_times(
    record: SpriteRecord, status: str, warmed_at: str | None
) -> tuple[str | None, str | None]:
    """Return when a sprite ran last, and became warm last; a cold one tells neither, as there."""
    return (None, None) if status == "cold" else (record.last_running_at, warmed_at)


def sprite_url(name: str, port: int) -> str:
    """Return the URL of a sprite on a server with this port."""
    return f"http://{name}.localhost:{port}"


def page_view(sprites: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    """Show a page of sprites, with the counters in the two places where clients look."""
    counted = counters(sprite["status"] for sprite in sprites)
    return {
        "sprites": sprites,
        "has_more": token is not None,
        "next_continuation_token": token,
        **counted,
        "org": counted,
    }


def counters(statuses: Iterable[str]) -> dict[str, Any]:
    """Count sprites by status."""
    counted = Counter(statuses)
    by_status = {status: counted[status] for status in ("running", "warm", "cold")}
    return {"name": ORGANIZATION, **by_status}


def checkpoint_view(listed: Listed) -> dict[str, Any]:
    """Show a checkpoint; what is empty is left out, except `is_auto`."""
    view = _record_view(listed.record)
    return {**view, "history": list(listed.history)} if listed.history else view


def _record_view(record: CheckpointRecord) -> dict[str, Any]:
    optional = {
        "comment": record.comment,
        "source_id": record.source_id,
        "processes": None if record.processes == "none" else record.processes,
        "processes_reason": record.reason,
    }
    return {
        "id": record.id,
        "create_time": times.seconds(record.create_time),
        **{key: value for key, value in optional.items() if value},
        "is_auto": record.is_auto,
    }


def checkpoint_list(entries: Sequence[Listed]) -> bytes:
    """Write checkpoints as JSON.

    A thousand of them have half a million ancestors in all. Their ids hold nothing that JSON would
    escape, and most have the ancestors of another one in the list, and that one besides.
    """
    joined: dict[tuple[str, int], str] = {}
    for entry in sorted(entries, key=lambda entry: len(entry.history)):
        joined[entry.record.id, len(entry.history)] = _join(entry.history, joined)
    written = [
        _write_checkpoint(entry.record, joined[entry.record.id, len(entry.history)])
        for entry in entries
    ]
    return f"[{','.join(written)}]".encode()


def _join(history: tuple[str, ...], joined: Mapping[tuple[str, int], str]) -> str:
    before = joined.get((history[-1], len(history) - 1)) if history else None
    return f'{before},"{history[-1]}"' if before else ",".join(f'"{one}"' for one in history)


def _write_checkpoint(record: CheckpointRecord, history: str) -> str:
    fields = encode_json(_record_view(record)).decode()[1:-1]
    return f'{{{fields},"history":[{history}]}}' if history else f"{{{fields}}}"


def session_view(session: Session) -> dict[str, Any]:
    """Show a session."""
    lifetime = max(time.time() - session.created, 0.001)
    return {
        "id": session.id,
        "command": session.command,
        "workdir": session.cwd,
        "created": session.created_at,
        "bytes_per_second": round(session.total / lifetime, 3),
        "is_active": True,
        "tty": session.tty,
        "last_activity": session.last_activity,
    }
