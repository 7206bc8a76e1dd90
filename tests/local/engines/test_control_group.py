"""The control group that a sprite without root shares with its server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sprites_local.engines.full.cgroup import find_hierarchies
from sprites_local.engines.rootless import RootlessEngine
from sprites_local.engines.rootless.host import sprite_ids
from tests.local.engines.tiers.helpers import needs_user_namespaces, run

pytestmark = [pytest.mark.anyio, needs_user_namespaces]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give groups away")
async def test_the_servers_own_control_group_is_out_of_reach(
    delegated: Path, tmp_path: Path
) -> None:
    """Even where it is the user's own, as in sessions of systemd: who mounts it can kill all."""
    engine = RootlessEngine(tmp_path / "data")
    await engine.open()
    await engine.create("grouped")
    with inside(delegated):
        await engine.start("grouped")
    code, seen, _ = await run(engine, "grouped", "cat /proc/self/cgroup")
    assert delegated.name in seen
    script = "mount -t cgroup2 none /mnt && test -w /mnt/cgroup.procs && echo mine"
    code, out, _ = await run(
        engine, "grouped", f"unshare --user --map-root-user --mount --cgroup sh -c '{script}'"
    )
    assert (code != 0, out) == (True, "")
    await engine.close()


@pytest.fixture
def delegated() -> Iterator[Path]:
    """A control group that belongs to the user of sprites."""
    unified = find_hierarchies().unified
    if unified is None:
        pytest.skip("there is no cgroup2 here")
    group = unified / f"sprites-test-{os.getpid()}"
    group.mkdir()
    for path in (group, *group.iterdir()):
        os.chown(path, *sprite_ids())
    yield group
    group.rmdir()


@contextmanager
def inside(group: Path) -> Iterator[None]:
    """Let this process be in a control group."""
    own = Path("/proc/self/cgroup").read_text().rpartition("0::")[2].strip().lstrip("/")
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield
    finally:
        (group.parent / own / "cgroup.procs").write_text(str(os.getpid()))
