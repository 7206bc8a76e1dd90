"""Sprites for Python: persistent Linux machines with checkpoint and restore."""

import importlib
import typing

from sprites_facade._core.errors import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CommandError,
    CommandFailedError,
    CommandTimeoutError,
    ConfigurationError,
    ConflictError,
    FileSystemError,
    InvalidNameError,
    NotFoundError,
    OperationFailedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    SpriteFileExistsError,
    SpriteFileNotFoundError,
    SpriteIsADirectoryError,
    SpriteNotADirectoryError,
    SpritePermissionError,
    SpritesError,
    StreamError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.events import StreamMessage
from sprites_facade._core.exec_options import AttachOptions, RunOptions, StartOptions
from sprites_facade._core.file_values import FileEvent, Transfer, TransferProgress
from sprites_facade._core.models import (
    Checkpoint,
    Completed,
    FileEntry,
    OrganizationCounters,
    RestartResult,
    SpriteEvent,
    SpriteHealth,
    SpriteInfo,
    SpritePage,
    UpgradeResult,
    UrlSettings,
)
from sprites_facade._core.organizations import Organization
from sprites_facade._core.output import Output
from sprites_facade._core.policies import (
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)
from sprites_facade._core.ports import PortEvent
from sprites_facade._core.services import Service, ServiceLogEvent, ServiceState
from sprites_facade._core.sessions import KillEvent, KillResult, Session

if typing.TYPE_CHECKING:
    from sprites_facade._async.client import AsyncSpritesClient
    from sprites_facade._async.file_objects import AsyncFileReader, AsyncFileWriter
    from sprites_facade._async.file_watch import AsyncFileWatch
    from sprites_facade._async.files import AsyncFiles
    from sprites_facade._async.paging import AsyncSpriteList
    from sprites_facade._async.paths import AsyncSpritePath
    from sprites_facade._async.pipes import AsyncOutputReader, AsyncStdin
    from sprites_facade._async.ports import AsyncPortWatch
    from sprites_facade._async.process import AsyncProcess
    from sprites_facade._async.proxy import AsyncProxy
    from sprites_facade._async.services import AsyncServiceStream
    from sprites_facade._async.sprite import AsyncSprite
    from sprites_facade._async.streams import (
        AsyncCheckpointStream,
        AsyncProgressStream,
        AsyncRestoreStream,
        AsyncSpriteWatch,
    )
    from sprites_facade._fileobjects import AsyncTextFile, TextFile
    from sprites_facade._sync.client import SpritesClient
    from sprites_facade._sync.file_objects import FileReader, FileWriter
    from sprites_facade._sync.file_watch import FileWatch
    from sprites_facade._sync.files import Files
    from sprites_facade._sync.paging import SpriteList
    from sprites_facade._sync.paths import SpritePath
    from sprites_facade._sync.pipes import OutputReader, Stdin
    from sprites_facade._sync.ports import PortWatch
    from sprites_facade._sync.process import Process
    from sprites_facade._sync.proxy import Proxy
    from sprites_facade._sync.services import ServiceStream
    from sprites_facade._sync.sprite import Sprite
    from sprites_facade._sync.streams import (
        CheckpointStream,
        ProgressStream,
        RestoreStream,
        SpriteWatch,
    )

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncCheckpointStream",
    "AsyncFileReader",
    "AsyncFileWatch",
    "AsyncFileWriter",
    "AsyncFiles",
    "AsyncOutputReader",
    "AsyncPortWatch",
    "AsyncProcess",
    "AsyncProgressStream",
    "AsyncProxy",
    "AsyncRestoreStream",
    "AsyncServiceStream",
    "AsyncSprite",
    "AsyncSpriteList",
    "AsyncSpritePath",
    "AsyncSpriteWatch",
    "AsyncSpritesClient",
    "AsyncStdin",
    "AsyncTextFile",
    "AttachOptions",
    "AuthenticationError",
    "BadRequestError",
    "Checkpoint",
    "CheckpointStream",
    "CommandError",
    "CommandFailedError",
    "CommandTimeoutError",
    "Completed",
    "ConfigurationError",
    "ConflictError",
    "FileEntry",
    "FileEvent",
    "FileReader",
    "FileSystemError",
    "FileWatch",
    "FileWriter",
    "Files",
    "InvalidNameError",
    "KillEvent",
    "KillResult",
    "MemoryPolicy",
    "NetworkPolicy",
    "NetworkRule",
    "NotFoundError",
    "OperationFailedError",
    "Organization",
    "OrganizationCounters",
    "Output",
    "OutputReader",
    "PermissionDeniedError",
    "PortEvent",
    "PortWatch",
    "PrivilegesPolicy",
    "Process",
    "ProgressStream",
    "Proxy",
    "RateLimitError",
    "ResourcesPolicy",
    "RestartResult",
    "RestoreStream",
    "RunOptions",
    "ServerError",
    "Service",
    "ServiceLogEvent",
    "ServiceState",
    "ServiceStream",
    "Session",
    "Sprite",
    "SpriteEvent",
    "SpriteFileExistsError",
    "SpriteFileNotFoundError",
    "SpriteHealth",
    "SpriteInfo",
    "SpriteIsADirectoryError",
    "SpriteList",
    "SpriteNotADirectoryError",
    "SpritePage",
    "SpritePath",
    "SpritePermissionError",
    "SpriteWatch",
    "SpritesClient",
    "SpritesError",
    "StartOptions",
    "Stdin",
    "StreamError",
    "StreamFormatError",
    "StreamMessage",
    "StreamTruncatedError",
    "TextFile",
    "Transfer",
    "TransferProgress",
    "UpgradeResult",
    "UrlSettings",
]

# Most programs live in one of the two worlds, and pay for that one only. Type checkers see the
# imports above; to them a function of this name would promise that there are any names.
_PLACES = {
    "AsyncCheckpointStream": "_async.streams",
    "AsyncFileReader": "_async.file_objects",
    "AsyncFileWatch": "_async.file_watch",
    "AsyncFileWriter": "_async.file_objects",
    "AsyncFiles": "_async.files",
    "AsyncOutputReader": "_async.pipes",
    "AsyncPortWatch": "_async.ports",
    "AsyncProcess": "_async.process",
    "AsyncProgressStream": "_async.streams",
    "AsyncProxy": "_async.proxy",
    "AsyncRestoreStream": "_async.streams",
    "AsyncServiceStream": "_async.services",
    "AsyncSprite": "_async.sprite",
    "AsyncSpriteList": "_async.paging",
    "AsyncSpritePath": "_async.paths",
    "AsyncSpriteWatch": "_async.streams",
    "AsyncSpritesClient": "_async.client",
    "AsyncStdin": "_async.pipes",
    "AsyncTextFile": "_fileobjects",
    "CheckpointStream": "_sync.streams",
    "FileReader": "_sync.file_objects",
    "FileWatch": "_sync.file_watch",
    "FileWriter": "_sync.file_objects",
    "Files": "_sync.files",
    "OutputReader": "_sync.pipes",
    "PortWatch": "_sync.ports",
    "Process": "_sync.process",
    "ProgressStream": "_sync.streams",
    "Proxy": "_sync.proxy",
    "RestoreStream": "_sync.streams",
    "ServiceStream": "_sync.services",
    "Sprite": "_sync.sprite",
    "SpriteList": "_sync.paging",
    "SpritePath": "_sync.paths",
    "SpriteWatch": "_sync.streams",
    "SpritesClient": "_sync.client",
    "Stdin": "_sync.pipes",
    "TextFile": "_fileobjects",
}

if not typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
