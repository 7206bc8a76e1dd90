"""Make our templates from the installed ones of openapi-python-client."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from codegen.patches import PATCHES, REPLACED, Patch

BLOCKS = Path(__file__).parent / "blocks"
_PLACEHOLDER = re.compile(r"\{block:(\w+)\}")


class AnchorError(Exception):
    """An installed template is not the one that a patch was written for."""


def write_templates(target: Path, patches: list[Patch] | None = None) -> None:
    """Write the patched and the replaced templates below a folder.

    Raises:
        AnchorError: If an anchor is missing or stands in more places than expected.
    """
    for name, text in patched(PATCHES if patches is None else patches).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def patched(patches: list[Patch]) -> dict[str, str]:
    """Apply patches to the originals; the result has only the templates that differ."""
    texts = {name: block(replacement) for name, replacement in REPLACED.items()}
    for name in REPLACED:
        original(name)
    for patch in patches:
        text = texts.get(patch.template) or original(patch.template)
        texts[patch.template] = apply(patch, text)
    return texts


def apply(patch: Patch, text: str) -> str:
    """Replace one anchor, which must stand there exactly `patch.times` times."""
    found = text.count(patch.anchor)
    if found != patch.times:
        raise AnchorError(
            f"{patch.template}: the anchor {patch.anchor!r} stands {found} times,"
            f" {patch.times} expected; look at codegen/patches.py before upgrading the generator"
        )
    filled = _PLACEHOLDER.sub(lambda match: block(match[1]).rstrip("\n"), patch.replacement)
    return text.replace(patch.anchor, filled)


def original(name: str) -> str:
    """Read a template of the installed generator."""
    path = files("openapi_python_client").joinpath("templates", *name.split("/"))
    if not path.is_file():
        raise AnchorError(f"{name}: openapi-python-client has no such template any more")
    return path.read_text(encoding="utf-8")


def block(name: str) -> str:
    """Read one of our blocks."""
    return (BLOCKS / f"{name}.jinja").read_text(encoding="utf-8")
