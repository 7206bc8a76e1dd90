# Generated from openapi.yaml by `make generate`; do not edit.
"""Contains all the data models used in inputs/outputs"""

from .checkpoint import Checkpoint
from .checkpoint_create import CheckpointCreate
from .environment import Environment
from .error_body import ErrorBody
from .organization_counters import OrganizationCounters
from .private_access import PrivateAccess
from .restart_result import RestartResult
from .runtime import Runtime
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

__all__ = (
    "Checkpoint",
    "CheckpointCreate",
    "Environment",
    "ErrorBody",
    "OrganizationCounters",
    "PrivateAccess",
    "RestartResult",
    "Runtime",
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
)
