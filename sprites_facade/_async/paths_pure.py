"""What can be said of a path without asking the sprite."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Self, TypeAlias, TypeGuard

from sprites_facade._async.files import AsyncFiles
from sprites_facade._core.commands import own
from sprites_facade._core.files import RemotePath, absolute, wire_path

_Segment: TypeAlias = "str | PurePosixPath | AsyncPurePath"


class AsyncPurePath:
    """A path with the meaning of `pathlib.PurePosixPath`, and the files that it belongs to."""

    def __init__(self, files: AsyncFiles, path: RemotePath) -> None:
        self._files = files
        self._path = PurePosixPath(wire_path(path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r}, sprite={self._files.sprite!r})"

    def __str__(self) -> str:
        return str(self._path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsyncPurePath) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __lt__(self, other: object) -> bool:
        return self._identity < other._identity if _is_path(other) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._identity <= other._identity if _is_path(other) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._identity > other._identity if _is_path(other) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._identity >= other._identity if _is_path(other) else NotImplemented

    def __truediv__(self, other: _Segment) -> Self:
        return self.joinpath(other)

    def __rtruediv__(self, other: str | PurePosixPath) -> Self:
        return self._with(PurePosixPath(other) / self._path)

    @property
    def pure(self) -> PurePosixPath:
        """The path as a value, without the sprite."""
        return self._path

    @property
    def sprite(self) -> str:
        """The name of the sprite whose path it is."""
        return self._files.sprite

    @property
    def root(self) -> str:
        """`/`, or nothing of a path that begins at the user's home."""
        return self._path.root

    @property
    def anchor(self) -> str:
        """The same as `root`: there are no drives."""
        return self._path.anchor

    @property
    def name(self) -> str:
        """The last part."""
        return self._path.name

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """The ending of the last part, such as `.py`."""
        return self._path.suffix

    @property
    def suffixes(self) -> list[str]:
        """The endings of the last part, such as `.tar` and `.gz`."""
        return self._path.suffixes

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts, the root as the first one."""
        return self._path.parts

    @property
    def parent(self) -> Self:
        """The path without its last part."""
        return self._with(self._path.parent)

    @property
    def parents(self) -> tuple[Self, ...]:
        """The paths above, the nearest first."""
        return tuple(self._with(path) for path in self._path.parents)

    def as_posix(self) -> str:
        """Return the path as a text."""
        return self._path.as_posix()

    def is_absolute(self) -> bool:
        """Tell whether it begins at the root; otherwise it begins at the user's home."""
        return self._path.is_absolute()

    def absolute(self) -> Self:
        """Return the path from the root; a relative one begins at the user's home."""
        return self._with(absolute(self._path))

    def joinpath(self, *others: _Segment) -> Self:
        """Return the path with others after it; an absolute one replaces what is before."""
        own(self.sprite, *others)
        return self._with(self._path.joinpath(*(_pure(other) for other in others)))

    def with_name(self, name: str) -> Self:
        """Return the path with another last part."""
        return self._with(self._path.with_name(name))

    def with_stem(self, stem: str) -> Self:
        """Return the path with another last part, but its suffix."""
        return self._with(self._path.with_stem(stem))

    def with_suffix(self, suffix: str) -> Self:
        """Return the path with another suffix, or none."""
        return self._with(self._path.with_suffix(suffix))

    def relative_to(self, other: _Segment) -> PurePosixPath:
        """Return the way from another path to this one; ValueError if that is not above."""
        return self._path.relative_to(_pure(other))

    def is_relative_to(self, other: _Segment) -> bool:
        """Tell whether another path is above this one, or the same."""
        return self._path.is_relative_to(_pure(other))

    def match(self, pattern: str) -> bool:
        """Tell whether the path matches a pattern."""
        return self._path.match(pattern)

    def _with(self, path: _Segment) -> Self:
        own(self.sprite, path)
        return type(self)(self._files, _pure(path))

    @property
    def _identity(self) -> tuple[str, PurePosixPath]:
        return self._files.sprite, self._path


def _is_path(value: object) -> TypeGuard[AsyncPurePath]:
    return isinstance(value, AsyncPurePath)


def _pure(path: _Segment) -> PurePosixPath:
    return path.pure if isinstance(path, AsyncPurePath) else PurePosixPath(path)
