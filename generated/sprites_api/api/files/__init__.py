# Generated from openapi.yaml by `make generate`; do not edit.
"""Contains endpoint functions for accessing the API; each is loaded when it is first used."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

# Type checkers would take it for a promise that there are any names.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        module = f"{__name__}.{name}"
        if name.startswith("_") or find_spec(module) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(module)
