# Generated from openapi.yaml by `make generate`; do not edit.
"""Contains all the data models used in inputs/outputs"""

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
from .notice_message import NoticeMessage
from .organization_counters import OrganizationCounters
from .port_event import PortEvent
from .private_access import PrivateAccess
from .resize_message import ResizeMessage
from .restart_result import RestartResult
from .runtime import Runtime
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
from .upgrade_result import UpgradeResult
from .url_auth import UrlAuth
from .url_settings import UrlSettings
from .url_settings_update import UrlSettingsUpdate
from .watch_action import WatchAction
from .watch_event import WatchEvent
from .watch_request import WatchRequest

__all__ = (
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
    "NoticeMessage",
    "OrganizationCounters",
    "PortEvent",
    "PrivateAccess",
    "ResizeMessage",
    "RestartResult",
    "Runtime",
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
    "UpgradeResult",
    "UrlAuth",
    "UrlSettings",
    "UrlSettingsUpdate",
    "WatchAction",
    "WatchEvent",
    "WatchRequest",
)
