"""What the official SDKs make of faults, which docs/reference/sdk-conformance.md lists."""

from tests.sdks.outcomes import Outcomes


def test_failed_streams_look_like_success(outcome: Outcomes) -> None:
    """Neither a cut (P4, J1) nor an error (P3, J2) nor garbage (P2, J2) is raised."""
    streams = outcome("faults", "streams")
    whole = streams["garbage"].pop(0)
    assert whole > 3
    assert streams == {"cut": [2, "info"], "error_event": [2, "error"], "garbage": ["complete"]}


def test_control_without_a_code_looks_like_success(outcome: Outcomes) -> None:
    """The exit frame said 7, and is overruled by what was not said (P15)."""
    assert outcome("faults", "control_without_code") == [7, 0]


def test_commands_without_a_code(python: Outcomes, javascript: Outcomes) -> None:
    """The one reports it; the other makes up a code, 0 for a terminal (J7)."""
    assert python("faults", "no_exit_code") == {"error": True}
    assert javascript("faults", "no_exit_code") == {"pipe": -1, "terminal": 0}


def test_rate_limits(python: Outcomes, javascript: Outcomes) -> None:
    """When to come back is lost (P12), with the other the status as well (J4)."""
    assert python("faults", "rate_limit") == {"status": 429, "retry_after": None}
    assert javascript("faults", "rate_limit") == {"status": None, "retry_after": None}
