"""What @fly/sprites does in its own way."""

from tests.sdks.outcomes import Outcomes


def test_refusals(javascript: Outcomes) -> None:
    """Texts of refusals reach the caller."""
    assert javascript("checkpoints", "refusals") == {
        "get": "Checkpoint not found: v9",
        "restore": "Failed to restore checkpoint (status 404): Checkpoint v9 not found\n",
        "sprite": 'Failed to create checkpoint (status 404): {"error":"sprite not found"}',
    }
    assert javascript("files", "refusals") == {
        "missing": "ENOENT",
        "directory": "EISDIR",
        "below": "ENOTDIR",
    }
    assert javascript("files", "removal")["full"] == "ENOTEMPTY"


def test_sprites(javascript: Outcomes) -> None:
    """Health, restart and the stream of changes, which sprites-py does not offer."""
    assert javascript("lifecycle", "health") == {
        "status": "healthy",
        "ids": [True, True],
        "restarted": True,
    }
    assert javascript("lifecycle", "watched") == {
        "types": ["heartbeat", None],
        "change": [True, "running"],
        "counted": [1, 1],
    }


def test_checkpoint_fields(javascript: Outcomes) -> None:
    """The fields of a checkpoint that sprites-py leaves out."""
    assert javascript("checkpoints", "fields") == {
        "isAuto": False,
        "sourceId": "v1",
        "history": ["v0", "v1"],
        "health": None,
    }


def test_commands(javascript: Outcomes) -> None:
    """Resizing, signals, and commands over plain HTTP."""
    assert javascript("commands", "resized") == "20 90"
    assert javascript("commands", "signalled") == 9
    assert javascript("commands", "over_http") == {
        "seen": "in\n/var\nb\n",
        "code": 0,
        "failed": 4,
    }
    assert javascript("commands", "killed")["told"] == 143


def test_files(javascript: Outcomes) -> None:
    """JSON, appending, links, patterns and owners."""
    assert javascript("files", "more") == {
        "json": {"b": [1]},
        "log": "one\ntwo\n",
        "kinds": [
            ["a.json", False, False],
            ["link", False, True],
            ["log", False, False],
            ["sub", True, False],
        ],
        "found": ["a.json", "deep.json"],
        "owner": "sprite\n",
    }


def test_services(javascript: Outcomes) -> None:
    """Restarts and logs, which sprites-py does not offer; refusals by their texts."""
    assert javascript("services", "followed") == {
        "restarted": True,
        "logs": [["stdout", "two\n"], ["complete", None]],
    }
    assert javascript("services", "needs") == {
        "needs": ["below"],
        "stop": "Service not running: service below is needed by above\n",
        "delete": "Service conflict: service below is needed by above\n",
        "unknown": "Service not found: service not found: nothing\n",
        "signal": "Invalid signal: invalid signal 'NONSENSE'\n",
    }


def test_network(javascript: Outcomes) -> None:
    """Tunnels carry bytes both ways; ports and files are followed."""
    assert javascript("network", "tunnel") == {"small": ["ONE", "TWO"], "large": True}
    assert javascript("network", "ports") == {
        "first": ["port_list", []],
        "opened": ["port_opened", True, True],
        "closed": ["port_closed", True],
    }
    assert javascript("network", "files") == {
        "subscribed": ["subscribed", 1],
        "types": ["event"],
        "created": True,
    }


def test_policies(javascript: Outcomes) -> None:
    """Privileges and resources are kept until they are deleted."""
    assert javascript("policies", "others") == {
        "first": [{}, {}],
        "set": [
            {"profile": "minimal", "noNewPrivileges": True},
            {"memory": {"limitMB": 512, "autoscale": False}},
        ],
        "deleted": [{}, {}],
    }


def test_control(javascript: Outcomes) -> None:
    """A failure over the control socket is a failure, though found by falling back (see below)."""
    assert javascript("control", "commands")["failed"] == 4


def test_weaknesses_of_commands(javascript: Outcomes) -> None:
    """A terminal's failure is 1 (only the close code is looked at), quotes are words (J5)."""
    terminal = javascript("commands", "terminal")
    assert terminal == {"output": "30 100\r\ne\r\n", "code": 1, "fine": 0}
    assert javascript("commands", "sessions")["codes"] == [1, 1]
    assert javascript("commands", "split_at_blanks") == '"a|b"|'


def test_tokens(javascript: Outcomes) -> None:
    """The server's own token stands for the macaroon, and what is minted opens the server."""
    assert javascript("rest", "token") == {"opens": True, "refused": 401}


def test_operations_and_commands(javascript: Outcomes) -> None:
    """Operations are resized and signalled on one socket; commands are waited for."""
    assert javascript("rest", "operations") == {
        "resized": [6, True],
        "signalled": [9, 9, True],
        "closed": [False, True],
    }
    assert javascript("rest", "commands") == {"before": -1, "code": 9, "after": 9}


def test_several_tunnels(javascript: Outcomes) -> None:
    """Each leads to its own port, and all end together."""
    assert javascript("rest", "tunnels") == {
        "answers": ["from 8101", "from 8102", "from 8101"],
        "addresses": [True, True],
    }


def test_the_rest(javascript: Outcomes) -> None:
    """A stream of a service with a handler, and what a refusal tells of a limit."""
    assert javascript("rest", "services") == ["started", "complete"]
    assert javascript("rest", "limits") == [True, False, False, 7]
