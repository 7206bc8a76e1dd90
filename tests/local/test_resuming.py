"""What a checkpoint keeps of sessions is read back, from earlier versions too."""

import json
from typing import Any, cast

from sprites_local.checkpoints import resuming
from sprites_local.engines.base import Process
from sprites_local.execution import NotStarted
from sprites_local.session import Session


def session(**fields: Any) -> Session:
    process = cast("Process", NotStarted(""))
    return Session(sprite_id="s", process=process, **fields)


def test_what_is_described_is_read_back() -> None:
    before = session(argv=("a", "b"), cwd="/", tty=True, linger=1.5, size=(24, 80), total=3)
    details = json.loads(json.dumps(resuming._describe(before).details))
    after = session(**resuming._fields(details))
    names = ("argv", "cwd", "tty", "linger", "size", "total", "created_at", "last_activity")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]


def test_an_earlier_version_is_read() -> None:
    details = {
        "argv": ["a"],
        "cwd": "/",
        "tty": False,
        "linger": 10.0,
        "size": [0, 0],
        "created": 1_700_000_000.25,
        "created_at": "2023-11-14T22:13:20.250000Z",
        "last_activity": "2023-11-14T22:13:21.000000Z",
        "total": 0,
    }
    after = session(**resuming._fields(details))
    assert after.created_at == details["created_at"]
    assert after.last_activity == after.created_at
