"""Every error of the HTTP library has a counterpart of ours."""

import inspect

import httpx
import pytest

from sprites_facade._core import errors
from sprites_facade._core.translation import FOREIGN, translate

REQUEST = httpx.Request("POST", "http://127.0.0.1/v1/x?env=hunter2")
NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}


def all_foreign() -> list[type[Exception]]:
    found = [value for value in vars(httpx).values() if inspect.isclass(value)]
    return sorted(
        (cls for cls in found if issubclass(cls, Exception)), key=lambda cls: cls.__name__
    )


def make(cls: type[Exception]) -> Exception:
    if issubclass(cls, httpx.HTTPStatusError):
        response = httpx.Response(404, request=REQUEST, stream=httpx.ByteStream(b""))
        return cls("hunter2", request=REQUEST, response=response)
    if issubclass(cls, httpx.StreamError) and cls is not httpx.StreamError:
        return cls()
    return cls("hunter2")


@pytest.mark.parametrize("cls", all_foreign(), ids=lambda cls: cls.__name__)
def test_every_error_of_httpx_is_translated(cls: type[Exception]) -> None:
    """A new class in httpx is caught here, and its text is not repeated."""
    assert issubclass(cls, FOREIGN)
    ours = translate(make(cls), method="POST", path="/v1/x?env=hunter2", timeout=3)
    assert isinstance(ours, errors.SpritesError)
    assert "hunter2" not in f"{ours} {vars(ours)}"
    assert "POST /v1/x" in str(ours)


@pytest.mark.parametrize("cls", all_foreign(), ids=lambda cls: cls.__name__)
def test_errors_of_the_connection_know_if_the_request_left(cls: type[Exception]) -> None:
    """Only what happens before the first byte never left; timeouts are the builtin ones too."""
    ours = translate(make(cls), method="POST", path="/v1/x")
    assert isinstance(ours, errors.APIConnectionError) == issubclass(cls, httpx.TransportError)
    if isinstance(ours, errors.APIConnectionError):
        assert ours.sent == (cls.__name__ not in NEVER_SENT)
        assert isinstance(ours, TimeoutError) == issubclass(cls, httpx.TimeoutException)


def test_a_hook_that_raises_for_status_is_an_answer() -> None:
    """An injected client may do that."""
    ours = translate(make(httpx.HTTPStatusError), method="GET", path="/v1/x")
    assert type(ours) is errors.NotFoundError
