"""The retry plan."""

import pytest

from sprites_facade._core import errors
from sprites_facade._core.retry import RetryPlan


def _most():
    return 1.0


def _status(status, retry_after=None):
    return errors.APIStatusError("no", status=status, retry_after=retry_after)


_NEVER_SENT = errors.APIConnectionError("no", sent=False)
_MAYBE_SENT = errors.APIConnectionError("no", sent=True)


@pytest.mark.parametrize(
    ("failure", "safe", "unsafe"),
    [
        (_NEVER_SENT, True, True),
        (errors.APITimeoutError("no", sent=False), True, True),
        (_MAYBE_SENT, True, False),
        (errors.APITimeoutError("no", sent=True), True, False),
        *((_status(status), True, False) for status in (408, 429, 502, 503, 504)),
        *((_status(status, 1.0), True, False) for status in (408, 429, 500, 502, 503, 504)),
        *((_status(status), False, False) for status in (302, 400, 401, 404, 409, 422, 500, 501)),
        *((_status(status, 1.0), False, False) for status in (400, 404, 409, 501)),
        (errors.StreamTruncatedError("no"), False, False),
        (errors.APIResponseError("no", status=200), False, False),
        (errors.ConfigurationError("no"), False, False),
    ],
)
def test_what_is_tried_again(failure, safe, unsafe):
    """P14: reads are tried again, a POST of exec or checkpoint never after it may have arrived."""
    assert (RetryPlan(safe=True).delay(1, failure, _most) is not None) is safe
    assert (RetryPlan(safe=False).delay(1, failure, _most) is not None) is unsafe


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (2, 3), (5, 6)])
@pytest.mark.parametrize("failure", [_NEVER_SENT, _status(503), _status(429, 0.0)])
def test_the_number_of_tries_is_bounded(retries, tries, failure):
    plan = RetryPlan(safe=True, max_retries=retries)
    delays = [plan.delay(attempt, failure, _most) for attempt in range(1, 9)]
    assert [delay is not None for delay in delays] == [n < tries for n in range(1, 9)]


def test_delays_double_up_to_a_bound():
    plan = RetryPlan(safe=True, max_retries=5000)
    delays = [plan.delay(attempt, _MAYBE_SENT, _most) for attempt in (1, 2, 3, 4, 5, 6, 4999)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize("drawn", [0.0, 0.25, 1.0])
def test_delays_are_drawn_from_the_whole_range(drawn):
    plan = RetryPlan(safe=True)
    assert plan.delay(2, _status(503), lambda: drawn) == drawn


@pytest.mark.parametrize("asked", [0.0, 0.1, 7.0, 60.0])
def test_the_delay_of_the_server_is_kept_to(asked):
    """P14: Retry-After and the body's retry_after_seconds are honoured."""
    plan = RetryPlan(safe=True)
    assert plan.delay(2, _status(429, asked), lambda: 0.0) == asked


def test_a_delay_beyond_the_bound_is_left_to_the_caller():
    plan = RetryPlan(safe=True, longest_wait=10.0)
    assert plan.delay(1, _status(429, 10.5), _most) is None
    assert plan.delay(1, _status(429, 10.0), _most) == 10.0
