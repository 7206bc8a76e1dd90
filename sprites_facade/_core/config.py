"""Settings, checked once: what is wrong here is found before any request is made."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import attrs

from sprites_facade._core.errors import ConfigurationError, InvalidNameError
from sprites_facade._core.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.sprites.dev"
DEFAULT_TIMEOUT = 30.0
DEFAULT_STREAM_TIMEOUT = 300.0
DEFAULT_MAX_RETRIES = 2

# The official documentation says SPRITE_TOKEN, several packages read SPRITES_TOKEN.
TOKEN_VARIABLES = ("SPRITE_TOKEN", "SPRITES_TOKEN")
URL_VARIABLE = "SPRITES_API_URL"

_TOKEN = re.compile(r"[\x21-\x7e]+")
_THIS_MACHINE = re.compile(r"localhost|127(\.[0-9]+){3}|::1")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CHECKPOINT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,254}")
# "%" is refused because servers differ in how often they decode it.
_SEGMENT_REFUSES = frozenset("/\\%")
_MAX_SEGMENT = 255


@attrs.frozen(kw_only=True)
class ClientConfig:
    """What a client needs to know; make it with `ClientConfig.resolve`."""

    token: str | None = attrs.field(repr=False)
    """None for a client whose only requests prove by other means who asks."""
    base_url: str = DEFAULT_BASE_URL
    timeout: float | None = DEFAULT_TIMEOUT
    stream_timeout: float | None = DEFAULT_STREAM_TIMEOUT
    max_retries: int = DEFAULT_MAX_RETRIES

    @classmethod
    def resolve(
        cls,
        token: str | None = None,
        *,
        environ: Mapping[str, str],
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        stream_timeout: float | None = DEFAULT_STREAM_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
    ) -> ClientConfig:
        """Return the settings from the arguments, else the environment, else the defaults.

        Raises:
            ConfigurationError: If there is no token, or a value that cannot be right.
        """
        return cls(
            token=resolve_token(token, environ),
            base_url=resolve_base_url(base_url, environ),
            timeout=check_timeout(timeout, "timeout"),
            stream_timeout=check_timeout(stream_timeout, "stream_timeout"),
            max_retries=check_retries(max_retries),
        )

    @classmethod
    def without_token(
        cls, *, environ: Mapping[str, str], base_url: str | None, timeout: float | None
    ) -> ClientConfig:
        """Return the settings for requests that need no token; otherwise as `resolve`."""
        return cls(
            token=None,
            base_url=resolve_base_url(base_url, environ),
            timeout=check_timeout(timeout, "timeout"),
            max_retries=0,
        )

    @property
    def is_secure(self) -> bool:
        """Whether the server is reached by TLS."""
        return self.base_url.startswith("https:")

    @property
    def is_direct(self) -> bool:
        """Whether no proxy of the environment is for it: a server of this machine, without TLS.

        The proxy would look for it on its own machine, and could read the token.
        """
        host = urlsplit(self.base_url).hostname or ""
        return not self.is_secure and _THIS_MACHINE.fullmatch(host) is not None

    @property
    def websocket_url(self) -> str:
        """The base URL for WebSockets: `ws` for `http`, `wss` for `https`."""
        return websocket_url(self.base_url)


def resolve_token(argument: str | None, environ: Mapping[str, str]) -> str:
    """Return the token: the argument, else SPRITE_TOKEN, else SPRITES_TOKEN.

    A variable that is set to nothing counts as not set.
    """
    if argument is not None:
        return _check_token(argument, "the token argument")
    for variable in TOKEN_VARIABLES:
        if value := environ.get(variable):
            return _check_token(value, variable)
    first, second = TOKEN_VARIABLES
    raise ConfigurationError(f"no token: pass token=..., or set {first} or {second}")


def resolve_base_url(argument: str | None, environ: Mapping[str, str]) -> str:
    """Return the base URL, without a slash at its end.

    The argument wins over SPRITES_API_URL, and that over the hosted platform.
    """
    if argument is not None:
        return _check_url(argument, "base_url")
    if value := environ.get(URL_VARIABLE):
        return _check_url(value, URL_VARIABLE)
    return DEFAULT_BASE_URL


def websocket_url(base_url: str) -> str:
    """Return a checked base URL with the scheme for WebSockets."""
    return "ws" + base_url.removeprefix("http")


def check_timeout(value: float | None, what: str) -> float | None:
    """Return seconds as a float; None means no bound."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{what} must be a number of seconds or None")
    if not (value > 0 and math.isfinite(value)):
        raise ConfigurationError(f"{what} must be more than 0 s, and None for no bound")
    return float(value)


def check_proxy(proxy: str | None) -> str | None:
    """Return the URL of a proxy; the message does not repeat it, for it may hold a password."""
    if proxy is None:
        return None
    schemes = ("http://", "https://", "socks5://", "socks5h://")
    if not isinstance(proxy, str) or not proxy.lower().startswith(schemes):
        raise ConfigurationError(f"proxy must be a URL; it begins with {' or '.join(schemes)}")
    if not _PRINTABLE.fullmatch(proxy):
        raise ConfigurationError("proxy holds a character that no URL has")
    return proxy


def check_retries(value: int) -> int:
    """Return how often a request may be tried again."""
    return whole_number(value, "max_retries")


def whole_number(value: int, what: str, *, least: int = 0) -> int:
    """Return a whole number that is not too small."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{what} must be a whole number from {least}")
    return value


def validate_sprite_name(name: str) -> str:
    """Return the name of a sprite, which is one label of a host name.

    Upper case is let through: only the server knows whether it accepts it.

    Raises:
        InvalidNameError: If it cannot be a name; no request must be made with it.
    """
    if isinstance(name, str) and _LABEL.fullmatch(name):
        return name
    raise InvalidNameError(
        f"{_shown(name)} is no sprite name: use 1 to 63 letters, digits and hyphens, "
        "with no hyphen at either end"
    )


def validate_checkpoint_id(checkpoint_id: str) -> str:
    """Return the id of a checkpoint, such as `v3`.

    Raises:
        InvalidNameError: If it cannot be one; no request must be made with it.
    """
    if isinstance(checkpoint_id, str) and _CHECKPOINT_ID.fullmatch(checkpoint_id):
        return checkpoint_id
    raise InvalidNameError(f"{_shown(checkpoint_id)} is no checkpoint id; they look like 'v3'")


def validate_path_segment(value: str, what: str) -> str:
    """Return a value that may stand, percent-encoded, as one segment of a path.

    Raises:
        InvalidNameError: If it could reach another route than the one meant.
    """
    if isinstance(value, str) and _is_segment(value):
        return value
    raise InvalidNameError(
        f"{_shown(value)} is no {what}: it must be printable, of at most {_MAX_SEGMENT} bytes, "
        "without '/', '\\' and '%', and not '.' or '..'"
    )


def _is_segment(value: str) -> bool:
    if value in ("", ".", "..") or not value.isprintable() or _SEGMENT_REFUSES & set(value):
        return False
    return len(value.encode("utf-8")) <= _MAX_SEGMENT


def _check_token(token: str, source: str) -> str:
    if not isinstance(token, str) or not token:
        raise ConfigurationError(f"{source} is empty")
    if not _TOKEN.fullmatch(token):
        raise ConfigurationError(
            f"{source} holds a character that no token has: a space, a line end, "
            "or something outside of ASCII; give the bare token"
        )
    return token


def _check_url(url: str, source: str) -> str:
    """Check a base URL; the messages do not repeat it, for it may hold a password."""
    if not isinstance(url, str) or not _PRINTABLE.fullmatch(url):
        raise ConfigurationError(f"{source} is no URL: it is empty or not printable ASCII")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is no port
    except ValueError:
        raise ConfigurationError(f"{source} is no URL: its host or port is malformed") from None
    fault = _url_fault(url, parts)
    if fault:
        raise ConfigurationError(f"{source} {fault}, for example {DEFAULT_BASE_URL}")
    return (parts.scheme + url[len(parts.scheme) :]).rstrip("/")


def _url_fault(url: str, parts: SplitResult) -> str | None:
    if parts.scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if "@" in parts.netloc:
        return "must not hold a user name or password; the token is passed apart"
    if not parts.hostname:
        return "must name a host"
    if "?" in url or "#" in url:
        return "must not hold a query or a fragment"
    return None


def _shown(value: object) -> str:
    # Something long is more likely a token in the wrong place than a name.
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    if len(value) > 63:
        return f"a text of {len(value)} characters"
    return clip(repr(value), 80)
