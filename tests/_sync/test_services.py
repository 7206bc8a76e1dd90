# Written by scripts/unasync.py from tests/_async/test_services.py. Do not edit.
"""Services: what is sent, what comes back, and whom it concerns."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    APIResponseError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InvalidNameError,
    NotFoundError,
    Service,
    ServiceState,
    Sprite,
    SpritesClient,
)
from tests.wire import Wire, replies, streams

pytestmark = pytest.mark.anyio

WEB = {
    "name": "web",
    "cmd": "python3",
    "args": None,
    "needs": None,
    "env": {"PASSWORD": "hunter2"},
    "dir": "/app",
    "http_port": 8080,
    "state": {
        "name": "web",
        "status": "running",
        "pid": 1847,
        "started_at": "2026-06-02T17:11:14.555839485Z",
        "restart_count": 2,
        "next_restart_at": None,
    },
    "replicas": 3,
}
DONE = {"type": "complete", "timestamp": 1769862029555}
BASE = "/v1/sprites/demo/services"


def test_a_service_is_a_value(wire: Wire, sprite: Sprite) -> None:
    """P11, J3: null lists are empty; times are aware; what is unknown is kept."""
    wire.then(replies(200, WEB))
    found = sprite.get_service("web")
    assert found == Service(
        name="web",
        cmd="python3",
        env={"PASSWORD": "hunter2"},
        dir="/app",
        http_port=8080,
        state=ServiceState(
            status="running",
            name="web",
            pid=1847,
            started_at=datetime(2026, 6, 2, 17, 11, 14, 555839, UTC),
            restart_count=2,
        ),
        extra={"replicas": 3},
    )
    assert (found.args, found.needs, found.status) == ((), (), "running")
    assert "hunter2" not in repr(found)
    assert wire.lines == [f"GET {BASE}/web"]


@pytest.mark.parametrize("answer", [[WEB], {"services": [WEB]}])
def test_lists_in_both_forms(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """Some servers wrap the list."""
    wire.then(replies(200, answer))
    assert [service.name for service in sprite.list_services()] == ["web"]


@pytest.mark.parametrize("answer", [None, [], {"services": None}])
def test_no_services(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """P11: null is an empty list."""
    wire.then(replies(200, answer))
    assert sprite.list_services() == []


@pytest.mark.parametrize("answer", [{"items": []}, "text", [1], [{"cmd": "x"}]])
def test_what_is_no_list_of_services(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """A typed error says what is wrong."""
    wire.then(replies(200, answer))
    with pytest.raises(APIResponseError):
        sprite.list_services()


def test_a_definition_is_sent_as_the_wire_wants_it(wire: Wire, sprite: Sprite) -> None:
    """Durations are written as Go does, and what is not given is not sent."""
    wire.then(streams(DONE), streams(DONE))
    with sprite.put_service(
        "web",
        "python3",
        ["-m", "http.server", "8080"],
        needs=["db"],
        env={"A": "x=y"},
        dir="/app",
        http_port=8080,
        duration=1.5,
    ) as stream:
        assert [event.type for event in stream] == ["complete"]
    first = wire.requests[0]
    assert (first.line, first.query) == (f"PUT {BASE}/web", {"duration": ["1.5s"]})
    assert first.headers["accept"] == "application/x-ndjson"
    assert first.json == {
        "cmd": "python3",
        "args": ["-m", "http.server", "8080"],
        "needs": ["db"],
        "env": {"A": "x=y"},
        "dir": "/app",
        "http_port": 8080,
    }
    with sprite.put_service("db", "postgres") as stream:
        stream.process_all(lambda event: None)
    assert (wire.requests[1].json, wire.requests[1].query) == ({"cmd": "postgres"}, {})


def test_each_step_has_its_request(wire: Wire, sprite: Sprite) -> None:
    """Paths, methods and durations."""
    wire.always(streams(DONE))
    for opening in (
        sprite.start_service("web", duration=0),
        sprite.stop_service("web", timeout=0.25),
        sprite.restart_service("web", duration=90),
        sprite.service_logs("web", lines=10, follow=3600),
        sprite.service_logs("web"),
    ):
        with opening as stream:
            assert [event.type for event in stream] == ["complete"]
    assert [(request.line, request.query) for request in wire.requests] == [
        (f"POST {BASE}/web/start", {"duration": ["0s"]}),
        (f"POST {BASE}/web/stop", {"timeout": ["0.25s"]}),
        (f"POST {BASE}/web/restart", {"duration": ["90s"]}),
        (f"GET {BASE}/web/logs", {"lines": ["10"], "duration": ["3600s"]}),
        (f"GET {BASE}/web/logs", {}),
    ]


def test_signals_and_the_end(wire: Wire, sprite: Sprite) -> None:
    """The name goes into the body, in the form that all servers know."""
    wire.then(replies(204), replies(204), replies(204))
    sprite.signal_service("web", "SIGHUP")
    sprite.signal_service("web", 10)
    sprite.delete_service("web")
    assert wire.lines == [f"POST {BASE}/signal"] * 2 + [f"DELETE {BASE}/web"]
    assert [request.json for request in wire.requests[:2]] == [
        {"name": "web", "signal": "HUP"},
        {"name": "web", "signal": "USR1"},
    ]


def test_the_client_does_the_same(wire: Wire, client: SpritesClient) -> None:
    """With the sprite's name first."""
    wire.then(replies(200, [WEB]), replies(200, WEB), replies(204), replies(204))
    assert len(client.list_services("demo")) == 1
    assert (client.get_service("demo", "web")).name == "web"
    client.signal_service("demo", "web", "TERM")
    client.delete_service("demo", "web")
    wire.always(streams(DONE))
    for opening in (
        client.put_service("demo", "web", "python3", ["-V"], duration=1),
        client.start_service("demo", "web", duration=2),
        client.stop_service("demo", "web", timeout=3),
        client.restart_service("demo", "web", duration=4),
        client.service_logs("demo", "web", lines=1, follow=5),
    ):
        with opening as stream:
            assert [event.type for event in stream] == ["complete"]
    assert wire.lines[4:] == [
        f"PUT {BASE}/web",
        f"POST {BASE}/web/start",
        f"POST {BASE}/web/stop",
        f"POST {BASE}/web/restart",
        f"GET {BASE}/web/logs",
    ]
    assert wire.requests[4].json == {"cmd": "python3", "args": ["-V"]}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2Fb", "a\nb"])
def test_names_that_cannot_be_one(wire: Wire, sprite: Sprite, name: str) -> None:
    """They would reach other routes, so nothing is sent."""
    for call in (sprite.get_service, sprite.delete_service):
        with pytest.raises(InvalidNameError):
            call(name)
    for opening in (sprite.start_service, sprite.stop_service, sprite.service_logs):
        with pytest.raises(InvalidNameError):
            opening(name)
    with pytest.raises(InvalidNameError):
        sprite.signal_service(name, "TERM")
    with pytest.raises(InvalidNameError):
        sprite.put_service("web", "x", needs=[name])
    assert wire.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"cmd": ["python3", "-V"]},
        {"cmd": ""},
        {"cmd": "a\0b"},
        {"args": "one text"},
        {"args": [1]},
        {"needs": "db"},
        {"env": {"A=B": "x"}},
        {"env": {"A": 1}},
        {"http_port": 0},
        {"http_port": 65536},
        {"http_port": True},
        {"http_port": "80"},
        {"dir": ""},
        {"duration": -1},
        {"duration": "5s"},
    ],
)
def test_definitions_that_cannot_be_right(
    wire: Wire, sprite: Sprite, options: dict[str, Any]
) -> None:
    """All are ValueErrors, and nothing is sent."""
    with pytest.raises(ValueError) as caught:
        sprite.put_service("web", **{"cmd": "python3", **options})
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


@pytest.mark.parametrize("options", [{"lines": -1}, {"lines": True}, {"follow": -1}])
def test_logs_that_cannot_be_asked_for(wire: Wire, sprite: Sprite, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        sprite.service_logs("web", **options)
    assert wire.requests == []


def test_refusals_are_typed(wire: Wire, sprite: Sprite) -> None:
    """The environment answers text; the status decides, and it is raised at the call."""
    text = {"content_type": "text/plain"}
    wire.then(
        replies(400, "cmd field is required\n", **text),
        replies(409, "another service already has an HTTP port configured\n", **text),
        replies(404, "service not found\n", **text),
        replies(409, "service 'api' needs it\n", **text),
    )
    with pytest.raises(BadRequestError, match="cmd field"):
        sprite.put_service("web", "x")
    with pytest.raises(ConflictError, match="HTTP port"):
        sprite.put_service("web", "x", http_port=80)
    with pytest.raises(NotFoundError, match="service 'web' of sprite 'demo'"):
        sprite.start_service("web")
    with pytest.raises(ConflictError, match="needs it"):
        sprite.delete_service("web")


def test_only_reading_is_repeated(wire: Wire, sprite: Sprite) -> None:
    """P14: a service must not be started twice; its log may be asked for again."""
    again = replies(503, headers={"Retry-After": "0"})
    wire.then(again, replies(200, WEB), again, streams(DONE))
    assert (sprite.get_service("web")).name == "web"
    with sprite.service_logs("web") as stream:
        assert [event.type for event in stream] == ["complete"]
    wire.always(again)
    for opening in (sprite.start_service, sprite.stop_service, sprite.restart_service):
        with pytest.raises(Exception, match="503"):
            opening("web")
    with pytest.raises(Exception, match="503"):
        sprite.put_service("web", "x")
    with pytest.raises(Exception, match="503"):
        sprite.delete_service("web")
    assert len(wire.requests) == 4 + 5


def test_paths_of_the_sprite_in_a_definition(
    wire: Wire, sprite: Sprite, client: SpritesClient
) -> None:
    """As the program, among its words, and to work in; those of another sprite are refused."""
    wire.then(streams(DONE))
    app, other = sprite.path("app"), client.sprite("other").path("app")
    (sprite.put_service("web", app / "run", [app, "-v"], dir=app)).close()
    sent = wire.requests[0].json
    assert (sent["cmd"], sent["args"]) == ("/home/sprite/app/run", ["/home/sprite/app", "-v"])
    assert sent["dir"] == "/home/sprite/app"
    for attempt in (
        lambda: sprite.put_service("web", other),
        lambda: sprite.put_service("web", "run", [other]),
        lambda: sprite.put_service("web", "run", dir=other),
    ):
        with pytest.raises(ConfigurationError, match="of 'other', not of 'demo'"):
            attempt()
    with pytest.raises(ConfigurationError, match="not one text"):
        sprite.put_service("web", "run", app)
    assert len(wire.requests) == 1
