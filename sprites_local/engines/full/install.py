"""Installs a CRIU of our own: Debian's packages of one suite, unpacked into a private directory.

Old releases have a CRIU that fails on new kernels, so the suite is chosen here. apt checks the
signatures, with the keys that the machine has, and takes the mirror that the machine uses. It works
on lists of its own: the machine's packages and their database are neither read nor changed. The
program runs with the libraries that come with it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sprites_local.engines.full import criu

SUITE: Final = "forky"
_KEYRINGS: Final = tuple(
    Path("/usr/share/keyrings", f"debian-archive-keyring.{kind}") for kind in ("gpg", "pgp")
)
_TARGETS: Final = "$(CREATED_BY) $(RELEASE) $(REPO_URI)"
_TIMEOUT: Final = 600
_TAIL: Final = 400


class InstallError(Exception):
    """CRIU could not be installed; the text says why."""


def install(prefix: Path, tell: Callable[[str], None]) -> None:
    """Install CRIU into `prefix`, unless it is there.

    Raises:
        InstallError: If that is not possible here, or did not work.
    """
    if (found := criu.in_prefix(prefix)) is not None:
        tell(f"{_version(found)} is in {prefix}")
        return
    keyring, mirror = _keyring(), _mirror()
    prefix.mkdir(parents=True, exist_ok=True)
    tell(f"Fetching CRIU of Debian {SUITE}")
    with tempfile.TemporaryDirectory(prefix=".install-", dir=prefix) as name:
        work = Path(name)
        source = f"deb [signed-by={keyring}] {mirror} {SUITE} main\n"
        (work / "sources.list").write_text(source)
        _fetch(work)
        _unpack(work)
        shutil.rmtree(prefix / "root", ignore_errors=True)
        (work / "root").rename(prefix / "root")
    if (found := criu.in_prefix(prefix)) is None:
        raise InstallError("the packages do not contain what was expected")
    tell(f"{_version(found)} is in {prefix}")


def _keyring() -> Path:
    if _os_id() != "debian" or shutil.which("apt-get") is None:
        raise InstallError(
            "CRIU can be installed from here on Debian only; elsewhere put a `criu` on the PATH"
        )
    for keyring in _KEYRINGS:
        if keyring.is_file():
            return keyring
    raise InstallError("Debian's keys are missing; install the package debian-archive-keyring")


def _os_id() -> str:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return next((line[3:].strip('"') for line in lines if line.startswith("ID=")), "")


def _mirror() -> str:
    """Return the mirror that this machine takes its release from."""
    for line in _run("apt-get", "indextargets", "--format", _TARGETS).splitlines():
        kind, release, mirror = line.split(" ", 2)
        if kind == "Packages" and "-" not in release:
            return mirror
    raise InstallError("apt knows no mirror of Debian; see /etc/apt/sources.list")


def _fetch(work: Path) -> None:
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "status").touch()
    settings = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    _run("apt-get", *options, "update", "-qq", "--error-on=any")
    _run("apt-get", *options, "install", "-y", "-qq", "--download-only", "criu")


def _unpack(work: Path) -> None:
    packages = sorted((work / "cache/archives").glob("*.deb"))
    if not packages:
        raise InstallError("apt fetched nothing")
    for package in packages:
        _run("dpkg-deb", "--extract", str(package), str(work / "root"))


def _version(found: criu.Criu) -> str:
    """Return what the program calls itself; so it can be run at all."""
    root = str(found.directory)
    command = [word.replace(criu.INSIDE, root, 1) for word in found.program]
    return f"CRIU {_run(*command, '--version').split()[1]}"


def _run(*command: str) -> str:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{Path(command[0]).name} could not be run: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-_TAIL:]
        raise InstallError(f"{Path(command[0]).name} failed; {_guess(said)} {said}")
    return done.stdout


def _guess(said: str) -> str:
    if re.search("GPG error|not signed|signature", said):
        return "what the mirror has is not signed by Debian, and was not taken."
    return "is this machine offline?"
