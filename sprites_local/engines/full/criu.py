"""CRIU as a program: where it is, how it is called, what its complaints mean."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

from attrs import frozen

from sprites_local.homes import data_home
from sprites_local.init.criu import HOOK, PID_FILE

PREFIX_VARIABLE: Final = "SPRITES_CRIU_PREFIX"
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
INSIDE: Final = "/criu"
_COMMON: Final = (
    "-v1",
    "--images-dir", "/images",
    "--work-dir", "/run",
    "--manage-cgroups=ignore",
    "--tcp-established",
    "--file-locks",
    "--link-remap",
    "--ghost-limit", "1G",
)  # fmt: skip
DUMP_LOG: Final = "dump.log"
RESTORE_LOG: Final = "restore.log"
_MAX_LOG: Final = 1 << 20
_MAX_REASON: Final = 160
_NOISE: Final = "RLIMIT_NOFILE for self|ip6?tables|FAILED"


@frozen
class Criu:
    """One CRIU that may work here."""

    path: Path
    """What tells it from another one."""
    program: tuple[str, ...]
    """How it is run inside its small root; see `sprites_local.init.criu`."""
    directory: str | None
    """What must be mounted there for it."""

    @property
    def identity(self) -> str:
        """Return a text that changes when the program is exchanged."""
        info = self.path.stat()
        words = (self.path, info.st_ino, info.st_size, info.st_mtime_ns)
        return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()

    def dump(self, pid: int, group: Path, *, unsent: bool) -> list[str]:
        """Return the command that writes down a frozen sprite, which stays as it is.

        Where data is `unsent` in its connections, a restore sends it when only one end of them may
        be back. Packets must not arrive then, or the other end's answer would be a reset.
        """
        lock = "nftables" if unsent else "skip"
        return [
            *self.program, "dump", "--tree", str(pid), "--freeze-cgroup", str(group),
            "--leave-running", "--network-lock", lock, "--timeout", "2",
            "--log-file", f"/images/{DUMP_LOG}", "--action-script", HOOK, *_COMMON,
        ]  # fmt: skip

    def restore(self) -> list[str]:
        """Return the command that brings a sprite back."""
        return [
            *self.program, "restore", "--restore-detached", "--root", "/root",
            "--log-file", f"/images/{RESTORE_LOG}", "--pidfile", PID_FILE, *_COMMON,
        ]  # fmt: skip


def default_prefix() -> Path | None:
    """Return where our own CRIU is unless told otherwise; None for a user without a home."""
    told = os.environ.get(PREFIX_VARIABLE, "")
    if told.startswith("/"):
        return Path(told)
    home = data_home()
    return home / "sprites/criu" if home else None


def candidates(prefix: Path | None = None) -> list[Criu]:
    """Return the CRIUs of this machine, the system's first."""
    found = []
    system = shutil.which("criu", path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")
    if system is not None:
        found.append(_of_system(Path(system).resolve()))
    private = in_prefix(prefix or default_prefix())
    return found if private is None else [*found, private]


def in_prefix(prefix: Path | None) -> Criu | None:
    """Return the CRIU of a private prefix: it runs with the libraries that are there."""
    if prefix is None:
        return None
    root = prefix / "root/usr"
    path = root / "sbin/criu"
    linkers = sorted((root / "lib").glob("*/ld-linux-*.so.*"))
    if not path.is_file() or not linkers:
        return None
    libraries = f"{INSIDE}/lib/{linkers[0].parent.name}"
    program = (f"{libraries}/{linkers[0].name}", "--library-path", libraries)
    return Criu(path, (*program, f"{INSIDE}/sbin/criu"), str(root))


def _of_system(path: Path) -> Criu:
    if path.is_relative_to("/usr"):
        return Criu(path, (str(path),), None)
    return Criu(path, (f"{INSIDE}/{path.name}",), str(path.parent))


def explain(code: int, log: Path) -> str:
    """Say in a few words why CRIU failed."""
    if code < 0:
        return f"CRIU was ended by signal {-code}"
    try:
        with log.open("rb") as file:
            text = file.read(_MAX_LOG).decode("utf-8", "replace")
    except OSError:
        text = ""
    for sign, meaning in _MEANINGS.items():
        if re.search(sign, text):
            return meaning
    errors = re.findall(r"Error \([^)]*\): (.*)", text)
    errors = [error for error in errors if not re.search(_NOISE, error)]
    # Names of files and the like come from the sprite: nothing that steers a terminal.
    said = "".join(c if c.isprintable() else "?" for c in errors[0]) if errors else f"code {code}"
    return f"CRIU refused: {said[:_MAX_REASON]}"


_MEANINGS: Final = {
    "(?i)io_uring": "a process uses io_uring",
    "(?i)found while seizing|unseizable|is (?:being )?traced":
        "a process is being traced, by strace or a debugger",
    "(?i)nested user|user namespace|userns|Can't dump.{0,20}user_ns|inside non-root user":
        "a process has a user namespace of its own",
    "(?i)nested pid|pid namespace.{0,40}not supported": "a process has a pid namespace of its own",
    "No space left": "the disk is full",
    r"Can't lookup mount": "a process uses the files of a checkpoint that is shown no more",
    r"\.sprite/checkpoints/.*No such file": "a process used the files of a checkpoint that is gone",
    "Dangling connection|(?i:external (?:socket|unix))": "a process is connected to the outside",
    "(?i)timeout reached|Time ?out": "a process could not be stopped in time",
}  # fmt: skip
