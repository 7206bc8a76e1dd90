"""When to try a request again, and after how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from sprites_facade._core.errors import APIConnectionError, APIStatusError, SpritesError

if TYPE_CHECKING:
    from collections.abc import Callable

# The server asks for another try, or something between it and us was overloaded.
_PASSING: Final = frozenset((408, 429, 502, 503, 504))


@attrs.frozen(kw_only=True)
class RetryPlan:
    """The plan for one request: whether and when to try it again after a failure.

    A request that provably never left is tried again whatever it is. One that may have arrived is
    tried again only if the operation is safe to repeat, after no answer, or after one of 408, 429,
    502, 503 and 504. A 500 is an answer like any other (it is what production gives for a sprite
    that does not exist), so it counts only if it came with a time to try again after.

    The server's own delay is kept to the second. One longer than `longest_wait` is not waited for:
    the caller gets the error, which carries it. Without one the delay is drawn from a range that
    doubles each time, so that clients which failed together do not come back together.
    """

    safe: bool
    """Whether the operation may be done twice."""
    max_retries: int = 2
    """How many times to try again at most."""
    first_delay: float = 0.5
    """The upper end of the first delay."""
    longest_delay: float = 8.0
    """The upper end of any delay that we choose ourselves."""
    longest_wait: float = 60.0
    """The longest delay to accept from the server."""

    def delay(
        self, attempt: int, failure: SpritesError, random: Callable[[], float]
    ) -> float | None:
        """Return how many seconds to wait before trying again; None to give up.

        Args:
            attempt: How many times the request was tried, at least 1.
            failure: What came of the last try.
            random: Gives a number from 0 to 1.
        """
        if attempt > self.max_retries or not self._worth_trying(failure):
            return None
        asked = failure.retry_after if isinstance(failure, APIStatusError) else None
        if asked is None:
            # The bound on the exponent keeps a thousandth attempt from overflowing.
            doubled = self.first_delay * 2.0 ** min(attempt - 1, 32)
            return random() * min(self.longest_delay, doubled)
        return asked if asked <= self.longest_wait else None

    def _worth_trying(self, failure: SpritesError) -> bool:
        if isinstance(failure, APIConnectionError):
            return self.safe or not failure.sent
        if not isinstance(failure, APIStatusError) or not self.safe:
            return False
        asked = failure.status == 500 and failure.retry_after is not None
        return asked or failure.status in _PASSING
