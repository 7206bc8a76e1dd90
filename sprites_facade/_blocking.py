"""Pairs for what the system does not let be awaited: files of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sprites_facade._later import Later

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = Later("asyncio")

P = ParamSpec("P")
T = TypeVar("T")


async def async_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns, without holding up the loop."""
    return await asyncio.to_thread(function, *args, **kwargs)


def blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns."""
    return function(*args, **kwargs)
