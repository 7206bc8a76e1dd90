"""Hold a small disk, for a server of its own: `python small_disk.py SIZE PLACE`.

The disk is a tmpfs in a mount namespace of this process, which says "ready" and holds both until
its input ends. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from sprites_local import linux

MB = 1 << 20


@frozen
class Disk:
    """A small disk that is held; `place` is where programs see it that `prefix` starts."""

    place: Path
    holder: int

    @property
    def prefix(self) -> tuple[str, ...]:
        """A command that becomes the command which follows it, with the disk."""
        return ("nsenter", f"--mount=/proc/{self.holder}/ns/mnt")

    @property
    def path(self) -> Path:
        """Where we see it."""
        return Path(f"/proc/{self.holder}/root{self.place}")

    def free(self) -> int:
        """Return how many bytes are free."""
        return shutil.disk_usage(self.path).free

    def fill(self, leave: int = 0) -> None:
        """Take all that is free but `leave` bytes, as another program might."""
        with (self.path / "filler").open("ab", buffering=0) as file:
            if leave:
                os.posix_fallocate(file.fileno(), 0, self.free() - leave)
                return
            with suppress(OSError):  # there is no space left
                while self.free():
                    file.write(bytes(MB))

    def clear(self) -> None:
        """Give that back."""
        (self.path / "filler").unlink()


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Disk]:
    """Make a disk that is gone at the end."""
    command = [sys.executable, "-m", "tests.local.small_disk", str(megabytes), str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        try:
            yield Disk(place, holder.pid)
        finally:
            holder.communicate(timeout=10)


def main() -> None:
    size, place = sys.argv[1:]
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", place, "tmpfs", 0, f"size={size}m,mode=0755")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
