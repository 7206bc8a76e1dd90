"""Wait for a sprite to answer, without a trace inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sprites_facade._concurrency import async_sleep, monotonic
from sprites_facade._core import operations
from sprites_facade._core.commands import seconds
from sprites_facade._core.errors import (
    APIConnectionError,
    APITimeoutError,
    RateLimitError,
    ServerError,
    SpritesError,
)

if TYPE_CHECKING:
    from sprites_facade._async.transport import AsyncTransport

# An environment that is about to go down for a restore may answer once more.
_ANSWERS_NEEDED = 2
_FIRST_DELAY, _LONGEST_DELAY = 0.05, 2.0


async def async_wait_ready(transport: AsyncTransport, name: str, timeout: float | None) -> None:
    """Ask for the list of sessions, which only the environment itself can answer."""
    limit = seconds(timeout, "timeout")
    deadline = None if limit is None else monotonic() + limit
    call = operations.probe_sessions(name).about(f"sprite {name!r}")
    answers, delay = 0, _FIRST_DELAY
    reason: SpritesError | None = None
    while answers < _ANSWERS_NEEDED:
        left = None if deadline is None else deadline - monotonic()
        if left is not None and left <= 0:
            raise APITimeoutError(
                f"sprite {name!r} was not ready after {timeout} s: {reason or 'too slow'}",
                method=call.method,
                path=call.path,
            ) from reason
        try:
            await transport.view(max_retries=0, timeout=_shorter(transport, left)).send(call)
            answers += 1
        except (APIConnectionError, RateLimitError, ServerError) as exc:
            answers, reason = 0, exc
            delay = getattr(exc, "retry_after", None) or min(delay * 2, _LONGEST_DELAY)
        if answers < _ANSWERS_NEEDED:
            await async_sleep(delay if left is None else min(delay, left))


def _shorter(transport: AsyncTransport, left: float | None) -> float | None:
    bounds = [bound for bound in (left, transport.config.timeout) if bound is not None]
    return min(bounds, default=None)
