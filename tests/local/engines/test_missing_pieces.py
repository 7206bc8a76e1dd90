"""What `doctor` says, and which tier there is, on machines that lack a piece."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.engines.tiers.helpers import needs_user_namespaces

_HERE = Path(__file__).parent
_PROJECT = _HERE.parents[2]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can take pieces away"),
    needs_user_namespaces,
]


def examine(tmp_path: Path, piece: str, *command: str, code: int = 0) -> str:
    """Run `doctor`, or another module, without a piece."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "root").mkdir()
    script = [str(_HERE / "without.py"), piece, str(tmp_path / "root")]
    asked = command or ("-m", "sprites_local", "doctor")
    done = subprocess.run(
        [sys.executable, *script, sys.executable, "-B", *asked],
        env={**os.environ, "PYTHONPATH": str(_PROJECT), "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("piece", "cause", "remedy"),
    [
        ("mkfs.btrfs", "mkfs.btrfs is missing", "package btrfs-progs"),
        ("loop devices", "/dev/loop-control", "`modprobe loop`"),
        ("cgroups", "no cgroup2 file system", "`mount -t cgroup2"),
        ("open cgroups", "Read-only file system", "that may be written to"),
        ("id-mapped /usr", "mount_setattr: Invalid argument", "file system that supports them"),
        ("merged /usr", "/bin apart from /usr", "usrmerge"),
    ],
)
def test_without_a_piece_the_next_tier_is_on(
    tmp_path: Path, piece: str, cause: str, remedy: str
) -> None:
    """The reason names the cause and what to do about it; the tier that is on was tried."""
    said = examine(tmp_path, piece).splitlines()
    assert said[0] == "Tier: rootless"
    (reason,) = [line for line in said if line.startswith("Not full: ")]
    assert cause in reason
    assert remedy in reason
    assert not any("as root" in line for line in said)


def test_without_criu_the_tier_stays_and_says_how_to_get_it(tmp_path: Path) -> None:
    """Files are kept as before; processes are not, and one command changes that."""
    said = examine(tmp_path, "criu")
    if "Tier: full\n" not in said:
        pytest.skip("only the full tier, which needs root and btrfs, uses CRIU")
    assert "Processes at a restore: stopped\n" in said
    assert "CRIU is not installed. `python -m sprites_local install-criu` installs it" in said


def test_without_rights_there_is_the_last_tier(tmp_path: Path) -> None:
    """Each better tier has a reason of its own, and the missing isolation is told."""
    said = examine(tmp_path, "rights")
    assert said.startswith("Tier: portable\n")
    assert "Isolation: NONE" in said
    lines = {line.split(":")[0]: line for line in said.splitlines()}
    assert "CAP_SYS_ADMIN" in lines["Not full"]
    assert "`sysctl user.max_user_namespaces=15000`" in lines["Not rootless"]


def test_without_proc_there_is_the_last_tier(tmp_path: Path) -> None:
    said = examine(tmp_path, "/proc")
    assert said.startswith("Tier: portable\n")
    lines = {line.split(":")[0]: line for line in said.splitlines()}
    assert "(/proc is not mounted; `mount -t proc proc /proc`)" in lines["Not full"]
    assert "/proc/self/uid_map" in lines["Not rootless"]


def test_without_temporary_files_nothing_can_be_tried(tmp_path: Path) -> None:
    said = examine(tmp_path, "/tmp", code=1)
    assert said.startswith("No tier can be tried without a directory for temporary files: ")


_SERVE = """
from sprites_facade.testing import LocalServer
with LocalServer() as server, server.client() as client:
    sprite = client.create_sprite("apart")
    sprite.files.write_text("/home/sprite/f", "before")
    checkpoint = sprite.create_checkpoint().result()
    print(server.tier, sprite.run("/bin/ls -d /bin && rm f", check=True).stdout.strip())
    sprite.restore_checkpoint(checkpoint.id).result()
    print(sprite.files.read_text("/home/sprite/f"))
"""


def test_a_machine_with_bin_apart_is_served(tmp_path: Path) -> None:
    """Commands, checkpoints and restores work where /bin is no part of /usr."""
    assert examine(tmp_path, "merged /usr", "-c", _SERVE) == "rootless /bin\nbefore\n"


_REACH = """
import httpx
from sprites_facade.testing import LocalServer
with LocalServer(engine="rootless") as server, server.client() as client:
    status = httpx.get(server.url + "/_status", headers={"Authorization": f"Bearer {server.token}"})
    print(status.json()["network"], *status.json()["hints"], sep="\\n")
    sprite = client.create_sprite("apart")
    print(sprite.run(["bash", "-c", "exec 3<>/dev/tcp/1.1.1.10/80"]).stderr.strip())
"""


def test_without_nf_tables_a_sprite_without_root_reaches_nothing(tmp_path: Path) -> None:
    """It is a sprite nevertheless, and what is missing is named."""
    closed, *hints = examine(tmp_path, "nf_tables", "-c", _REACH).splitlines()
    assert closed == "closed"
    assert any("nf_tables and nft_tproxy" in hint and "not supported" in hint for hint in hints)
    assert "Network is unreachable" in hints[-1]
