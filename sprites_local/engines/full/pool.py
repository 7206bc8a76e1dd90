"""The pool: one btrfs in a sparse file, mounted nowhere.

The mount exists only as a descriptor of this process (`fsmount`). No path leads to it, no
other process sees it, and the kernel ends it with the process, however that ends. Everything
inside is reached relative to directory descriptors.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sprites_local import linux
from sprites_local.engines.base import EngineUnavailableError
from sprites_local.engines.full import loop, space

MIN_SIZE: Final = 512 << 20
MAX_SIZE: Final = 48 << 30  # from 50 GB on btrfs gives metadata four times as much at once
_TINY: Final = 16 << 20
_NODE_SIZE: Final = 4096
# The least there is. Each snapshot notes itself at every block below the node that it shares, and
# each note is written with all those before it: with the usual 16384 bytes the 500th checkpoint
# took ten times as long as the first.
_MKFS_TIMEOUT: Final = 60
_DETACH_TIMEOUT: Final = 10.0
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Pool:
    """A mounted pool; `device` is its loop device."""

    def __init__(self, image: Path, size: int | None = None) -> None:
        self._image = image
        self._size = size
        self._root: int | None = None
        self.device = ""
        self.is_new = False
        """Whether the image was made by `open`."""

    def open(self) -> None:
        """Make the image if there is none, and mount it."""
        if not self._image.exists():
            self._make_image()
            self.is_new = True
        mount = self._mount()
        try:
            # The mount descriptor is O_PATH; ioctl needs a real one, which keeps the mount too.
            self._root = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=mount)
        finally:
            os.close(mount)
        own = [chunk for chunk in space.chunks(self._root) if not chunk.is_data]
        if max(chunk.length for chunk in own) < _TINY:
            space.widen_metadata(self._root)

    def _mount(self) -> int:
        """Return a descriptor of a new mount of the image."""
        holder, self.device = loop.attach(self._image)
        try:
            return linux.new_filesystem(
                "btrfs", {}, attributes=linux.MOUNT_ATTR_NOATIME, source=self.device
            )
        except OSError as error:
            if self.is_new or error.errno == errno.ENODEV:  # the machine's fault, not the file's
                raise
            raise EngineUnavailableError(
                f"the files of all sprites are in {self._image}, and it is damaged: {error};"
                " `dmesg` tells more. Put a copy in its place, or delete the data directory to"
                " begin anew"
            ) from error
        finally:
            os.close(holder)

    def discard(self) -> None:
        """Delete the image, which goes when it is closed."""
        self._image.unlink()

    def close(self) -> None:
        """Let go of the mount and wait until the loop device is free again."""
        if self._root is None:
            return
        os.close(self._root)
        self._root = None
        deadline = time.monotonic() + _DETACH_TIMEOUT
        while loop.devices_of(self._image) and time.monotonic() < deadline:
            time.sleep(0.002)  # the kernel tells nobody when a loop device detaches

    @property
    def root(self) -> int:
        """Descriptor of the top directory."""
        if self._root is None:
            raise EngineUnavailableError("the engine is closed")
        return self._root

    def is_broken(self) -> bool:
        """Tell whether btrfs gave up after an error below it and allows no more writing."""
        return bool(os.fstatvfs(self.root).f_flag & os.ST_RDONLY)

    @contextmanager
    def directory(self, path: str) -> Iterator[int]:
        """Open a directory of the pool, given relative to its top."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.root)
        try:
            yield fd
        finally:
            os.close(fd)

    def names(self, path: str) -> list[str]:
        """List a directory; empty if it is not there."""
        try:
            with self.directory(path) as fd:
                return sorted(os.listdir(fd))  # noqa: PTH208 - a descriptor
        except FileNotFoundError:
            return []

    def exists(self, path: str) -> bool:
        """Tell whether there is something at `path`."""
        try:
            os.stat(path, dir_fd=self.root, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def make_directory(self, path: str) -> None:
        """Create one directory unless it exists."""
        if not self.exists(path):
            os.mkdir(path, 0o700, dir_fd=self.root)

    def sync(self) -> None:
        """Write everything out."""
        linux.syncfs(self.root)

    def _make_image(self) -> None:
        program = shutil.which("mkfs.btrfs", path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")
        if program is None:
            raise EngineUnavailableError("mkfs.btrfs is missing; install the package btrfs-progs")
        draft = self._image.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with draft.open("wb") as file:
            file.truncate(self._size or self._fitting_size())
        node = str(max(_NODE_SIZE, os.sysconf("SC_PAGE_SIZE")))
        command = [program, "-q", "-f", "-n", node, "-m", "single", "-d", "single", str(draft)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_MKFS_TIMEOUT, check=False
        )
        if done.returncode:
            raise EngineUnavailableError(f"mkfs.btrfs failed: {done.stderr.strip()[-300:]}")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(self._image)

    def _fitting_size(self) -> int:
        """Stay below the free space: a pool that outgrows its disk breaks all sprites at once."""
        free = shutil.disk_usage(self._image.parent).free
        size = min(MAX_SIZE, free * 9 // 10) >> 20 << 20
        if size < MIN_SIZE:
            raise EngineUnavailableError(
                f"{self._image.parent} has {free >> 20} MB free; {MIN_SIZE >> 20} MB are needed"
            )
        return size
