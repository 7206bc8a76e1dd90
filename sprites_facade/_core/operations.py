"""The operations table: a line per exchange, the only place that knows the generated endpoints.

A line holds the generated builder, the reader of the answer, and whether the operation is safe
to repeat when nobody knows if it arrived. A test compares the table with openapi.yaml. A builder's
module is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sprites_facade._core import organizations as accounts
from sprites_facade._core import policies as rules
from sprites_facade._core import readers, sessions
from sprites_facade._core import services as residents
from sprites_facade._core.calls import operation
from sprites_facade._core.events import StreamMessage

if TYPE_CHECKING:
    import sprites_api.api.checkpoints.create_checkpoint
    import sprites_api.api.checkpoints.delete_checkpoint
    import sprites_api.api.checkpoints.get_checkpoint
    import sprites_api.api.checkpoints.list_checkpoints
    import sprites_api.api.checkpoints.restore_checkpoint
    import sprites_api.api.commands.attach_session
    import sprites_api.api.commands.kill_session
    import sprites_api.api.commands.list_sessions
    import sprites_api.api.commands.open_control
    import sprites_api.api.commands.run_command
    import sprites_api.api.files.change_file_mode
    import sprites_api.api.files.change_file_owner
    import sprites_api.api.files.copy_file
    import sprites_api.api.files.delete_file
    import sprites_api.api.files.list_files
    import sprites_api.api.files.read_file
    import sprites_api.api.files.rename_file
    import sprites_api.api.files.watch_files
    import sprites_api.api.files.write_file
    import sprites_api.api.network.open_proxy
    import sprites_api.api.network.watch_ports
    import sprites_api.api.organizations.create_token
    import sprites_api.api.organizations.get_organization
    import sprites_api.api.policies.delete_privileges_policy
    import sprites_api.api.policies.delete_resources_policy
    import sprites_api.api.policies.get_network_policy
    import sprites_api.api.policies.get_privileges_policy
    import sprites_api.api.policies.get_resources_policy
    import sprites_api.api.policies.set_network_policy
    import sprites_api.api.policies.set_privileges_policy
    import sprites_api.api.policies.set_resources_policy
    import sprites_api.api.services.delete_service
    import sprites_api.api.services.get_service
    import sprites_api.api.services.get_service_logs
    import sprites_api.api.services.list_services
    import sprites_api.api.services.put_service
    import sprites_api.api.services.restart_service
    import sprites_api.api.services.signal_service
    import sprites_api.api.services.start_service
    import sprites_api.api.services.stop_service
    import sprites_api.api.sprites.check_sprite
    import sprites_api.api.sprites.create_sprite
    import sprites_api.api.sprites.delete_sprite
    import sprites_api.api.sprites.get_sprite
    import sprites_api.api.sprites.list_sprites
    import sprites_api.api.sprites.restart_sprite
    import sprites_api.api.sprites.update_sprite
    import sprites_api.api.sprites.upgrade_sprite
else:  # the groups only, which load an endpoint when it is asked for
    import sprites_api.api.checkpoints
    import sprites_api.api.commands
    import sprites_api.api.files
    import sprites_api.api.network
    import sprites_api.api.organizations
    import sprites_api.api.policies
    import sprites_api.api.services
    import sprites_api.api.sprites

checkpoints = sprites_api.api.checkpoints
commands = sprites_api.api.commands
files = sprites_api.api.files
network = sprites_api.api.network
organizations = sprites_api.api.organizations
policies = sprites_api.api.policies
services = sprites_api.api.services
sprites = sprites_api.api.sprites

_NDJSON = "application/x-ndjson"
_BINARY = "application/octet-stream"


create_sprite = operation(lambda: sprites.create_sprite.get_kwargs, readers.sprite_info)
list_sprites = operation(
    lambda: sprites.list_sprites.get_kwargs, readers.sprite_page, safe_to_retry=True
)
watch_sprites = operation(
    lambda: sprites.list_sprites.get_kwargs,
    readers.sprite_event,
    safe_to_retry=True,
    accept=_NDJSON,
)
get_sprite = operation(
    lambda: sprites.get_sprite.get_kwargs, readers.sprite_info, safe_to_retry=True
)
update_sprite = operation(lambda: sprites.update_sprite.get_kwargs, readers.sprite_info)
delete_sprite = operation(lambda: sprites.delete_sprite.get_kwargs, readers.nothing)
upgrade_sprite = operation(lambda: sprites.upgrade_sprite.get_kwargs, readers.upgrade_result)
restart_sprite = operation(lambda: sprites.restart_sprite.get_kwargs, readers.restart_result)
check_sprite = operation(
    lambda: sprites.check_sprite.get_kwargs, readers.sprite_health, safe_to_retry=True
)

create_checkpoint = operation(
    lambda: checkpoints.create_checkpoint.get_kwargs, StreamMessage.from_event, accept=_NDJSON
)
restore_checkpoint = operation(
    lambda: checkpoints.restore_checkpoint.get_kwargs, StreamMessage.from_event, accept=_NDJSON
)
list_checkpoints = operation(
    lambda: checkpoints.list_checkpoints.get_kwargs, readers.checkpoints, safe_to_retry=True
)
get_checkpoint = operation(
    lambda: checkpoints.get_checkpoint.get_kwargs, readers.checkpoint, safe_to_retry=True
)
delete_checkpoint = operation(lambda: checkpoints.delete_checkpoint.get_kwargs, readers.nothing)

run_command = operation(
    lambda: commands.run_command.get_kwargs, readers.nothing, private_query=True, accept=_BINARY
)
start_session = operation(
    lambda: commands.list_sessions.get_kwargs, readers.nothing, private_query=True
)
# The handshake alone does nothing inside the sprite.
open_control = operation(
    lambda: commands.open_control.get_kwargs, readers.nothing, safe_to_retry=True
)
attach_session = operation(
    lambda: commands.attach_session.get_kwargs, readers.nothing, safe_to_retry=True
)
list_sessions = operation(
    lambda: commands.list_sessions.get_kwargs, sessions.sessions, safe_to_retry=True
)
kill_session = operation(lambda: commands.kill_session.get_kwargs, readers.nothing, accept=_NDJSON)
probe_sessions = operation(
    lambda: commands.list_sessions.get_kwargs, readers.nothing, safe_to_retry=True
)

read_file = operation(
    lambda: files.read_file.get_kwargs, readers.nothing, safe_to_retry=True, accept=_BINARY
)
write_file = operation(lambda: files.write_file.get_kwargs, readers.nothing)
list_files = operation(
    lambda: files.list_files.get_kwargs, readers.file_entries, safe_to_retry=True
)
delete_file = operation(lambda: files.delete_file.get_kwargs, readers.nothing)
rename_file = operation(lambda: files.rename_file.get_kwargs, readers.nothing)
copy_file = operation(lambda: files.copy_file.get_kwargs, readers.nothing)
change_file_mode = operation(lambda: files.change_file_mode.get_kwargs, readers.nothing)
change_file_owner = operation(lambda: files.change_file_owner.get_kwargs, readers.nothing)
watch_files = operation(lambda: files.watch_files.get_kwargs, readers.nothing, safe_to_retry=True)

list_services = operation(
    lambda: services.list_services.get_kwargs, residents.services, safe_to_retry=True
)
get_service = operation(
    lambda: services.get_service.get_kwargs, residents.service, safe_to_retry=True
)
put_service = operation(
    lambda: services.put_service.get_kwargs, residents.service_event, accept=_NDJSON
)
start_service = operation(
    lambda: services.start_service.get_kwargs, residents.service_event, accept=_NDJSON
)
stop_service = operation(
    lambda: services.stop_service.get_kwargs, residents.service_event, accept=_NDJSON
)
restart_service = operation(
    lambda: services.restart_service.get_kwargs, residents.service_event, accept=_NDJSON
)
get_service_logs = operation(
    lambda: services.get_service_logs.get_kwargs,
    residents.service_event,
    safe_to_retry=True,
    accept=_NDJSON,
)
signal_service = operation(lambda: services.signal_service.get_kwargs, readers.nothing)
delete_service = operation(lambda: services.delete_service.get_kwargs, readers.nothing)

get_network_policy = operation(
    lambda: policies.get_network_policy.get_kwargs, rules.network_policy, safe_to_retry=True
)
set_network_policy = operation(lambda: policies.set_network_policy.get_kwargs, readers.nothing)
get_privileges_policy = operation(
    lambda: policies.get_privileges_policy.get_kwargs, rules.privileges_policy, safe_to_retry=True
)
set_privileges_policy = operation(
    lambda: policies.set_privileges_policy.get_kwargs, readers.nothing
)
delete_privileges_policy = operation(
    lambda: policies.delete_privileges_policy.get_kwargs, readers.nothing
)
get_resources_policy = operation(
    lambda: policies.get_resources_policy.get_kwargs, rules.resources_policy, safe_to_retry=True
)
set_resources_policy = operation(lambda: policies.set_resources_policy.get_kwargs, readers.nothing)
delete_resources_policy = operation(
    lambda: policies.delete_resources_policy.get_kwargs, readers.nothing
)

# The handshake alone does nothing inside the sprite.
open_proxy = operation(lambda: network.open_proxy.get_kwargs, readers.nothing, safe_to_retry=True)
watch_ports = operation(lambda: network.watch_ports.get_kwargs, readers.nothing, safe_to_retry=True)

create_token = operation(lambda: organizations.create_token.get_kwargs, accounts.access_token)
get_organization = operation(
    lambda: organizations.get_organization.get_kwargs, accounts.organization, safe_to_retry=True
)
