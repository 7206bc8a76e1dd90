"""Follows the stream of `list_sprites`, which ends only when the client hangs up.

Schemathesis sends its cases there too, and hears the first line of each; here the stream is
followed while things happen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sprites_contract.document import complaint
from sprites_contract.drift import NDJSON
from sprites_contract.evidence import Answer, Evidence
from sprites_contract.promises import BrokenPromiseError, require
from sprites_contract.target import Client, Target

_OPERATION = "list_sprites"
_PATIENCE, _LOCAL_PATIENCE = 60.0, 5.0
_COMPONENT = "SpriteEvent"
_GONE = "deleted"


def follow_changes(target: Target, evidence: Evidence) -> None:
    """Make, use and delete a sprite, and hold what the stream tells against it."""
    try:
        with Client(target) as http:
            _refused(target, http, evidence)
            _followed(target, http, evidence)
    except BrokenPromiseError as fault:
        evidence.find(_OPERATION, "http", fault.check, fault.message)
    except httpx.HTTPError as error:
        evidence.find(_OPERATION, "http", "watch_told", f"{type(error).__name__}: {error}")


def _refused(target: Target, http: Client, evidence: Evidence) -> None:
    headers = {"Accept": NDJSON, "Authorization": f"Bearer {target.token}x"}
    with http.stream("GET", "/v1/sprites", headers=headers) as answer:
        evidence.check(_OPERATION, "watch_refused")
        if answer.status_code != 401:
            raise BrokenPromiseError(
                "watch_refused", f"a false token was answered {answer.status_code}"
            )


def _followed(target: Target, http: Client, evidence: Evidence) -> None:
    name = f"{target.sprite}-watched"
    patience = _LOCAL_PATIENCE if target.local else _PATIENCE
    with _lines(http, {"prefix": name}, evidence, patience) as lines:
        for other in (f"{target.sprite}-unwatched", name):
            http.post("/v1/sprites", json={"name": other}).raise_for_status()
        made = _next_change(lines, name)
        require("watch_told", bool(made.get("status")), f"no status in {made}")
        require("watch_told", made["status"] != _GONE, f"{made} tells of a sprite that was made")
        http.delete(f"/v1/sprites/{name}").raise_for_status()
        while _next_change(lines, name).get("status") != _GONE and target.local:
            pass  # how it came to its end may be told as well
        http.delete(f"/v1/sprites/{target.sprite}-unwatched")
    evidence.check(_OPERATION, "watch_told", 2)


@contextmanager
def _lines(
    http: Client, query: dict[str, str], evidence: Evidence, patience: float
) -> Iterator[Iterator[dict[str, Any]]]:
    """Yield the lines of the stream, each checked; hang up at the end."""
    headers = {"Accept": NDJSON}
    with http.stream(
        "GET", "/v1/sprites", params=query, headers=headers, timeout=patience
    ) as answer:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        require("watch_opens", (answer.status_code, kind) == (200, NDJSON), f"{answer}, {kind}")
        evidence.see(_OPERATION, Answer(answer.status_code, kind, b""))
        yield _checked(answer.iter_lines(), evidence, patience)


def _checked(lines: Iterator[str], evidence: Evidence, patience: float) -> Iterator[dict[str, Any]]:
    deadline = time.monotonic() + patience
    for text in lines:
        evidence.check(_OPERATION, "watch_lines")
        try:
            line = json.loads(text)
        except ValueError:
            raise BrokenPromiseError("watch_lines", f"no JSON: {text[:200]!r}") from None
        if fault := complaint(_COMPONENT, line):
            raise BrokenPromiseError("watch_lines", f"{text[:200]}: {fault}")
        evidence.drift.see_message(_COMPONENT, line)
        yield line
        # Signs of life can come for ever.
        require("watch_told", time.monotonic() < deadline, f"nothing but {text[:200]}")
    raise BrokenPromiseError("watch_ends", "the stream ended, although nobody hung up")


def _next_change(lines: Iterator[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the next change; all must be about the one sprite that was asked for."""
    change = next(line for line in lines if line.get("type") is None)
    told = f"{change} was told, although only {name} was asked for"
    require("watch_prefix", change.get("name") == name, told)
    return change
