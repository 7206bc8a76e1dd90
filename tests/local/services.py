"""What the tests of services share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.local.conftest import Api

Events = list[dict[str, Any]]

SLEEPER = {"cmd": "sleep", "args": ["1000"]}


def shell(script: str, **more: Any) -> dict[str, Any]:
    """Define a service by a script."""
    return {"cmd": "sh", "args": ["-c", script], **more}


def path(api: Api, sprite: str, rest: str = "") -> str:
    return api.path(sprite, f"/services{rest}")


def put(api: Api, sprite: str, name: str, body: dict[str, Any], duration: str = "0s") -> Events:
    url = path(api, sprite, f"/{name}?duration={duration}")
    return api.events("PUT", url, json=body)


def show(api: Api, sprite: str, name: str) -> dict[str, Any]:
    response = api.http.get(path(api, sprite, f"/{name}"))
    assert response.status_code == 200, response.text
    return dict(response.json())


def state(api: Api, sprite: str, name: str) -> dict[str, Any]:
    return dict(show(api, sprite, name)["state"])


def kinds(events: Events) -> list[str]:
    return [event["type"] for event in events]


def printed(events: Events, stream: str = "stdout") -> str:
    return "".join(event["data"] for event in events if event["type"] == stream)


@contextmanager
def streaming(
    api: Api, method: str, sprite: str, rest: str, **options: Any
) -> Iterator[Iterator[dict[str, Any]]]:
    """Read a stream event by event, and hang up at the end of the block."""
    with api.http.stream(method, path(api, sprite, rest), **options) as response:
        assert response.status_code == 200, response.read()
        yield (json.loads(line) for line in response.iter_lines())


def until(events: Iterator[dict[str, Any]], kind: str, text: str = "") -> Events:
    """Read up to an event, which must come before the stream ends."""
    seen = []
    for event in events:
        seen.append(event)
        if event["type"] == kind and text in event.get("data", ""):
            return seen
    raise AssertionError(f"no {kind} {text!r} in {seen}")


def wait_for_output(api: Api, sprite: str, name: str, text: str) -> Events:
    """Wait until a service has printed something."""
    with streaming(api, "GET", sprite, f"/{name}/logs?duration=20s") as events:
        return until(events, "stdout", text)
