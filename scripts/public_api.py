"""Write down the public surface: each public name with its signature, one per line.

The listing is tests/public_api.txt; a change of it in a review is a change of the interface.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTING = ROOT / "tests" / "public_api.txt"
MODULES = ("sprites_facade", "sprites_facade.testing")
# Special methods that users call through syntax.
_QUOTED = re.compile(r"(: |-> )'([^']*)'")
_SYNTAX = {"__enter__", "__aenter__", "__iter__", "__aiter__", "__next__", "__anext__"}


def listing(modules: tuple[str, ...] = MODULES) -> str:
    """Return the whole listing."""
    present = (name for name in modules if importlib.util.find_spec(name) is not None)
    return "\n".join(line for name in present for line in _module(name)) + "\n"


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"[{name}]"
    for public in sorted(module.__all__):
        yield from _member(public, getattr(module, public), set(module.__all__))
    yield ""


def _member(name: str, value: Any, known: set[str]) -> Iterator[str]:
    if not inspect.isclass(value):
        yield f"{name}{_signature(value)}" if callable(value) else name
        return
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    yield f"class {name}({bases})"
    yield f"  {name}{_signature(value)}"
    ours = _ours(value, known)
    annotations = {key: kind for base in reversed(ours) for key, kind in _annotations(base).items()}
    for attribute in sorted({*annotations, *(key for base in ours for key in vars(base))}):
        if attribute.startswith("_") and attribute not in _SYNTAX:
            continue
        if attribute in annotations:
            yield f"  .{attribute}: {_written(annotations[attribute])}"
        else:
            yield from _attribute(attribute, inspect.getattr_static(value, attribute))


def _ours(cls: type, known: set[str]) -> list[type]:
    """Return a class and the private bases it has of us; a public base is listed by itself."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("sprites_facade")]
    public = [base for base in bases[1:] if base.__name__ in known]
    return [base for base in bases if not any(issubclass(other, base) for other in public)]


def _annotations(cls: type) -> dict[str, Any]:
    return inspect.get_annotations(cls)


def _attribute(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, property):
        yield f"  .{name}: {_returned(value.fget)}"
    elif isinstance(value, classmethod | staticmethod):
        yield f"  @{type(value).__name__} .{name}{_signature(value.__func__)}"
    elif callable(value):
        prefix = "async " if inspect.iscoroutinefunction(value) else ""
        yield f"  {prefix}.{name}{_signature(value)}"
    else:
        yield f"  .{name}"


def _returned(function: Any) -> str:
    return _written(inspect.get_annotations(function).get("return", "Any"))


def _written(annotation: Any) -> str:
    """Return an annotation as it is written; typed dictionaries wrap theirs."""
    return str(getattr(annotation, "__forward_arg__", annotation))


def _signature(value: Any) -> str:
    try:
        return _QUOTED.sub(r"\1\2", str(inspect.signature(value)))
    except (TypeError, ValueError):  # an exception without a constructor of its own
        return "(...)"


def drift(known: str) -> str:
    """Return how the surface differs from a listing, as a diff; empty if it does not."""
    lines = difflib.unified_diff(
        known.splitlines(), listing().splitlines(), "listed", "now", lineterm="", n=1
    )
    return "\n".join(lines)


def main() -> int:
    """Write the listing, or with `--check` say how it differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, report drift")
    parser.add_argument("--listing", type=Path, default=LISTING, help="the file")
    options = parser.parse_args()
    if not options.check:
        options.listing.write_text(listing(), encoding="utf-8")
        return 0
    known = options.listing.read_text(encoding="utf-8") if options.listing.exists() else ""
    difference = drift(known)
    print(difference or "the public interface is as listed")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
