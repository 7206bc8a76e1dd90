"""The names of operations, as `openapi.yaml` has them, by method and path."""

from __future__ import annotations

import re
from typing import Literal

from attrs import frozen
from starlette.types import Scope

Form = Literal["plain", "events", "frames", "socket"]
"""How an answer comes: at once, as lines of JSON, as frames of output, or over a WebSocket."""


@frozen
class Operation:
    """One operation of the API."""

    name: str
    method: str
    path: str
    form: Form = "plain"

    def pattern(self) -> re.Pattern[str]:
        """Make the expression that finds it."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


_SPRITE = "/v1/sprites/{name}"
_CHECKPOINT = f"{_SPRITE}/checkpoints/{{checkpoint_id}}"
_SERVICE = f"{_SPRITE}/services/{{service_name}}"

OPERATIONS = (
    Operation("list_sprites", "GET", "/v1/sprites", "events"),
    Operation("create_sprite", "POST", "/v1/sprites"),
    Operation("get_sprite", "GET", _SPRITE),
    Operation("update_sprite", "PUT", _SPRITE),
    Operation("delete_sprite", "DELETE", _SPRITE),
    Operation("upgrade_sprite", "POST", f"{_SPRITE}/upgrade"),
    Operation("restart_sprite", "POST", f"{_SPRITE}/restart"),
    Operation("check_sprite", "GET", f"{_SPRITE}/check"),
    Operation("create_checkpoint", "POST", f"{_SPRITE}/checkpoint", "events"),
    Operation("list_checkpoints", "GET", f"{_SPRITE}/checkpoints"),
    Operation("get_checkpoint", "GET", _CHECKPOINT),
    Operation("delete_checkpoint", "DELETE", _CHECKPOINT),
    Operation("restore_checkpoint", "POST", f"{_CHECKPOINT}/restore", "events"),
    Operation("list_sessions", "GET", f"{_SPRITE}/exec"),
    # One path and method for two operations; the document describes them as one.
    Operation("start_session", "GET", f"{_SPRITE}/exec", "socket"),
    Operation("probe_commands", "HEAD", f"{_SPRITE}/exec"),
    Operation("run_command", "POST", f"{_SPRITE}/exec", "frames"),
    Operation("attach_session", "GET", f"{_SPRITE}/exec/{{session_id}}", "socket"),
    Operation("kill_session", "POST", f"{_SPRITE}/exec/{{session_id}}/kill", "events"),
    Operation("open_control", "GET", f"{_SPRITE}/control", "socket"),
    Operation("read_file", "GET", f"{_SPRITE}/fs/read"),
    Operation("write_file", "PUT", f"{_SPRITE}/fs/write"),
    Operation("list_files", "GET", f"{_SPRITE}/fs/list"),
    Operation("delete_file", "DELETE", f"{_SPRITE}/fs/delete"),
    Operation("rename_file", "POST", f"{_SPRITE}/fs/rename"),
    Operation("copy_file", "POST", f"{_SPRITE}/fs/copy"),
    Operation("change_file_mode", "POST", f"{_SPRITE}/fs/chmod"),
    Operation("change_file_owner", "POST", f"{_SPRITE}/fs/chown"),
    Operation("watch_files", "GET", f"{_SPRITE}/fs/watch", "socket"),
    Operation("list_services", "GET", f"{_SPRITE}/services"),
    Operation("signal_service", "POST", f"{_SPRITE}/services/signal"),
    Operation("get_service", "GET", _SERVICE),
    Operation("put_service", "PUT", _SERVICE, "events"),
    Operation("delete_service", "DELETE", _SERVICE),
    Operation("start_service", "POST", f"{_SERVICE}/start", "events"),
    Operation("stop_service", "POST", f"{_SERVICE}/stop", "events"),
    Operation("restart_service", "POST", f"{_SERVICE}/restart", "events"),
    Operation("get_service_logs", "GET", f"{_SERVICE}/logs", "events"),
    Operation("get_network_policy", "GET", f"{_SPRITE}/policy/network"),
    Operation("set_network_policy", "POST", f"{_SPRITE}/policy/network"),
    Operation("get_privileges_policy", "GET", f"{_SPRITE}/policy/privileges"),
    Operation("set_privileges_policy", "POST", f"{_SPRITE}/policy/privileges"),
    Operation("delete_privileges_policy", "DELETE", f"{_SPRITE}/policy/privileges"),
    Operation("get_resources_policy", "GET", f"{_SPRITE}/policy/resources"),
    Operation("set_resources_policy", "POST", f"{_SPRITE}/policy/resources"),
    Operation("delete_resources_policy", "DELETE", f"{_SPRITE}/policy/resources"),
    Operation("open_proxy", "GET", f"{_SPRITE}/proxy", "socket"),
    Operation("watch_ports", "GET", f"{_SPRITE}/ports/watch", "socket"),
    Operation("create_token", "POST", "/v1/organizations/{org_slug}/tokens"),
    Operation("get_organization", "GET", "/v1/organization"),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
_PATTERNS = [(operation, operation.pattern()) for operation in OPERATIONS]


@frozen
class Request:
    """What a request asks for."""

    operation: Operation
    sprite: str | None


def identify(scope: Scope) -> Request | None:
    """Find the operation of a request or of a handshake; None when there is no such operation."""
    socket = scope["type"] == "websocket"
    method = "GET" if socket else scope["method"]
    for operation, pattern in _PATTERNS:
        if operation.method == method and (operation.form == "socket") == socket:
            match = pattern.fullmatch(scope["path"])
            if match:
                return Request(operation, match.groupdict().get("name"))
    return None
