"""The files of a new sprite: directories, public configuration of the host, one user.

The host's programs are not copied; they are mounted read-only at boot.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from sprites_local.egress import door
from sprites_local.engines.common import about

_DIRECTORIES: Final = {
    "": 0o755, ".sprite": 0o700, "dev": 0o755, "etc": 0o755, "home": 0o755, "media": 0o755,
    "mnt": 0o755, "opt": 0o755, "proc": 0o555, "root": 0o700, "run": 0o755, "srv": 0o755,
    "sys": 0o555, "tmp": 0o1777, "usr": 0o755, "var": 0o755, "var/cache": 0o755,
    "var/lib": 0o755, "var/log": 0o755, "var/spool": 0o755, "var/tmp": 0o1777,
}  # fmt: skip
_PROGRAMS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# What programs under /usr need to work, and nothing that could be anybody's secret.
_PUBLIC: Final = (
    "alpine-release", "bash.bashrc", "bashrc", "ca-certificates",
    "ca-certificates.conf", "ca-certificates.java", "crypto-policies", "debian_version",
    "ethertypes", "fonts", "gai.conf", "host.conf", "inputrc", "issue", "java-11-openjdk",
    "java-17-openjdk", "java-21-openjdk", "ld.so.conf", "ld.so.conf.d",
    "locale.alias", "locale.conf", "localtime", "login.defs", "lsb-release", "magic",
    "magic.mime", "mailcap", "manpath.config", "mime.types", "networks", "nsswitch.conf",
    "os-release", "perl", "pki/tls/cert.pem", "profile",
    "profile.d", "protocols", "python3", "redhat-release", "rpc", "services", "shells", "skel",
    "ssl/cert.pem", "ssl/openssl.cnf", "terminfo", "timezone", "vim",
)  # fmt: skip
_USERS: Final = """\
root:x:0:0:root:/root:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sprite:x:{id}:{id}:Sprite:/home/sprite:/bin/bash
"""
_GROUPS: Final = """\
root:x:0:
tty:x:5:
nogroup:x:65534:
sprite:x:{id}:
"""
_SHARED: Final = 0o004


def build(root: Path, hostname: str, user: int) -> None:
    """Fill the directory `root`; `user` is the id of `sprite` inside."""
    for name, mode in _DIRECTORIES.items():
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(mode)
    for name in _PROGRAMS:
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
    (root / "var/run").symlink_to("/run")
    (root / "var/lock").symlink_to("/run/lock")
    for name in _PUBLIC:
        _copy_public(Path("/etc", name), root / "etc" / name)
    _write_configuration(root / "etc", hostname, user)
    (root / ".sprite" / about.NAME).write_text(about.TEXT)
    home = root / "home/sprite"
    _copy_public(Path("/etc/skel"), home)
    home.mkdir(exist_ok=True)
    home.chmod(0o755)


def give_away(root: Path, uid: int, gid: int) -> None:
    """Give a tree that nobody else has touched yet to a user."""
    for directory, _, _, fd in os.fwalk(root):
        os.fchown(fd, uid, gid)
        with os.scandir(directory) as entries:
            for entry in entries:
                os.chown(entry.name, uid, gid, dir_fd=fd, follow_symlinks=False)


def _copy_public(source: Path, target: Path) -> None:
    """Copy what everybody on the host may read; leave out the rest."""
    if source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_dir():
        if source.stat().st_mode & _SHARED:
            target.mkdir(parents=True, exist_ok=True)
            for child in source.iterdir():
                _copy_public(child, target / child.name)
    elif source.is_file() and source.stat().st_mode & _SHARED:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if source.stat().st_mode & stat.S_IXUSR else 0o644)


def _write_configuration(etc: Path, hostname: str, user: int) -> None:
    (etc / "passwd").write_text(_USERS.format(id=user))
    (etc / "group").write_text(_GROUPS.format(id=user))
    (etc / "hostname").write_text(f"{hostname}\n")
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost\n"
    (etc / "hosts").write_text(hosts)
    (etc / "resolv.conf").write_text(f"nameserver {door.RESOLVER[0]}\n")
    (etc / "fstab").write_text("")
    (etc / "mtab").symlink_to("/proc/self/mounts")
