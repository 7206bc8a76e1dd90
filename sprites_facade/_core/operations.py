"""The operations table: a line per exchange, the only place that knows the generated endpoints.

A line holds the generated builder, the reader of the answer, and whether the operation is safe
to repeat when nobody knows if it arrived. A test compares the table with openapi.yaml.
"""

from __future__ import annotations

from typing import Any

from sprites_api.api.checkpoints import (
    create_checkpoint as _create_checkpoint,
)
from sprites_api.api.checkpoints import (
    delete_checkpoint as _delete_checkpoint,
)
from sprites_api.api.checkpoints import (
    get_checkpoint as _get_checkpoint,
)
from sprites_api.api.checkpoints import (
    list_checkpoints as _list_checkpoints,
)
from sprites_api.api.checkpoints import (
    restore_checkpoint as _restore_checkpoint,
)
from sprites_api.api.commands import (
    list_sessions as _list_sessions,
)
from sprites_api.api.commands import (
    run_command as _run_command,
)
from sprites_api.api.files import (
    delete_file as _delete_file,
)
from sprites_api.api.files import (
    list_files as _list_files,
)
from sprites_api.api.files import (
    read_file as _read_file,
)
from sprites_api.api.files import (
    write_file as _write_file,
)
from sprites_api.api.sprites import (
    check_sprite as _check_sprite,
)
from sprites_api.api.sprites import (
    create_sprite as _create_sprite,
)
from sprites_api.api.sprites import (
    delete_sprite as _delete_sprite,
)
from sprites_api.api.sprites import (
    get_sprite as _get_sprite,
)
from sprites_api.api.sprites import (
    list_sprites as _list_sprites,
)
from sprites_api.api.sprites import (
    restart_sprite as _restart_sprite,
)
from sprites_api.api.sprites import (
    update_sprite as _update_sprite,
)
from sprites_api.api.sprites import (
    upgrade_sprite as _upgrade_sprite,
)
from sprites_facade._core import models
from sprites_facade._core.calls import operation
from sprites_facade._core.events import StreamMessage

_NDJSON = "application/x-ndjson"
_BINARY = "application/octet-stream"


def _nothing(_: Any) -> None:
    """Read an answer of which only the success counts."""


create_sprite = operation(_create_sprite.get_kwargs, models.SpriteInfo.read)
list_sprites = operation(_list_sprites.get_kwargs, models.SpritePage.read, safe_to_retry=True)
watch_sprites = operation(
    _list_sprites.get_kwargs, models.SpriteEvent.read, safe_to_retry=True, accept=_NDJSON
)
get_sprite = operation(_get_sprite.get_kwargs, models.SpriteInfo.read, safe_to_retry=True)
update_sprite = operation(_update_sprite.get_kwargs, models.SpriteInfo.read)
delete_sprite = operation(_delete_sprite.get_kwargs, _nothing)
upgrade_sprite = operation(_upgrade_sprite.get_kwargs, models.UpgradeResult.read)
restart_sprite = operation(_restart_sprite.get_kwargs, models.RestartResult.read)
check_sprite = operation(_check_sprite.get_kwargs, models.SpriteHealth.read, safe_to_retry=True)

create_checkpoint = operation(
    _create_checkpoint.get_kwargs, StreamMessage.from_event, accept=_NDJSON
)
restore_checkpoint = operation(
    _restore_checkpoint.get_kwargs, StreamMessage.from_event, accept=_NDJSON
)
list_checkpoints = operation(
    _list_checkpoints.get_kwargs, models.Checkpoint.read_list, safe_to_retry=True
)
get_checkpoint = operation(_get_checkpoint.get_kwargs, models.Checkpoint.read, safe_to_retry=True)
delete_checkpoint = operation(_delete_checkpoint.get_kwargs, _nothing)

run_command = operation(_run_command.get_kwargs, _nothing, private_query=True, accept=_BINARY)
probe_sessions = operation(_list_sessions.get_kwargs, _nothing, safe_to_retry=True)

read_file = operation(_read_file.get_kwargs, _nothing, safe_to_retry=True, accept=_BINARY)
write_file = operation(_write_file.get_kwargs, _nothing)
list_files = operation(_list_files.get_kwargs, models.FileEntry.read_list, safe_to_retry=True)
delete_file = operation(_delete_file.get_kwargs, _nothing)
