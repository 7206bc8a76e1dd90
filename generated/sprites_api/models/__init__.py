# Generated from openapi.yaml by `make generate`; do not edit.
"""Contains all the data models used in inputs/outputs; each is loaded when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .access_token import AccessToken
    from .checkpoint import Checkpoint
    from .checkpoint_create import CheckpointCreate
    from .control_arguments import ControlArguments
    from .control_message import ControlMessage
    from .environment import Environment
    from .error_body import ErrorBody
    from .exit_message import ExitMessage
    from .file_copied import FileCopied
    from .file_copy import FileCopy
    from .file_delete import FileDelete
    from .file_deleted import FileDeleted
    from .file_entry import FileEntry
    from .file_error_body import FileErrorBody
    from .file_list import FileList
    from .file_mode_change import FileModeChange
    from .file_mode_changed import FileModeChanged
    from .file_mode_entry import FileModeEntry
    from .file_owner_change import FileOwnerChange
    from .file_owner_changed import FileOwnerChanged
    from .file_owner_entry import FileOwnerEntry
    from .file_pair import FilePair
    from .file_rename import FileRename
    from .file_write_result import FileWriteResult
    from .kill_event import KillEvent
    from .log_files import LogFiles
    from .memory_policy import MemoryPolicy
    from .memory_policy_update import MemoryPolicyUpdate
    from .network_action import NetworkAction
    from .network_bundle import NetworkBundle
    from .network_policy import NetworkPolicy
    from .network_policy_update import NetworkPolicyUpdate
    from .network_rule import NetworkRule
    from .network_rule_update import NetworkRuleUpdate
    from .notice_message import NoticeMessage
    from .organization import Organization
    from .organization_counters import OrganizationCounters
    from .organization_info import OrganizationInfo
    from .port_event import PortEvent
    from .port_list import PortList
    from .private_access import PrivateAccess
    from .privileges_policy import PrivilegesPolicy
    from .privileges_policy_update import PrivilegesPolicyUpdate
    from .privileges_profile import PrivilegesProfile
    from .proxy_open import ProxyOpen
    from .proxy_status import ProxyStatus
    from .resize_message import ResizeMessage
    from .resources_policy import ResourcesPolicy
    from .resources_policy_update import ResourcesPolicyUpdate
    from .restart_result import RestartResult
    from .runtime import Runtime
    from .service import Service
    from .service_create import ServiceCreate
    from .service_event import ServiceEvent
    from .service_signal import ServiceSignal
    from .service_state import ServiceState
    from .session import Session
    from .session_info_message import SessionInfoMessage
    from .session_kill import SessionKill
    from .session_list import SessionList
    from .signal_message import SignalMessage
    from .socket_signal import SocketSignal
    from .sprite_config import SpriteConfig
    from .sprite_create import SpriteCreate
    from .sprite_event import SpriteEvent
    from .sprite_health import SpriteHealth
    from .sprite_info import SpriteInfo
    from .sprite_list import SpriteList
    from .sprite_update import SpriteUpdate
    from .sprite_upgrade import SpriteUpgrade
    from .stream_message import StreamMessage
    from .token_create import TokenCreate
    from .upgrade_result import UpgradeResult
    from .url_auth import UrlAuth
    from .url_settings import UrlSettings
    from .url_settings_update import UrlSettingsUpdate
    from .watch_action import WatchAction
    from .watch_event import WatchEvent
    from .watch_subscription import WatchSubscription

__all__ = (
    "AccessToken",
    "Checkpoint",
    "CheckpointCreate",
    "ControlArguments",
    "ControlMessage",
    "Environment",
    "ErrorBody",
    "ExitMessage",
    "FileCopied",
    "FileCopy",
    "FileDelete",
    "FileDeleted",
    "FileEntry",
    "FileErrorBody",
    "FileList",
    "FileModeChange",
    "FileModeChanged",
    "FileModeEntry",
    "FileOwnerChange",
    "FileOwnerChanged",
    "FileOwnerEntry",
    "FilePair",
    "FileRename",
    "FileWriteResult",
    "KillEvent",
    "LogFiles",
    "MemoryPolicy",
    "MemoryPolicyUpdate",
    "NetworkAction",
    "NetworkBundle",
    "NetworkPolicy",
    "NetworkPolicyUpdate",
    "NetworkRule",
    "NetworkRuleUpdate",
    "NoticeMessage",
    "Organization",
    "OrganizationCounters",
    "OrganizationInfo",
    "PortEvent",
    "PortList",
    "PrivateAccess",
    "PrivilegesPolicy",
    "PrivilegesPolicyUpdate",
    "PrivilegesProfile",
    "ProxyOpen",
    "ProxyStatus",
    "ResizeMessage",
    "ResourcesPolicy",
    "ResourcesPolicyUpdate",
    "RestartResult",
    "Runtime",
    "Service",
    "ServiceCreate",
    "ServiceEvent",
    "ServiceSignal",
    "ServiceState",
    "Session",
    "SessionInfoMessage",
    "SessionKill",
    "SessionList",
    "SignalMessage",
    "SocketSignal",
    "SpriteConfig",
    "SpriteCreate",
    "SpriteEvent",
    "SpriteHealth",
    "SpriteInfo",
    "SpriteList",
    "SpriteUpdate",
    "SpriteUpgrade",
    "StreamMessage",
    "TokenCreate",
    "UpgradeResult",
    "UrlAuth",
    "UrlSettings",
    "UrlSettingsUpdate",
    "WatchAction",
    "WatchEvent",
    "WatchSubscription",
)

_MODULES = {
    "AccessToken": ".access_token",
    "Checkpoint": ".checkpoint",
    "CheckpointCreate": ".checkpoint_create",
    "ControlArguments": ".control_arguments",
    "ControlMessage": ".control_message",
    "Environment": ".environment",
    "ErrorBody": ".error_body",
    "ExitMessage": ".exit_message",
    "FileCopied": ".file_copied",
    "FileCopy": ".file_copy",
    "FileDelete": ".file_delete",
    "FileDeleted": ".file_deleted",
    "FileEntry": ".file_entry",
    "FileErrorBody": ".file_error_body",
    "FileList": ".file_list",
    "FileModeChange": ".file_mode_change",
    "FileModeChanged": ".file_mode_changed",
    "FileModeEntry": ".file_mode_entry",
    "FileOwnerChange": ".file_owner_change",
    "FileOwnerChanged": ".file_owner_changed",
    "FileOwnerEntry": ".file_owner_entry",
    "FilePair": ".file_pair",
    "FileRename": ".file_rename",
    "FileWriteResult": ".file_write_result",
    "KillEvent": ".kill_event",
    "LogFiles": ".log_files",
    "MemoryPolicy": ".memory_policy",
    "MemoryPolicyUpdate": ".memory_policy_update",
    "NetworkAction": ".network_action",
    "NetworkBundle": ".network_bundle",
    "NetworkPolicy": ".network_policy",
    "NetworkPolicyUpdate": ".network_policy_update",
    "NetworkRule": ".network_rule",
    "NetworkRuleUpdate": ".network_rule_update",
    "NoticeMessage": ".notice_message",
    "Organization": ".organization",
    "OrganizationCounters": ".organization_counters",
    "OrganizationInfo": ".organization_info",
    "PortEvent": ".port_event",
    "PortList": ".port_list",
    "PrivateAccess": ".private_access",
    "PrivilegesPolicy": ".privileges_policy",
    "PrivilegesPolicyUpdate": ".privileges_policy_update",
    "PrivilegesProfile": ".privileges_profile",
    "ProxyOpen": ".proxy_open",
    "ProxyStatus": ".proxy_status",
    "ResizeMessage": ".resize_message",
    "ResourcesPolicy": ".resources_policy",
    "ResourcesPolicyUpdate": ".resources_policy_update",
    "RestartResult": ".restart_result",
    "Runtime": ".runtime",
    "Service": ".service",
    "ServiceCreate": ".service_create",
    "ServiceEvent": ".service_event",
    "ServiceSignal": ".service_signal",
    "ServiceState": ".service_state",
    "Session": ".session",
    "SessionInfoMessage": ".session_info_message",
    "SessionKill": ".session_kill",
    "SessionList": ".session_list",
    "SignalMessage": ".signal_message",
    "SocketSignal": ".socket_signal",
    "SpriteConfig": ".sprite_config",
    "SpriteCreate": ".sprite_create",
    "SpriteEvent": ".sprite_event",
    "SpriteHealth": ".sprite_health",
    "SpriteInfo": ".sprite_info",
    "SpriteList": ".sprite_list",
    "SpriteUpdate": ".sprite_update",
    "SpriteUpgrade": ".sprite_upgrade",
    "StreamMessage": ".stream_message",
    "TokenCreate": ".token_create",
    "UpgradeResult": ".upgrade_result",
    "UrlAuth": ".url_auth",
    "UrlSettings": ".url_settings",
    "UrlSettingsUpdate": ".url_settings_update",
    "WatchAction": ".watch_action",
    "WatchEvent": ".watch_event",
    "WatchSubscription": ".watch_subscription",
}

# Type checkers would take it for a promise that there are any names.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = found
        return found
