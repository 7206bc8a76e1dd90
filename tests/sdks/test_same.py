"""What both official SDKs do against the local server: the same, to the value."""

import pytest

from tests.sdks.outcomes import Outcomes


def test_sprites(outcome: Outcomes) -> None:
    """Sprites are created, shown, listed by pages, updated in part, refused with a status."""
    made = outcome("lifecycle", "created")
    assert made.pop("name") in {"py-made", "js-made"}
    assert made == {
        "id": True,
        "same": True,
        "labels": ["a", "b"],
        "auth": "public",
        "status": "cold",
        "utc": True,
    }
    assert outcome("lifecycle", "pages") == {"sizes": [2, 2, 1], "all": True, "left": 0}
    assert outcome("lifecycle", "updated") == {
        "kept": [["y"], "public"],
        "shown": [["y"], "sprite", "admins"],
    }
    assert outcome("lifecycle", "upgraded") is None
    assert outcome("lifecycle", "refusals") == {
        "unknown": 404,
        "taken": 409,
        "name": 400,
        "token": 401,
    }


def test_checkpoints(outcome: Outcomes) -> None:
    """The guide's workflow, and a list that knows comments, times and ancestors."""
    assert outcome("checkpoints", "workflow") == {
        "id": "v1",
        "types": ["info", "complete", "complete"],
        "told": True,
        "last": ["Checkpoint v1 created successfully", "Restore from v1 complete"],
        "same": ["v1", "pre-migration", True],
        "state": "before",
        "file": "before",
    }
    assert outcome("checkpoints", "lists") == {
        "ids": ["Current", "v3", "v2", "v1", "v0"],
        "comments": [None, None, "two", "one", None],
        "aware": True,
        "ancestors": ["v0", "v1"],
    }


def test_commands(outcome: Outcomes) -> None:
    """Outcomes, words and surroundings of commands."""
    assert outcome("commands", "outcomes") == {
        "streams": [3, "out\n", "err\n"],
        "checked": 1,
        "signal": 143,
        "missing": 127,
        "words": "a b||$HOME|é|'\"|",
    }
    assert outcome("commands", "surroundings")["given"] == "x=y z\n/tmp\n"


def test_streams_of_commands(outcome: Outcomes) -> None:
    """Nothing is lost of much output and much input."""
    assert outcome("commands", "large_output") == {"size": 3_000_000, "same": True}
    assert outcome("commands", "input_to_its_end") == {"same": True, "none": 0}


def test_sessions(outcome: Outcomes) -> None:
    """A terminal is listed, joined by a second client, and ends for both."""
    result = outcome("commands", "sessions")
    assert result["listed"] == [True, True, True]
    assert result["outputs"] == [True, True]
    assert result["left"] == 0
    killed = outcome("commands", "killed")
    assert killed["types"] == ["signal", "complete"]
    assert killed["code"] == 143


def test_files(outcome: Outcomes) -> None:
    """Files go in and out unchanged, move, and are refused with the name of the errno."""
    contents = outcome("files", "contents")
    assert contents == {
        "same": True,
        "text": "äöü\n",
        "stat": ["ü.txt", 7, 0o600, False],
        "seen": "äöü\n",
        "listed": ["deep", "ü.txt"],
    }
    assert outcome("files", "moves") == {
        "listed": [["two"], ["two"]],
        "modes": "644 /tmp/a/two\n755 /tmp/b/two\n",
        "gone": False,
        "content": "1",
    }
    assert outcome("files", "removal")["left"] == [False, False]


def test_services(outcome: Outcomes) -> None:
    """A service is defined with its surroundings, shown, stopped, started again, deleted."""
    script = "echo hello $NAME from $PWD; echo oops >&2; exec sleep 600"
    assert outcome("services", "life") == {
        "made": ["started", "complete"],
        "printed": [["stderr", "oops\n"], ["stdout", "hello you from /tmp\n"]],
        "stamped": True,
        "logs": ["combined", "stderr", "stdout"],
        "shown": ["main", "sh", ["-c", script], [], None],
        "states": ["running", "stopped", "running"],
        "pids": [True, True],
        "stopped": ["stopping", "stopped", "complete"],
        "started": ["started", "complete"],
        "left": [],
    }
    assert outcome("services", "failing") == {"codes": True}
    assert outcome("services", "signalled") == "again\n"
    assert outcome("services", "needs")["needs"] == ["below"]


def test_network_policies(outcome: Outcomes) -> None:
    """The rules are those that were set, whole, and none at first."""
    assert outcome("policies", "network") == {
        "first": [],
        "set": [["example.com", "allow", None], ["*", "deny", None], [None, None, "defaults"]],
        "lifted": [],
        "refused": True,
    }


def test_control(outcome: Outcomes) -> None:
    """Several commands over one socket, each with its own output and code."""
    control = outcome("control", "commands")
    assert control["used"] is True
    assert control["streams"] == [3, "out\n", "err\n"]
    assert control["surroundings"] == [0, "b\n/tmp\n"]


@pytest.mark.parametrize("name", ["stat_of_a_directory", "making_a_directory"])
def test_weaknesses_of_files(outcome: Outcomes, name: str) -> None:
    """What both do wrong by themselves (P24, P25, J9); docs/reference/sdk-conformance.md."""
    expected = {
        "stat_of_a_directory": {"is_dir": False, "empty": False},
        "making_a_directory": {"made": "755\n", "keep": False},
    }
    result = outcome("files", name)
    result.pop("name", None)
    assert result == expected[name]
