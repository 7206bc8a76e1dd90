"""The base system: what a new sprite's files are.

Sprites see the host's /usr through an overlay of their own. The rest is a small tree made here:
the host's public configuration without its secrets, its package database, device nodes, and one
user. Nothing else of the host is in it.

    <base>/root      the sprite's /
    <base>/usr/up    what the sprite changes in /usr; not visible to it
    <base>/usr/work
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Final

from sprites_local.egress import door
from sprites_local.engines.base import EngineUnavailableError
from sprites_local.engines.common import about, python
from sprites_local.init import launch

FORMAT: Final = 2
SPRITE_ID: Final = 1000
_PRIVATE_ETC: Final = frozenset(
    {
        "shadow", "shadow-", "gshadow", "gshadow-", "passwd-", "group-", "subuid-", "subgid-",
        "ssh", "sudoers", "sudoers.d", "hostname", "hosts", "resolv.conf", "mtab", "fstab",
        "crypttab", "machine-id", "krb5.keytab", "docker", "kubernetes", "letsencrypt",
        "wireguard", "openvpn", "NetworkManager", "pip.conf", "npmrc", "netrc", "environment",
        "auth.conf", "auth.conf.d", "credstore", "credstore.encrypted", "ld.so.preload",
    }
)  # fmt: skip
_PACKAGE_DATABASES: Final = ("var/lib/dpkg", "var/lib/rpm", "var/lib/pacman/local", "lib/apk/db")
_LINKS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_DIRECTORIES: Final = {
    "home": 0o755, "media": 0o755, "mnt": 0o755, "opt": 0o755, "proc": 0o555, "root": 0o700,
    "run": 0o755, "run/lock": 0o1777, "srv": 0o755, "sys": 0o555, "tmp": 0o1777, "usr": 0o755,
    "var": 0o755, "var/cache": 0o755, "var/cache/apt": 0o755, "var/cache/apt/archives": 0o755,
    "var/lib": 0o755, "var/lib/apt": 0o755, "var/lib/apt/lists": 0o755, "var/log": 0o755,
    "var/spool": 0o755, "var/tmp": 0o1777, "dev": 0o755, "dev/pts": 0o755, "dev/shm": 0o1777,
}  # fmt: skip
_DEVICES: Final = {
    "null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
    "tty": (5, 0),
}  # fmt: skip
_DEVICE_LINKS: Final = {
    "ptmx": "pts/ptmx",
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
_SUDOERS: Final = """\
Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
sprite ALL=(ALL:ALL) NOPASSWD: ALL
"""


def fingerprint(interpreter: str | None) -> str:
    """Return a short name for what the base would be built from now."""
    digest = hashlib.sha256(f"{FORMAT} {interpreter} {launch.read_programs()}".encode())
    for name in ("/etc/os-release", "/etc/passwd", "/etc/group"):
        path = Path(name)
        digest.update(path.read_bytes() if path.is_file() else b"-")
    for name in ("/var/lib/dpkg/status", "/var/lib/rpm", "/lib/apk/db/installed", "/usr/bin"):
        path = Path(name)
        digest.update(str(path.stat().st_mtime_ns if path.exists() else 0).encode())
    return digest.hexdigest()[:16]


def build(base: Path, interpreter: str | None) -> None:
    """Fill the empty directory `base`; see `Store.prepare`."""
    _require_merged_usr()
    root = base / "root"
    for path, mode in (
        (base / "usr", 0o700),
        (base / "usr/up", 0o755),
        (base / "usr/work", 0o755),
        (root, 0o755),
    ):
        path.mkdir()
        path.chmod(mode)
    _make_directories(root)
    _make_devices(root / "dev")
    for database in _PACKAGE_DATABASES:
        if not Path("/", database).is_symlink() and Path("/", database).is_dir():
            _copy_public(Path("/", database), root / database)
    _copy_public(Path("/etc"), root / "etc", without=_PRIVATE_ETC)
    _write_accounts(root)
    _write_configuration(root / "etc")
    (root / ".sprite").mkdir(0o755)
    (root / ".sprite" / about.NAME).write_text(about.TEXT)
    launch.write_programs(launch.read_programs(), root)
    python.keep_compiled(root / ".sprite" / "lib", interpreter)
    if interpreter is None:
        python.copy_running_python(root / ".sprite" / "python")


def write_names(etc: int, hostname: str) -> None:
    """Write a sprite's own name into the /etc opened as `etc`."""
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost\n"
    for name, text in (("hostname", f"{hostname}\n"), ("hosts", hosts)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, 0o644, dir_fd=etc)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)


def _require_merged_usr() -> None:
    if not Path("/bin").is_symlink():
        raise EngineUnavailableError(
            "this host keeps /bin apart from /usr; the full tier needs a merged /usr"
            " (on Debian the package usrmerge makes one)"
        )


def _make_directories(root: Path) -> None:
    for name, mode in _DIRECTORIES.items():
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(mode)
    for name in _LINKS:
        if Path("/", name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")
    (root / "var/run").symlink_to("/run")
    (root / "var/lock").symlink_to("/run/lock")


def _make_devices(dev: Path) -> None:
    for name, (major, minor) in _DEVICES.items():
        os.mknod(dev / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        (dev / name).chmod(0o666)
    for name, target in _DEVICE_LINKS.items():
        (dev / name).symlink_to(target)


def _copy_public(source: Path, dest: Path, *, without: frozenset[str] = frozenset()) -> None:
    """Copy what everybody may read, with owners and times."""
    dest.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name in without:
                continue
            target = dest / entry.name
            if entry.is_symlink():
                target.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                if entry.stat().st_mode & 0o005 == 0o005:
                    _copy_public(Path(entry.path), target, without=without)
            elif entry.is_file() and entry.stat().st_mode & 0o004:
                shutil.copyfile(entry.path, target)
                _copy_attributes(entry.stat(), target)
    _copy_attributes(source.stat(), dest)


def _copy_attributes(info: os.stat_result, target: Path) -> None:
    os.chown(target, info.st_uid, info.st_gid)
    target.chmod(stat.S_IMODE(info.st_mode))
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))


def _write_accounts(root: Path) -> None:
    """Keep the system's accounts, leave out people, add the user `sprite`."""
    etc = root / "etc"
    users = [line for line in _system_lines("/etc/passwd") if not line.startswith("sprite:")]
    groups = [line for line in _system_lines("/etc/group") if not line.startswith("sprite:")]
    names = {line.split(":", 1)[0] for line in users}
    groups = [_without_people(line, names) for line in groups]
    users.append(f"sprite:x:{SPRITE_ID}:{SPRITE_ID}:Sprite:/home/sprite:/bin/bash")
    groups.append(f"sprite:x:{SPRITE_ID}:")
    (etc / "passwd").write_text("\n".join([*users, ""]))
    (etc / "group").write_text("\n".join([*groups, ""]))
    shadow = [f"{line.split(':', 1)[0]}:*:19000:0:99999:7:::" for line in users]
    _write_private(etc / "shadow", "\n".join([*shadow, ""]))
    _write_private(etc / "gshadow", "".join(f"{g.split(':', 1)[0]}:*::\n" for g in groups))
    home = root / "home/sprite"
    home.mkdir()
    if Path("/etc/skel").is_dir():
        _copy_public(Path("/etc/skel"), home)
    for path in (home, *home.rglob("*")):
        os.chown(path, SPRITE_ID, SPRITE_ID, follow_symlinks=False)
    home.chmod(0o755)


def _system_lines(file: str) -> list[str]:
    found = []
    for line in Path(file).read_text().splitlines():
        fields = line.split(":")
        if len(fields) > 3 and fields[2].isdigit():
            number = int(fields[2])
            if number < SPRITE_ID or number == 65534:
                found.append(line)
    return found


def _without_people(group: str, users: set[str]) -> str:
    head, _, members = group.rpartition(":")
    return f"{head}:{','.join(name for name in members.split(',') if name in users)}"


def _write_configuration(etc: Path) -> None:
    (etc / "mtab").symlink_to("/proc/self/mounts")
    (etc / "resolv.conf").write_text(f"nameserver {door.RESOLVER[0]}\n")
    (etc / "fstab").write_text("")
    (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
    for name in ("/usr/bin/sudo", "/usr/local/bin/sudo"):
        if Path(name).exists():
            (etc / "sudoers").write_text(_SUDOERS)
            (etc / "sudoers").chmod(0o440)


def _write_private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o640)
