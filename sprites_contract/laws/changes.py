"""Changes of files: each on the server and in the model at once."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from sprites_contract.laws.tree import Node, Tree, full
from sprites_contract.laws.wire import Wire

PATHS = ("a", "b", "d", "d/a", "d/b", "d/e/a", "l")
MODES = ("600", "644", "755", "700")
_OF_WHAT_IS_THERE = {"remove", "rename", "change_mode", "copy", "name_twice"}
CONTENTS = (b"", b"one\n", b"two\n", b"\x00\xff" * 2048)


@frozen
class Change:
    """One change; what cannot be done as things are is left."""

    kind: str
    path: str
    other: str
    content: int
    mode: str
    pick: int = 0
    """What is taken instead of a path that is not there."""


def apply(wire: Wire, tree: Tree, change: Change) -> None:
    """Make a change on both sides."""
    if change.kind in _OF_WHAT_IS_THERE and change.path not in tree.nodes and tree.nodes:
        change = evolve(change, path=sorted(tree.nodes)[change.pick % len(tree.nodes)])
    KINDS[change.kind](wire, tree, change)


def _write(wire: Wire, tree: Tree, change: Change) -> None:
    node = tree.nodes.get(change.path)
    if not tree.can_get_parents(change.path) or (node and (node.kind != "f" or node.names > 1)):
        return
    content = CONTENTS[change.content]
    query = {"path": full(change.path), "mode": f"0{change.mode}", "mkdirParents": "true"}
    wire.call("write_file", "PUT", "/fs/write", 200, 201, params=query, content=content)
    tree.make_parents(change.path)
    tree.nodes[change.path] = Node("f", content, change.mode)


def _remove(wire: Wire, tree: Tree, change: Change) -> None:
    if change.path in tree.nodes:
        query = {"path": full(change.path), "recursive": "true"}
        wire.call("delete_file", "DELETE", "/fs/delete", 200, params=query)
        tree.remove(change.path)


def _rename(wire: Wire, tree: Tree, change: Change) -> None:
    source, dest = change.path, change.other
    if source not in tree.nodes or dest in tree.nodes or not tree.has_parent(dest):
        return
    if f"{dest}/".startswith(f"{source}/"):
        return
    body = {"source": full(source), "dest": full(dest)}
    wire.call("rename_file", "POST", "/fs/rename", 200, json=body)
    tree.rename(source, dest)


def _change_mode(wire: Wire, tree: Tree, change: Change) -> None:
    node = tree.nodes.get(change.path)
    # A directory that cannot be entered would hide what is in it from the laws.
    mode = "700" if node and node.kind == "d" else change.mode
    if node and node.kind != "l":
        body = {"path": full(change.path), "mode": f"0{mode}"}
        wire.call("change_file_mode", "POST", "/fs/chmod", 200, json=body)
        node.mode = mode


def _copy(wire: Wire, tree: Tree, change: Change) -> None:
    source = tree.nodes.get(change.path)
    if not source or source.kind != "f" or change.other in tree.nodes:
        return
    if tree.has_parent(change.other):
        body = {"source": full(change.path), "dest": full(change.other)}
        wire.call("copy_file", "POST", "/fs/copy", 200, json=body)
        tree.nodes[change.other] = Node("f", source.content)


def _link(wire: Wire, tree: Tree, change: Change) -> None:
    if change.path not in tree.nodes and tree.has_parent(change.path):
        wire.shell(f"ln -s {shlex.quote(change.other)} {shlex.quote(change.path)}")
        tree.nodes[change.path] = Node("l", target=change.other)


def _name_twice(wire: Wire, tree: Tree, change: Change) -> None:
    source = tree.nodes.get(change.path)
    if not source or source.kind != "f" or change.other in tree.nodes:
        return
    if tree.has_parent(change.other):
        wire.shell(f"ln {shlex.quote(change.path)} {shlex.quote(change.other)}")
        source.names += 1
        tree.nodes[change.other] = source


def _make_directory(wire: Wire, tree: Tree, change: Change) -> None:
    if change.path not in tree.nodes and tree.has_parent(change.path):
        wire.shell(f"mkdir {shlex.quote(change.path)}")
        tree.nodes[change.path] = Node("d")


KINDS: dict[str, Callable[[Wire, Tree, Change], Any]] = {
    "write": _write,
    "remove": _remove,
    "rename": _rename,
    "change_mode": _change_mode,
    "copy": _copy,
    "link": _link,
    "name_twice": _name_twice,
    "make_directory": _make_directory,
}
