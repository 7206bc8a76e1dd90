"""The interpreter that runs a sprite's PID 1."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_NEEDED: Final = "contextlib, errno, fcntl, json, os, select, signal, socket, struct, termios"
_CHECK: Final = f"import sys, {_NEEDED}; sys.exit(sys.version_info < (3, 11))"
_TIMEOUT: Final = 20
_UNNEEDED: Final = shutil.ignore_patterns(
    "site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3",
    "config-*", "__pycache__", "*.a", "pydoc_data", "distutils", "sqlite3", "venv",
)  # fmt: skip


def find_system_python() -> str | None:
    """Return an interpreter below /usr that can run PID 1: sprites see the host's /usr."""
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3", *_versioned()):
        path = Path(candidate).resolve()
        if path.is_file() and path.is_relative_to("/usr") and _works(str(path)):
            return str(path)
    return None


def keep_compiled(library: Path, interpreter: str | None) -> None:
    """Leave modules compiled beside their sources, by the Python that will load them.

    Those with which that does not work are compiled when they are loaded.

    Args:
        library: The directory of the sources; those below it are meant too.
        interpreter: None for this Python.
    """
    command = [interpreter or sys.executable, "-I", "-S", "-m", "compileall", "-q", "."]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, cwd=library, capture_output=True, timeout=_TIMEOUT, check=False)


def copy_running_python(dest: Path) -> None:
    """Copy this interpreter with its standard library, so that `dest/bin/python3` runs alone.

    Works for interpreters that find their library relative to themselves, which all relocatable
    builds do (pyenv, uv, python.org, distributions). Shared libraries that are outside /usr are
    copied too.
    """
    executable = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (dest / "bin").mkdir(parents=True)
    shutil.copy2(executable, dest / "bin" / "python3")
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(library, dest / "lib" / version, ignore=_UNNEEDED, symlinks=False)
    for shared in _shared_libraries():
        shutil.copy2(shared, dest / "lib" / shared.name)


def _versioned() -> Iterator[str]:
    for minor in range(20, 10, -1):
        yield f"/usr/bin/python3.{minor}"


def _works(python: str) -> bool:
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", _CHECK], capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _shared_libraries() -> Iterator[Path]:
    """Name the libraries mapped into this process that a sprite would not find under /usr."""
    library = sysconfig.get_path("stdlib")
    seen = set()
    for line in os.fsdecode(Path("/proc/self/maps").read_bytes()).split("\n"):
        fields = line.split(maxsplit=5)
        if len(fields) < 6 or ".so" not in Path(fields[5]).name:
            continue
        path = Path(os.path.realpath(fields[5]))
        inside = str(path).startswith((f"{library}/", "/usr/", "/lib"))
        foreign = "site-packages" in path.parts or inside
        if path.is_file() and not foreign and path not in seen:
            seen.add(path)
            yield path
