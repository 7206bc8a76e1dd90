"""Every error that this package raises on purpose.

    SpritesError
    ├── ConfigurationError              also ValueError
    │   └── InvalidNameError
    ├── APIError
    │   ├── APIConnectionError
    │   │   └── APITimeoutError         also TimeoutError
    │   ├── APIResponseError
    │   └── APIStatusError
    │       ├── BadRequestError         400, 422
    │       ├── AuthenticationError     401
    │       ├── PermissionDeniedError   403
    │       ├── NotFoundError           404
    │       ├── ConflictError           409
    │       ├── RateLimitError          429
    │       └── ServerError             5xx
    ├── StreamError
    │   ├── StreamFormatError
    │   ├── StreamTruncatedError
    │   └── OperationFailedError
    ├── CommandError
    │   ├── CommandFailedError
    │   └── CommandTimeoutError         also TimeoutError
    └── FileSystemError                 also OSError
        ├── SpriteFileNotFoundError     also FileNotFoundError
        ├── SpriteFileExistsError       also FileExistsError
        ├── SpriteIsADirectoryError     also IsADirectoryError
        ├── SpriteNotADirectoryError    also NotADirectoryError
        └── SpritePermissionError       also PermissionError

Errors can be pickled and copied with all their attributes. No message holds a token, a
header, an environment value, the query of a URL, or the output of a command.
"""

from sprites_facade._core.errors._api import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from sprites_facade._core.errors._base import (
    ConfigurationError,
    InvalidNameError,
    SpritesError,
)
from sprites_facade._core.errors._command import (
    CommandError,
    CommandFailedError,
    CommandTimeoutError,
)
from sprites_facade._core.errors._files import (
    FileSystemError,
    SpriteFileExistsError,
    SpriteFileNotFoundError,
    SpriteIsADirectoryError,
    SpriteNotADirectoryError,
    SpritePermissionError,
    filesystem_error_class,
)
from sprites_facade._core.errors._response import error_from_response, retry_after
from sprites_facade._core.errors._stream import (
    KEPT_MESSAGES,
    OperationFailedError,
    StreamError,
    StreamFormatError,
    StreamTruncatedError,
)

__all__ = [
    "KEPT_MESSAGES",
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "CommandError",
    "CommandFailedError",
    "CommandTimeoutError",
    "ConfigurationError",
    "ConflictError",
    "FileSystemError",
    "InvalidNameError",
    "NotFoundError",
    "OperationFailedError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "SpriteFileExistsError",
    "SpriteFileNotFoundError",
    "SpriteIsADirectoryError",
    "SpriteNotADirectoryError",
    "SpritePermissionError",
    "SpritesError",
    "StreamError",
    "StreamFormatError",
    "StreamTruncatedError",
    "error_from_response",
    "filesystem_error_class",
    "retry_after",
]
