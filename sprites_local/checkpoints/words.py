"""What is told of the work on checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Any

from sprites_local import times
from sprites_local.engines.base import EngineError, Restored
from sprites_local.errors import ApiError
from sprites_local.progress import Progress
from sprites_local.state.records import CheckpointRecord

log = logging.getLogger(__name__)


async def report(work: Coroutine[Any, Any, None], progress: Progress, verb: str) -> None:
    """Do the work and end its stream with the truth, whatever happens."""
    try:
        await work
    except (ApiError, EngineError) as error:
        progress.error(f"Failed to {verb}: {error}")
    except OSError as error:
        log.exception("Failed to %s", verb)
        progress.error(f"Failed to {verb}: {error.strerror or 'input/output error'}")
    except BaseException:
        progress.error(f"Failed to {verb}: internal server error")
        raise


def details(record: CheckpointRecord) -> list[str]:
    """Describe a checkpoint that was taken, a line each."""
    processes = f"  Processes: {record.processes}"
    return [
        "Checkpoint created successfully",
        "\nCheckpoint Details:",
        f"  ID: {record.id}",
        f"  Created: {times.spoken(record.create_time)}",
        f"  Path: checkpoints/{record.id}",
        f"{processes} ({record.reason})" if record.reason else processes,
        "\nTo restore this checkpoint:",
        f"  sprite checkpoint restore {record.id}",
        f"  curl -X POST /checkpoints/{record.id}/restore",
    ]


def what_came_back(restored: Restored) -> str:
    """Say what a restore did to the processes."""
    told = {
        "saved": "Processes: brought back",
        "refused": "Processes: stopped",
        "none": "Processes: stopped",
    }[restored.processes]
    return f"{told} ({restored.reason})" if restored.reason else told
