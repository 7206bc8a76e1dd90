"""Produce the sync twins of what is written async: `_async/` -> `_sync/`, in package and tests.

The rewriting works on tokens: `async` and `await` go, whole words are renamed by a small table,
in strings and comments too. The drift check compares whole files and the lists of files.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAIRS = (("sprites_facade/_async", "sprites_facade/_sync"), ("tests/_async", "tests/_sync"))
DROP = {"async", "await"}
# Wrappers without a sync counterpart: `Awaitable[X]` becomes `X`, and a call its argument.
UNWRAP = {"AsyncOpening", "Awaitable"}
RENAME = {
    "AbstractAsyncContextManager": "AbstractContextManager",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "_async": "_sync",
    "aclose": "close",
    "aclosing": "closing",
    "aiter_bytes": "iter_bytes",
    "aiter_raw": "iter_raw",
    "anext": "next",
    "aread": "read",
    "asynccontextmanager": "contextmanager",
    "handle_async_request": "handle_request",
}
_CLASS = re.compile(r"^(_?)Async(?=[A-Z])")
_FUNCTION = re.compile(r"^async_(?=[a-z])")
_WORD = re.compile(r"\w+")
_DROPPED_WORD = re.compile(r"\b(?:async|await) ")
# From Python 3.12 on, the text of an f-string is a token of its own.
_TEXT = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


class Edit(NamedTuple):
    """A piece of source that is replaced, by its offsets."""

    begin: int
    end: int
    text: str


def rename(word: str) -> str:
    """Return the sync word for an async one."""
    return RENAME.get(word) or _FUNCTION.sub("", _CLASS.sub(r"\1", word))


def unasync(source: str) -> str:
    """Return the sync version of a module's source, not formatted yet."""
    pieces: list[str] = []
    done = 0
    for begin, end, text in _edits(source):
        pieces += [source[done:begin], text]
        done = end
    return "".join([*pieces, source[done:]])


def _edits(source: str) -> Iterator[Edit]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(place: tuple[int, int]) -> int:
        return starts[place[0] - 1] + place[1]

    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    brackets = _unwrapped_brackets(tokens)
    for index, token in enumerate(tokens):
        begin, end = offset(token.start), offset(token.end)
        if index in brackets:
            yield Edit(begin, end, "")
        elif token.type == tokenize.NAME and token.string in DROP:
            yield Edit(begin, offset(tokens[index + 1].start), "")
        elif token.type == tokenize.NAME or token.type in _TEXT:
            text = _WORD.sub(lambda match: rename(match[0]), source[begin:end])
            if token.type in _TEXT:
                text = _DROPPED_WORD.sub("", text)
            if text != source[begin:end]:
                yield Edit(begin, end, text)


def _unwrapped_brackets(tokens: list[tokenize.TokenInfo]) -> set[int]:
    """Return the positions of the wrappers' names and of the square brackets after them."""
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if token.string not in UNWRAP or tokens[index + 1].string not in {"[", "("}:
            continue
        found.add(index)
        if tokens[index + 1].string == "[":
            found |= {index + 1, _closing(tokens, index + 1)}
    return found


def _closing(tokens: list[tokenize.TokenInfo], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].string == "[") - (tokens[index].string == "]")
        if depth == 0:
            return index
    raise ValueError(f"line {tokens[opening].start[0]}: a bracket is never closed")


def formatted(source: str, path: Path, root: Path) -> str:
    """Return the source without unused imports, sorted and formatted as the project does it."""
    ruff = Path(sys.executable).with_name("ruff")
    name = ("--stdin-filename", str(path))
    for command in (("check", "--quiet", "--fix-only", "--select=F401,I"), ("format", "--quiet")):
        result = subprocess.run(
            [ruff, *command, "--no-cache", *name, "-"],
            cwd=root,
            input=source,
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
        )
        if result.returncode:
            raise SystemExit(f"unasync: ruff failed on {path}\n{result.stderr}")
        source = result.stdout
    return source


def twins(root: Path) -> dict[Path, str]:
    """Return every file that is to exist below the sync folders, with its text."""
    wanted: dict[Path, str] = {}
    for written, produced in PAIRS:
        for source in sorted((root / written).rglob("*.py")):
            name = source.relative_to(root).as_posix()
            target = root / produced / source.relative_to(root / written)
            header = f"# Written by scripts/unasync.py from {name}. Do not edit.\n"
            text = header + unasync(source.read_text(encoding="utf-8"))
            wanted[target] = formatted(text, target, root)
    return wanted


def existing(root: Path) -> set[Path]:
    """Return every file below the sync folders."""
    files = (path for _, produced in PAIRS for path in (root / produced).rglob("*"))
    return {path for path in files if path.is_file() and "__pycache__" not in path.parts}


def drift(root: Path) -> list[str]:
    """Return a line for each twin that is missing, edited, or without a source."""
    wanted, there = twins(root), existing(root)
    lines = [f"no source: {path.relative_to(root)}" for path in sorted(there - wanted.keys())]
    for path, text in wanted.items():
        if path not in there:
            lines.append(f"missing: {path.relative_to(root)}")
        elif path.read_bytes() != text.encode():
            lines.append(f"differs: {path.relative_to(root)}")
    return lines


def write(root: Path) -> None:
    """Bring the sync folders to what they are to be; files without a source are removed."""
    wanted = twins(root)
    for path in existing(root) - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())


def main() -> int:
    """Write the twins, or with `--check` say how they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, report drift")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    options = parser.parse_args()
    if not options.check:
        write(options.root)
        return 0
    lines = drift(options.root)
    print("\n".join(lines) or "the sync twins are up to date")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
