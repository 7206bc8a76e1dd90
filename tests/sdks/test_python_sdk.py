"""What sprites-py does in its own way."""

from tests.sdks.outcomes import Outcomes


def test_refusals(python: Outcomes) -> None:
    """A refusal of a checkpoint keeps its status, and its text where it is looked for."""
    assert python("checkpoints", "refusals") == {
        "get": "Checkpoint not found: v9",
        "restore": [404, "Checkpoint v9 not found\n"],
        "current": [409, "Current is the live state and cannot be restored\n"],
        "sprite": [404, '{"error":"sprite not found"}'],
    }
    assert python("files", "refusals") == {
        "missing": "FileNotFoundError_",
        "directory": "IsADirectoryError_",
        "below": "NotADirectoryError_",
    }
    assert python("files", "removal")["full"] == "DirectoryNotEmptyError"


def test_terminal(python: Outcomes) -> None:
    """A terminal has the size that was asked for, and ends with the code of its command."""
    assert python("commands", "terminal") == {
        "output": "30 100\r\ne\r\n",
        "code": 3,
        "fine": 0,
    }
    assert python("commands", "sessions")["codes"] == [5, 5]


def test_services_and_control(python: Outcomes) -> None:
    """Refusals of services keep their status; a socket for control does terminals and input."""
    assert python("services", "needs") == {
        "needs": ["below"],
        "stop": 409,
        "delete": 409,
        "unknown": 404,
        "signal": 400,
    }
    control = python("control", "commands")
    assert control["input"] == "in"
    assert control["terminal"] == [5, "24 80\r\n"]
    assert control["missing"] == 127


def test_asynchronous_client(python: Outcomes) -> None:
    """The asynchronous client comes to the same."""
    assert python("asynchronous", "workflow") == {
        "id": "v1",
        "last": ["complete", "complete"],
        "state": "before",
        "run": [3, "out\n", "err\n"],
        "listed": ["state"],
        "service": ["started", "complete"],
        "status": "running",
        "control": [4, "by control\n", True],
        "unknown": "NotFoundError",
    }


def test_weakness_of_touch(python: Outcomes) -> None:
    """Touching a file takes its permission to run (P26)."""
    assert python("files", "touching") == "644\n"
