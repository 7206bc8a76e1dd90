"""Checkpoints hold exactly what was there, and a restore brings exactly that back."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from sprites_local.engines.base import Command, EngineError

pytestmark = pytest.mark.anyio

# Runs inside the sprite, so that no link it makes can lead anywhere else.
MAKE = """
import os, random, sys
R = random.Random(int(sys.argv[1])); top = "/srv/tree"
def grow(count):
    dirs = [d for d, _, _ in os.walk(top)]
    for n in range(count):
        p = os.path.join(R.choice(dirs), f"n{R.randrange(10**9)}" + R.choice(["", "\\xe9", " x"]))
        kind = R.choice("fffdlhpsu")
        if kind == "d": os.mkdir(p); dirs.append(p)
        elif kind == "l": os.symlink(R.choice(["n", "/etc/passwd", "../..", "nowhere"]), p)
        elif kind == "p": os.mkfifo(p)
        elif kind == "h":
            files = [os.path.join(a, f) for a, _, fs in os.walk(top) for f in fs]
            if not files: continue
            os.link(R.choice(files), p, follow_symlinks=False)
        elif kind == "s":
            with open(p, "wb") as f:
                f.seek(R.randrange(10**6)); f.write(b"end"); f.truncate(10**6)
        else:
            with open(p, "wb") as f: f.write(R.randbytes(R.choice([0, 10, 5000, 70000])))
        if kind in "fd" and R.random() < .3: os.setxattr(p, "user.note", R.randbytes(20))
        link = os.path.islink(p)
        if not link: os.chmod(p, R.randrange(0o7777) | 0o100)
        os.chown(p, R.choice([0, 1000, 33]), R.choice([0, 1000, 7]), follow_symlinks=False)
        os.utime(p, ns=(R.randrange(2 * 10**18), R.randrange(2 * 10**18)), follow_symlinks=False)
def shrink():
    for d, ds, fs in list(os.walk(top, topdown=False)):
        for f in fs:
            p = os.path.join(d, f); dice = R.random()
            if dice < .2: os.unlink(p)
            elif dice < .4: os.rename(p, p + ".moved")
            elif dice < .6 and os.path.isfile(p) and not os.path.islink(p):
                with open(p, "r+b") as h: h.seek(3); h.write(b"changed in place")
            elif dice < .7 and not os.path.islink(p): os.chmod(p, 0o600)
        if d != top and not os.listdir(d): os.rmdir(d)
if sys.argv[2] == "new":
    os.system("rm -rf /srv/tree"); os.mkdir(top); grow(40)
else:
    shrink(); grow(15)
os.makedirs("/usr/local/share/t", exist_ok=True)
open("/usr/local/share/t/f", "w").write(str(R.random()))
for name in ("shuf", "tac"):
    if os.path.exists("/usr/bin/" + name): os.unlink("/usr/bin/" + name); break
"""

PICTURE = """
import hashlib, os, stat
def look(p, out):
    i = os.lstat(p)
    row = [p, oct(i.st_mode), i.st_uid, i.st_gid, i.st_mtime_ns, i.st_nlink]
    if not p.startswith("/usr"): row.append(i.st_ino)  # an overlay numbers files as it likes
    if stat.S_ISREG(i.st_mode):
        row += [i.st_size, i.st_blocks, hashlib.sha256(open(p, "rb").read()).hexdigest()]
    if stat.S_ISLNK(i.st_mode): row.append(os.readlink(p))
    else: row.append([(k, os.getxattr(p, k)) for k in sorted(os.listxattr(p))])
    out.append(row)
    if stat.S_ISDIR(i.st_mode):
        for n in sorted(os.listdir(p)): look(os.path.join(p, n), out)
out = []
for top in ("/srv", "/etc", "/home", "/usr/local/share/t"): look(top, out)
out.append([n for n in ("shuf", "tac") if os.path.exists("/usr/bin/" + n)])
print(ascii(out))
"""


async def picture(machine: Any) -> str:
    result = await machine.python(PICTURE, user="root")
    assert result.code == 0, result.stderr
    return str(result.text)


async def change(machine: Any, seed: int, kind: str) -> None:
    result = await machine.python(MAKE, str(seed), kind, user="root")
    assert result.code == 0, result.stderr


async def test_random_trees_come_back_exactly(machine: Any) -> None:
    engine, name = machine.engine, machine.name
    pictures = {}
    for seed in range(10):
        await change(machine, seed, "new" if seed % 3 == 0 else "more")
        pictures[f"v{seed}"] = await picture(machine)
        await engine.checkpoint(name, f"v{seed}")
    await change(machine, 99, "more")
    assert await picture(machine) != pictures["v9"]

    for checkpoint in ("v9", "v0", "v5", "v3", "v7", "v1", "v8", "v2", "v4", "v6"):
        await engine.restore(name, checkpoint)
        assert await picture(machine) == pictures[checkpoint], checkpoint

    for checkpoint in pictures:
        await engine.delete_checkpoint(name, checkpoint)
        await engine.delete_checkpoint(name, checkpoint)


async def test_a_checkpoint_is_one_instant_of_a_running_writer(fresh: Any) -> None:
    """A process writes each number to one file, then to another: they may differ by one."""
    engine, name = fresh.engine, fresh.name
    script = """
a, b = open("/tmp/a", "w", 1), open("/tmp/b", "w", 1)
print("ready", flush=True)
n = 0
while True:
    n += 1; print(n, file=a); print(n, file=b)
"""
    python = (await fresh.sh("command -v python3 || echo /.sprite/python/bin/python3")).text.strip()
    process = await engine.spawn(
        name,
        Command(argv=(python, "-c", script), env={"PATH": "/usr/bin"}, cwd="/", user="root"),
    )
    assert await anext(process.stdout()) == (1, b"ready\n")
    for number in range(5):
        before = int((await fresh.sh("wc -l < /tmp/a", user="root")).text)
        await engine.checkpoint(name, f"v{number}")
        assert process.returncode is None
        while int((await fresh.sh("wc -l < /tmp/a", user="root")).text) == before:
            await asyncio.wait({asyncio.create_task(fresh.run("true"))})
    await process.signal(9)
    await process.wait()

    counts = []
    for number in range(5):
        await engine.restore(name, f"v{number}")
        result = await fresh.sh("cat /tmp/a | wc -l; cat /tmp/b | wc -l", user="root")
        one, other = map(int, result.text.split())
        assert other <= one <= other + 1
        counts.append(one)
    assert counts == sorted(set(counts))


async def test_a_restore_ends_processes_and_boots_afresh(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    saved = await engine.checkpoint(name, "v1")
    process = await engine.spawn(
        name, Command(argv=("sleep", "1000"), env={"PATH": "/usr/bin"}, cwd="/")
    )
    await fresh.sh("echo later > /tmp/later")

    restored = await engine.restore(name, "v1")

    assert (saved.processes, restored.processes) == ("none", "none")
    assert await process.wait() == 137
    assert (await fresh.sh("ls /tmp; hostname; pgrep sleep")).text == f"{name}\n"


async def test_checkpoint_and_restore_of_a_stopped_sprite(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    await fresh.sh("echo one > /tmp/file")
    await engine.stop(name)
    await engine.checkpoint(name, "v1")
    assert not engine.is_running(name)
    await engine.start(name)
    await fresh.sh("echo two > /tmp/file")

    await engine.restore(name, "v1")

    assert (await fresh.sh("cat /tmp/file")).text == "one\n"


async def test_checkpoints_cannot_be_changed_from_inside(fresh: Any) -> None:
    await fresh.engine.checkpoint(fresh.name, "unlikely-name")

    result = await fresh.sh("find / -xdev -name 'unlikely-name' | wc -l", user="root")

    assert result.text == "0\n"


async def test_errors(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    await engine.checkpoint(name, "v1")
    with pytest.raises(EngineError, match="checkpoint v1 already"):
        await engine.checkpoint(name, "v1")
    with pytest.raises(EngineError, match="no checkpoint v2"):
        await engine.restore(name, "v2")
    with pytest.raises(EngineError, match="no sprite nobody"):
        await engine.checkpoint("nobody", "v1")
    with pytest.raises(EngineError, match="no sprite nobody"):
        await engine.start("nobody")
    with pytest.raises(EngineError, match=r"sprite .* already"):
        await engine.create(name)
    for bad in ("", "..", "a/b", ".hidden", "x" * 101, "a\n"):
        with pytest.raises(EngineError, match="usable id"):
            await engine.checkpoint(name, bad)
        with pytest.raises(EngineError, match="usable id"):
            await engine.create(bad)
    assert (await fresh.run("true")).code == 0


async def test_a_file_held_open_by_the_server_survives_as_a_file(fresh: Any) -> None:
    """An open descriptor of the old files neither blocks a restore nor writes into the new ones."""
    engine, name = fresh.engine, fresh.name
    async with engine.files(name) as files:
        fd = await files.open("/tmp/file", os.O_RDWR | os.O_CREAT)
    try:
        os.write(fd, b"one")
        await engine.checkpoint(name, "v1")
        await engine.restore(name, "v1")
        os.write(fd, b"two")
        assert (await fresh.sh("cat /tmp/file")).text == "one"
    finally:
        os.close(fd)


async def test_a_destroyed_sprite_is_gone_with_its_checkpoints(engine: Any) -> None:
    await engine.create("short")
    await engine.checkpoint("short", "v1")
    await engine.destroy("short")
    await engine.destroy("short")
    with pytest.raises(EngineError, match="no sprite"):
        await engine.start("short")
    await engine.create("short")
    with pytest.raises(EngineError, match="no checkpoint"):
        await engine.restore("short", "v1")
    await engine.destroy("short")
