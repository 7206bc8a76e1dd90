"""The root of the errors, and those of a wrong setting."""

from __future__ import annotations

from typing import Any, TypeVar

_E = TypeVar("_E", bound=BaseException)


def _revive(cls: type[_E], args: tuple[Any, ...]) -> _E:
    """Make an error without its constructor; pickle sets the attributes afterwards."""
    error = cls.__new__(cls, *args)
    error.args = args
    return error


class SpritesError(Exception):
    """The root of all errors of this package."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def __str__(self) -> str:
        # Named here because an OSError further up the line would rather print its errno.
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args), self._state()

    def _state(self) -> dict[str, Any]:
        return dict(self.__dict__)


class ConfigurationError(SpritesError, ValueError):
    """A setting is missing or cannot be right; no request was made."""


class InvalidNameError(ConfigurationError):
    """A name or id that cannot be one, refused before any request.

    It would have reached another route: the path of a sprite called `..` is that of the API.
    """
