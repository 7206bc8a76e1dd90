# Generated from openapi.yaml by `make generate`; do not edit.
"""The low-level client of the Sprites API: models and typed request builders.

Each operation is a module, `sprites_api.api.<tag>.<operation>`. Its `get_kwargs` builds the
arguments of one `httpx` request. Streams have `parse_event` and `parse_error` in place of calling
functions, WebSocket endpoints have `get_kwargs` alone.
"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
