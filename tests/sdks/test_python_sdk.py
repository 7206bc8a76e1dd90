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


def test_tokens(python: Outcomes) -> None:
    """The server's own token stands for the macaroon, and what is minted opens the server."""
    assert python("tokens", "created") == {"opens": True, "differ": True, "refused": True}


def test_helpers(python: Outcomes) -> None:
    """Functions of modules, settings of commands, operations on a control connection."""
    assert python("helpers", "functions") == {
        "listed": ["Current", "v1", "v0"],
        "got": "label",
        "rules": [],
        "sessions": [],
        "refusal": [429, 3],
        "loop": True,
    }
    assert python("helpers", "settings") == {
        "size": "33 77\r\nerr\r\n",
        "both": ["err", "out"],
        "codes": [-1, 0],
    }
    assert python("helpers", "controlled") == {
        "resized": [6, True],
        "signalled": [9, 9, True],
        "closed": [True, False],
    }


def test_paths(python: Outcomes) -> None:
    """Paths without a server, and replacing; `stat` of a directory is that of its first entry."""
    assert python("paths", "names") == {
        "parts": [
            "site.tar.gz",
            "site.tar",
            ".gz",
            [".tar", ".gz"],
            ["/", "srv", "app", "logs", "site.tar.gz"],
        ],
        "above": ["/srv/app/logs", ["/srv/app/logs", "/srv/app", "/srv", "/"]],
        "joined": "/srv/app/logs/a/b",
        "renamed": ["/srv/app/logs/x", "/srv/app/logs/y.gz"],
        "suffixed": "/srv/app/logs/site.tar.z",
        "absolute": [True, True],
        # The SDK puts the working directory before what is left.
        "relative": "/srv/app/app/logs/site.tar.gz",
    }
    assert python("paths", "kinds") == {
        "kinds": [False, True, False],
        "entries": ["g"],
        "replaced": "one",
        "files": [True, True],
        "working": ["/tmp", "/"],
    }


def test_the_rest_of_the_asynchronous_client(python: Outcomes) -> None:
    """Every other method of it comes to what its twin comes to."""
    assert python("asynchronous", "lifecycle") == {
        "page": [2, True],
        "all": ["py-async-1", "py-async-2", "py-async-3"],
        "labels": [["b"], ["c"]],
        "auth": "sprite",
        "upgraded": [None, None],
        "raw": 200,
        "left": [],
    }
    assert python("asynchronous", "files") == {
        "stat": [4, 0o640],
        "names": ["f", "i", "new"],
        "kinds": [False, True],
        "made": 0,
        "working": ["/tmp/async", "/"],
        "left": False,
    }
    assert python("asynchronous", "commands") == {
        "output": "hi\n",
        "both": ["err", "out"],
        "code": 4,
        "codes": [5, 5],
    }
    assert python("asynchronous", "rest") == {
        "checkpoint": "label",
        "service": ["complete", "started", ["main"]],
        "left": [],
        "rules": ["example.com"],
        "control": [7, True],
        "closed": False,
    }
