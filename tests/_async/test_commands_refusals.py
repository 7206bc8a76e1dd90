"""Commands that do not start, and what errors and logs keep to themselves."""

import io
import logging
import subprocess
import threading
import traceback
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSprite,
    AsyncSpritesClient,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    SpritesError,
)
from tests.wire import Exchange, Handler, Wire, replies, wait_for
from tests.ws_wire import Peer, command, websocket

pytestmark = pytest.mark.anyio

SECRET = "hunter2"


def ends(end: str) -> Handler:
    """Return a handler whose command ends without an exit status."""

    def script(peer: Peer) -> None:
        peer.introduce()
        getattr(peer, end)()

    return websocket(script)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (302, "elsewhere", APIStatusError),
        (400, "No command specified\n", BadRequestError),
        (401, '{"error":"authentication failed"}', AuthenticationError),
        (404, '{"error":"sprite not found"}', NotFoundError),
        (429, '{"error":"concurrent_sprite_limit_exceeded"}', RateLimitError),
        (503, "<html>no</html>", APIStatusError),
    ],
)
async def test_a_refused_handshake(
    wire: Wire, sprite: AsyncSprite, status: int, body: str, error: type[APIStatusError]
) -> None:
    """The status gives the class, and the body is in it; nothing is tried again."""
    wire.then(replies(status, body))
    with pytest.raises(error) as caught:
        await sprite.run(["x"])
    assert caught.value.status == status
    assert caught.value.body is not None
    assert caught.value.path == "/v1/sprites/demo/exec"
    assert len(wire.requests) == 1


async def test_a_token_does_not_follow_redirects(wire: Wire, sprite: AsyncSprite) -> None:
    """Whoever set the base URL decides who gets it."""
    with Wire() as elsewhere:
        elsewhere.always(command())
        for target in elsewhere.url + "/v1/sprites/demo/exec", "/v1/sprites/other/exec":
            wire.then(replies(302, "", headers={"Location": target}))
            with pytest.raises(APIStatusError) as caught:
                await sprite.run(["x"])
            assert caught.value.status == 302
        assert elsewhere.connections == 0
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    "handler",
    [
        replies(401, '{"error":"no"}'),
        replies(200, "not a WebSocket"),
        replies(302, "", headers={"Location": "http://127.0.0.1:1/"}),
        Exchange.cut,
        ends("drop"),
        command(b"\x09"),
        command(code=1),
    ],
)
async def test_no_error_or_log_shows_the_query(
    wire: Wire, sprite: AsyncSprite, caplog: pytest.LogCaptureFixture, handler: Handler
) -> None:
    """It holds the command and its environment, and the wire has no other place (P23, J6)."""
    caplog.set_level(logging.DEBUG)
    wire.then(handler)
    with pytest.raises((SpritesError, UnicodeError)) as caught:
        await sprite.run(["login", SECRET], env={"KEY": SECRET}, check=True)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    source = 'await sprite.run(["login", SECRET]'
    assert SECRET not in shown.replace(source, "")
    assert "s3cret" not in shown
    assert wire.requests[0].query["env"][-1] == f"KEY={SECRET}"


async def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """A request that never left is tried again, and then says so without the query."""
    caplog.set_level(logging.DEBUG)
    with Wire() as gone:
        url = gone.url
    async with AsyncSpritesClient("t", base_url=url, max_retries=1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.run("demo", ["login", SECRET])
    assert not caught.value.sent
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in shown
    assert "again in" in caplog.text


async def test_a_handshake_without_an_answer(wire: Wire, sprite: AsyncSprite) -> None:
    """It has no more time than the command was given."""
    done = threading.Event()
    wire.then(lambda _: wait_for(done))
    with pytest.raises(APITimeoutError):
        await sprite.run(["x"], timeout=0.1)
    done.set()


async def test_a_long_query_is_warned_of(
    wire: Wire, sprite: AsyncSprite, caplog: pytest.LogCaptureFixture
) -> None:
    """P23: servers refuse it, and the reason is not obvious; the text does not repeat it."""
    wire.then(replies(414, "URI too long"))
    with pytest.raises(APIStatusError):
        await sprite.run(["x"], env={"KEY": SECRET * 2000})
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "pass data as input" in record.message
    assert SECRET not in record.message


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ("", {}),
        ("  ", {}),
        ([], {}),
        ([""], {}),
        ([b"ls"], {}),
        (["ls", 3], {}),
        (["ls", "a\0b"], {}),
        ("ls\0", {}),
        (["ls", "\ud800"], {}),
        (["ls"], {"timeout": -1}),
        (["ls"], {"timeout": float("nan")}),
        (["ls"], {"timeout": "1"}),
        (["ls"], {"input": "x", "stdin": io.BytesIO()}),
        (["ls"], {"input": 5}),
        (["ls"], {"stdin": subprocess.PIPE}),
        (["ls"], {"stdin": "text"}),
        (["ls"], {"stdin": object()}),
        (["ls"], {"stdout": object()}),
        (["ls"], {"stdout": subprocess.STDOUT}),
        (["ls"], {"env": {"": "x"}}),
        (["ls"], {"env": {"A=B": "x"}}),
        (["ls"], {"env": {"A\0": "x"}}),
        (["ls"], {"env": {"A": "x\0"}}),
        (["ls"], {"env": {"A": 5}}),
        (["ls"], {"env": {}, "replace_env": True}),
        (["ls"], {"replace_env": True}),
        (["ls"], {"cwd": ""}),
        (["ls"], {"cwd": "a\0"}),
        (["ls"], {"size": (0, 24), "tty": True}),
        (["ls"], {"max_frame": 0}),
        (["ls"], {"encoding": "no-such"}),
        (["ls"], {"errors": "no-such"}),
        (["ls"], {"max_run_after_disconnect": -1}),
    ],
)
async def test_what_cannot_be_is_refused_before_any_request(
    wire: Wire, sprite: AsyncSprite, args: Any, options: Any
) -> None:
    """As a ValueError, as `subprocess` has it."""
    with pytest.raises(ConfigurationError) as caught:
        await sprite.run(args, **options)
    assert isinstance(caught.value, ValueError)
    assert wire.connections == 0


async def test_a_client_that_is_closed(wire: Wire) -> None:
    """It opens no WebSocket either."""
    async with AsyncSpritesClient("t", base_url=wire.url) as client:
        pass
    with pytest.raises(ConfigurationError, match="closed"):
        await client.run("demo", ["x"])
    assert wire.connections == 0


async def test_a_command_that_makes_a_long_url_is_warned_of(
    wire: Wire, sprite: AsyncSprite, caplog: pytest.LogCaptureFixture
) -> None:
    """By the request that it makes; its words are not shown."""
    wire.then(command())
    await sprite.run(["echo", SECRET, "x" * 7960])
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("GET /v1/sprites/demo/exec: the command and its environment make a URL")
    assert SECRET not in said
