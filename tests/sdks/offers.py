"""What the official SDKs offer, and which of it ran."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path
from types import FunctionType
from typing import Any

import sprites

_CLASS = re.compile(r"^export declare class (\w+)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_METHOD = re.compile(r"^    (?:static )?(?!constructor|private)(\w+)(?:<[^>]*>)?\(", re.MULTILINE)
_FUNCTION = re.compile(r"^export declare function (\w+)\(", re.MULTILINE)
_NAME = re.compile(r"^export \{([^}]*)\}", re.MULTILINE)


def of_python() -> set[str]:
    """Name the public methods of public classes, and the functions of public modules."""
    offered: set[str] = set()
    for name in sprites.__all__:
        value = getattr(sprites, name)
        if inspect.isclass(value) and not issubclass(value, Exception):
            offered |= {
                f"{function.__module__}.{function.__qualname__}" for function in _methods(value)
            }
    for module in pkgutil.iter_modules(sprites.__path__, "sprites."):
        if not module.name.startswith("sprites._"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if inspect.isfunction(value) and value.__module__ == module.name:
                    offered |= {f"{module.name}.{name}"} if not name.startswith("_") else set()
    return offered


def _methods(kind: type) -> list[FunctionType]:
    """Return what a class and the SDK's classes above it define for others to call."""
    found = []
    for owner in kind.__mro__:
        for name, value in vars(owner).items():
            plain = getattr(value, "fget", None) or getattr(value, "__func__", value)
            if (
                isinstance(plain, FunctionType)
                and not name.startswith("_")
                and plain.__module__.startswith("sprites.")
                and plain.__code__.co_filename.startswith(str(Path(sprites.__file__).parent))
            ):
                found.append(plain)
    return found


def of_javascript(index: Path) -> set[str]:
    """Name the public methods and functions of what the package exports."""
    exported = {
        name.strip()
        for match in _NAME.findall((index.parent / "index.d.ts").read_text())
        for name in match.split(",")
    }
    offered = set()
    for declarations in sorted(index.parent.glob("*.d.ts")):
        text, module = declarations.read_text(), declarations.name.removesuffix(".d.ts")
        for owner, body in _CLASS.findall(text):
            if owner in exported:
                offered |= {f"{module}.{owner}.{name}" for name in _METHOD.findall(body)}
        offered |= {f"{module}.{name}" for name in _FUNCTION.findall(text) if name in exported}
    return offered


def called_in_node(coverage: Path) -> list[str]:
    """Read from V8's coverage which functions of the SDK ran."""
    called = set()
    for report in coverage.glob("*.json"):
        for script in json.loads(report.read_text())["result"]:
            if "/@fly/sprites/dist/" in script["url"]:
                called |= _called(script)
    return sorted(called)


def _called(script: dict[str, Any]) -> set[str]:
    path = Path(script["url"].removeprefix("file://"))
    source, module = path.read_text(), path.stem
    starts = [
        (match.start(), match[1]) for match in re.finditer(r"^export class (\w+)", source, re.M)
    ]
    ends = [source.index("\n}\n", start) for start, _ in starts]
    called = set()
    for function in script["functions"]:
        extent = function["ranges"][0]
        if extent["count"]:
            owner = next(
                (
                    f"{name}."
                    for (start, name), end in zip(starts, ends, strict=True)
                    if start <= extent["startOffset"] < end
                ),
                "",
            )
            called.add(f"{module}.{owner}{function['functionName']}")
    return called
