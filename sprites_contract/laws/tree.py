"""Trees of files: as predicted by the model, and as they are in the sprite."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from copy import deepcopy
from typing import Self

from attrs import define, field, frozen

from sprites_contract.laws.wire import HOME, Wire

# One line for each entry, then one for each content. Names are plain ASCII.
_LOOK = r"""find . -mindepth 1 -printf '%y|%m|%T@|%i|%P|%l\n'
find . -type f -exec sha256sum {} +"""
_DIGEST = 64


@frozen
class Entry:
    """A file, directory or link, as it is."""

    kind: str
    mode: str
    modified: str
    target: str
    digest: str = ""
    same_as: str = ""
    """The first name of the same file, for one with several."""


Observed = dict[str, Entry]


def observe(wire: Wire) -> Observed:
    """Look at all files that the laws are about."""
    found: Observed = {}
    first: dict[str, str] = {}
    digests: dict[str, str] = {}
    entries: list[list[str]] = []
    for line in wire.shell(_LOOK).splitlines():
        if "|" in line:
            entries.append(line.split("|", 5))
        else:
            digests[line[_DIGEST + 2 :].removeprefix("./")] = line[:_DIGEST]
    for kind, mode, modified, inode, path, target in sorted(entries, key=lambda entry: entry[4]):
        same_as = first.setdefault(inode, path) if kind == "f" else path
        found[path] = Entry(kind, mode, modified, target, digests.get(path, ""), same_as)
    return found


def changes(before: Observed, after: Observed) -> list[str]:
    """Say how two observations differ."""
    told = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is None:
            told.append(f"{path} is new")
        elif new is None:
            told.append(f"{path} is missing")
        elif old != new:
            told.append(f"{path} was {old} and is {new}")
    return told


@define
class Node:
    """A file, directory or link, as it should be; a file with two names is one node."""

    kind: str
    content: bytes = b""
    mode: str = ""
    """Empty when the server chose it."""
    target: str = ""
    names: int = 1


@define
class Tree:
    """What the model says there is."""

    nodes: dict[str, Node] = field(factory=dict)

    def copy(self) -> Self:
        """Return a tree that does not change with this one."""
        return deepcopy(self)

    def has_parent(self, path: str) -> bool:
        """Tell whether a name can be made."""
        parent = posixpath.dirname(path)
        return not parent or (parent in self.nodes and self.nodes[parent].kind == "d")

    def can_get_parents(self, path: str) -> bool:
        """Tell whether nothing but directories is on the way to a name."""
        return all(self.nodes[up].kind == "d" for up in _parents(path) if up in self.nodes)

    def make_parents(self, path: str) -> None:
        """Make the directories on the way to a name."""
        for up in _parents(path):
            self.nodes.setdefault(up, Node("d"))

    def below(self, path: str) -> list[str]:
        """Return a name and everything below it."""
        return [name for name in self.nodes if name == path or name.startswith(f"{path}/")]

    def remove(self, path: str) -> None:
        """Take away a name and everything below it."""
        for name in self.below(path):
            self.nodes.pop(name).names -= 1

    def rename(self, source: str, dest: str) -> None:
        """Move a name and everything below it."""
        for name in self.below(source):
            self.nodes[dest + name.removeprefix(source)] = self.nodes.pop(name)

    def faults(self, observed: Observed) -> list[str]:
        """Say how an observation differs from the model."""
        told = [f"{path} is there" for path in sorted(observed.keys() - self.nodes.keys())]
        for path, node in sorted(self.nodes.items()):
            entry = observed.get(path)
            if entry is None:
                told.append(f"{path} is missing")
            else:
                told += [f"{path}: {fault}" for fault in _faults(node, entry)]
        return told


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _faults(node: Node, entry: Entry) -> Iterator[str]:
    if entry.kind != node.kind:
        yield f"is {entry.kind}, not {node.kind}"
    elif node.kind == "f" and entry.digest != hashlib.sha256(node.content).hexdigest():
        yield f"does not hold {node.content!r}"
    elif node.kind == "l" and entry.target != node.target:
        yield f"leads to {entry.target!r}, not {node.target!r}"
    if node.mode and entry.mode != node.mode:
        yield f"has mode {entry.mode}, not {node.mode}"


def full(path: str) -> str:
    """Return the absolute path of a name."""
    return f"{HOME}/{path}"
