"""What the engine holds on the host: lock, pool, control groups, helper."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Final

from attrs import frozen

from sprites_local.engines.base import EngineError, EngineUnavailableError
from sprites_local.engines.common import advice, python
from sprites_local.engines.common.channel import Message
from sprites_local.engines.common.lock import lock_directory
from sprites_local.engines.full import cgroup, ids
from sprites_local.engines.full.ballast import Ballast
from sprites_local.engines.full.helper_client import Helper
from sprites_local.engines.full.images import Images
from sprites_local.engines.full.pool import Pool
from sprites_local.engines.full.store import Store
from sprites_local.init import launch

_MIN_FREE: Final = 256 << 20
_LONGER: Final = 15.0


@frozen
class Settings:
    """What `FullEngine` was given."""

    data_dir: Path
    pool_size: int | None
    memory_limit: int
    process_limit: int
    owned: bool
    """Whether namespaces belong to a user of the sprite's, not to root."""
    private_python: bool
    process_images: int
    grace: float
    """How many seconds sprites outlive a server that was killed, if no other one comes."""


class Host:
    """Acquires in `open`, releases in `close`; both block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._dir = settings.data_dir.resolve()
        self._lock: int | None = None
        self._owner = secrets.token_hex(16)
        self._apart = ids.are_enough()
        self._helper: Helper | None = None
        self._python: str | None = None
        self.pool = Pool(self._dir / "pool.img", settings.pool_size)
        self.store = Store(self.pool)
        self._ballast = Ballast(self.pool, self._dir / "pool.img")
        self.images = Images(self._dir / "images", settings.process_images)
        self.stage = str(self._dir / "stage")
        self.groups = cgroup.Tree(
            group_name(self._dir),
            cgroup.find_hierarchies(),
            cgroup.Limits(settings.memory_limit, settings.process_limit),
        )

    @property
    def helper(self) -> Helper:
        """The running helper, started anew if it was killed."""
        if self._helper is None:
            raise EngineError("the engine is closed")
        if self._helper.closed:
            self.start_helper()
        return self._helper

    def open(self) -> None:
        """Lock the data directory, mount the pool, build what is missing."""
        self._dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock_directory(self._dir, self._owner)
        (self._dir / "stage").mkdir(exist_ok=True)
        try:
            self.groups.open()
            self.pool.open()
            if not self._settings.private_python:
                self._python = python.find_system_python()
            self.store.prepare(self._python)
            self._ballast.start()
        except (OSError, EngineError) as error:
            raise EngineUnavailableError(explain(error)) from error

    def start_helper(self) -> None:
        """Start the helper, from the event loop's thread."""
        if self._lock is not None:
            grace = self._settings.grace
            self._helper = Helper(self.groups.tops(), self._lock, self._owner, grace)

    @property
    def pythons(self) -> list[str]:
        """The interpreters that there may be in a sprite."""
        return [p for p in (self._python, launch.PRIVATE_PYTHON) if p is not None]

    def boot_request(self, sprite: str) -> Message:
        """Return what the launcher needs to know."""
        first_id = ids.first_of(sprite, apart=self._apart)
        return {
            "cgroups": self.groups.join_paths(sprite, "main"),
            "stage": self.stage,
            "device": self.pool.device,
            "subvolume": self.store.subvolume(sprite),
            "hostname": self.store.hostname(sprite),
            "uid_base": first_id,
            "owner": first_id if self._settings.owned else None,
            "pythons": self.pythons,
            # Only if the helper was killed too: it cleans up better.
            "patience": self._settings.grace + _LONGER,
        }

    def stop_sprites(self) -> None:
        """Kill all processes; without the lock they are another server's."""
        if self._lock is not None:
            self.groups.close()

    async def stop_helper(self) -> None:
        """End the helper."""
        helper, self._helper = self._helper, None
        if helper is not None:
            await helper.close()

    def close(self) -> None:
        """Unmount and unlock."""
        self._ballast.stop()
        self.pool.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def snapshot_frozen(self, sprite: str, checkpoint: str) -> None:
        """Keep the files of a sprite that runs, of an instant at which it stands still."""
        group = self.groups.sprite(sprite)
        try:
            group.freeze()
            self.store.checkpoint(sprite, checkpoint)
        finally:
            group.thaw()

    def require_space(self) -> None:
        """Refuse to grow when the disk below the pool is nearly full."""
        if self.pool.is_broken():
            raise EngineError(
                "the pool of all sprites can no longer be written, because its disk failed or was"
                " full; make room there and start the server again"
            )
        free = shutil.disk_usage(self._dir).free
        if free < _MIN_FREE:
            raise EngineError(f"the disk of the server's data has only {free >> 20} MB left")

    def require_old_pool(self) -> None:
        """Refuse to go on with an empty pool where there was a full one; it may be put back."""
        if self.pool.is_new:
            self.pool.discard()
            raise EngineUnavailableError(
                f"the files of all sprites were in {self._dir / 'pool.img'}, and it is gone; put it"
                " back, or delete the data directory to begin anew"
            )

    def has_room(self, size: int) -> bool:
        """Tell whether `size` bytes fit on the disk besides what others need."""
        return shutil.disk_usage(self._dir).free - _MIN_FREE > size

    def was_probed(self) -> bool:
        """Tell whether the tier was seen working since this machine started."""
        try:
            return (self._dir / "probed").read_text() == boot_id()
        except FileNotFoundError:
            return False

    def note_probed(self) -> None:
        """Remember that the tier works."""
        (self._dir / "probed").write_text(boot_id())


def find(settings: Settings) -> Host:
    """Look for what a host must have."""
    try:
        return Host(settings)
    except OSError as error:
        raise EngineUnavailableError(explain(error)) from error


def group_name(directory: Path) -> str:
    """Return the name of the control groups of a data directory."""
    return "sprites-" + hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:12]


def require_root() -> None:
    """Raise an error unless this is Linux and we are root."""
    if sys.platform != "linux":
        raise EngineUnavailableError("the full tier needs Linux")
    if os.geteuid() != 0:
        raise EngineUnavailableError("the full tier needs root; run the server as root")


def default_memory_limit() -> int:
    """Return three quarters of the machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4


def explain(error: Exception) -> str:
    """Say what this machine lacks."""
    return advice.explain(error, _ADVICE)


_CALLS: Final = "(?:fsopen|fsconfig|fsmount|open_tree|move_mount|mount|mount_setattr|unshare|setns)"
_ADVICE: Final = {
    r"Errno 19\] (?:fsopen|mount btrfs)": "the kernel has no btrfs; try `modprobe btrfs`",
    r"Errno (?:38|22)\] mount_setattr": "id-mapped mounts are missing; Linux 5.19 or later and a "
    "file system that supports them for /usr are needed",
    rf"Errno 38\] {_CALLS}": "the new mount calls are missing; Linux 5.15 or later is needed",
    "/proc/self/mounts": "/proc is not mounted; `mount -t proc proc /proc`",
    "proc on": "the container hides parts of /proc, so that it cannot be mounted again",
    r"Errno 28\] unshare|new user namespace": "user namespaces are switched off; allow them with "
    "`sysctl user.max_user_namespaces=15000`",
    rf"Errno 1\] {_CALLS}": "root may not do that in this container; it needs CAP_SYS_ADMIN and no "
    "filter of these calls, as by `docker run --privileged`",
    "/dev/loop|no free loop": "loop devices are missing; try `modprobe loop`, or give the "
    "container access to them",
    "cgroup": "mount a cgroup2 file system that may be written to, as by "
    "`mount -t cgroup2 none /sys/fs/cgroup`",
}


def boot_id() -> str:
    """Return what tells this start of the machine from others."""
    return Path("/proc/sys/kernel/random/boot_id").read_text()
