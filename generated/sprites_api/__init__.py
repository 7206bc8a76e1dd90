# Generated from openapi.yaml by `make generate`; do not edit.
"""The low-level client of the Sprites API: models and typed request builders.

Each operation is a module, `sprites_api.api.<tag>.<operation>`. Its `get_kwargs` builds the
arguments of one `httpx` request. Streams have `parse_event` and `parse_error` in place of calling
functions, WebSocket endpoints have `get_kwargs` alone.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

# Whoever needs only the models and the builders does without an HTTP library. Type checkers would
# take this for a promise that there are any names.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import client

        return getattr(client, name)
