"""How a sprite boots: where its processes are born, and what is ready before."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sprites_local.engines.common import python
from sprites_local.engines.full.cgroup import find_hierarchies

pytestmark = pytest.mark.anyio

SOURCE = "/.sprite/lib/sprites_local/init/pid1.py"
COMPILED = "root/.sprite/lib/sprites_local/init/__pycache__"
# Without threads, which pytest has.
BORN = """
import os, sys
from pathlib import Path
from sprites_local import linux
group = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
pid = linux.fork_into(group)
if pid == 0:
    print(Path("/proc/self/cgroup").read_text(), os.getpid(), flush=True)
    os._exit(7)
print(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def compiled_in_base(pool: Any) -> Path:
    (base,) = [name for name in pool.names(".") if name.startswith("base-")]
    kept = sorted(Path(f"/proc/self/fd/{pool.root}/{base}/{COMPILED}").iterdir())
    assert [path.name.partition(".")[0] for path in kept] == ["commands", "pid1"]
    return kept[1]


def test_a_process_is_born_into_a_group() -> None:
    unified = find_hierarchies().unified
    assert unified is not None
    group = unified / f"sprites-test-{os.getpid()}"
    group.mkdir()
    try:
        done = subprocess.run(
            [sys.executable, "-c", BORN, str(group)], capture_output=True, text=True, check=True
        )
    finally:
        group.rmdir()
    *groups, last, parent = done.stdout.splitlines()
    assert f"0::/{group.name}" in [*groups, last]
    assert parent == f"{last.split()[-1]} 7"


async def test_who_is_born_into_a_group_that_stands_still_holds_nothing_up(
    machine: Any, fresh: Any
) -> None:
    """The helper, which forks for all sprites, waits for no sign of life from there."""

    async def look() -> str:
        async with fresh.engine.files(fresh.name) as files:
            return str((await files.stat("/")).type)

    group = fresh.engine._opened.groups.sprite(fresh.name)
    group.freeze()
    try:
        looking = asyncio.create_task(look())
        await asyncio.sleep(0)  # it has asked for an agent
        await machine.engine.stop(machine.name)
        async with asyncio.timeout(10):
            await machine.engine.start(machine.name)
        assert not looking.done()
    finally:
        group.thaw()
    assert await looking == "directory"


async def test_a_new_sprite_has_its_init_compiled(fresh: Any) -> None:
    """By the Python that runs it, for good, and so that it is used."""
    kept = compiled_in_base(fresh.engine._opened.pool)
    script = """
import importlib.util, os, struct, sys
source = "/.sprite/lib/sprites_local/init/pid1.py"
compiled = importlib.util.cache_from_source(source)
header = struct.unpack("<4sIII", open(compiled, "rb").read(16))
about = os.stat(source)
print(os.path.basename(compiled), os.stat(compiled).st_ctime_ns)
print(header == (importlib.util.MAGIC_NUMBER, 0, int(about.st_mtime), about.st_size))
"""
    interpreter = (await fresh.sh("readlink /proc/1/exe", user="root")).text.strip()
    found = await fresh.run(interpreter, "-I", "-S", "-c", script)
    assert found.text == f"{kept.name} {kept.stat().st_ctime_ns}\nTrue\n"


async def test_an_init_that_was_changed_is_put_right(fresh: Any) -> None:
    """By the next boot, so that a sprite that was meddled with still boots."""
    await fresh.sh(
        "echo nonsense > /.sprite/lib/sprites_local/init/pid1.py; rm /.sprite/init.py", user="root"
    )
    await fresh.engine.stop(fresh.name)
    await fresh.engine.start(fresh.name)
    assert (await fresh.sh("echo works")).text == "works\n"


def test_what_cannot_be_compiled_is_left_as_it_is(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("no Python")
    python.keep_compiled(tmp_path, None)
    python.keep_compiled(tmp_path, "/no/such/python")
    assert [*tmp_path.rglob("*.pyc"), *tmp_path.glob("*.py")] == [module]
