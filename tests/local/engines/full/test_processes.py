"""Processes in checkpoints: they run on undisturbed, and again from there after a restore."""

from __future__ import annotations

import ast
import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from sprites_local.engines.base import Command, Process, Restored, Saved
from sprites_local.engines.full import FullEngine
from tests.local.engines import trees
from tests.local.engines.full import workloads
from tests.local.engines.full.conftest import ENVIRONMENT, Machine, opened
from tests.local.needs import needs_criu, needs_full_tier

pytestmark = [
    pytest.mark.anyio,
    needs_full_tier,
    needs_criu,
]

SAVED = Saved("saved")
TRACED = """
import ctypes, os, signal
libc = ctypes.CDLL(None)
pid = os.fork()
if pid == 0:
    libc.ptrace(0, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.pause()
os.waitpid(pid, os.WUNTRACED)
libc.ptrace(7, pid, 0, 0)
print("ready", flush=True)
for line in __import__("sys").stdin: print("1", flush=True)
"""
NESTED = "unshare --user --map-root-user sh -c 'echo ready; while read l; do echo 1; done'"


@define
class Talk:
    """A workload that is asked for its next number."""

    process: Process
    output: AsyncIterator[tuple[int, bytes]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.output = self.process.stdout()

    async def line(self) -> str:
        text = b""
        async with asyncio.timeout(10):
            while not text.endswith(b"\n"):
                try:
                    text += (await anext(self.output))[1]
                except StopAsyncIteration:
                    return f"ended: {text.decode()}"
        return text.decode().strip()

    async def until(self, wanted: str) -> None:
        text = b""
        async with asyncio.timeout(10):
            while wanted.encode() not in text:
                text += (await anext(self.output))[1]

    async def step(self) -> str:
        await self.process.write(b"\n")
        return await self.line()


async def start(machine: Machine, argv: tuple[str, ...], **options: Any) -> Talk:
    environment = {**ENVIRONMENT, "TERM": "xterm"}
    command = Command(argv=argv, env=environment, cwd="/tmp", **options)
    talk = Talk(await machine.engine.spawn(machine.name, command))
    if command.tty is None:
        assert await talk.line() == "ready", argv
    return talk


async def one_that_came_back(machine: Machine) -> Talk:
    (process,) = await machine.engine.sessions(machine.name)
    return Talk(process)


@pytest.fixture(scope="module")
async def engine(directory: Path, clean_machine: None) -> AsyncIterator[FullEngine]:
    engine = FullEngine(directory, pool_size=2 << 30, process_state="on", process_images=3)
    async with opened(engine):
        yield engine


@pytest.fixture(scope="module")
async def answers(engine: FullEngine) -> dict[str, list[str]]:
    """Run all workloads in one sprite, through one checkpoint and one restore."""
    await engine.create("all")
    await engine.start("all")
    machine = Machine(engine, "all")
    python = (await machine.sh("command -v python3 || echo /.sprite/python/bin/python3")).text
    commands = workloads.commands(python.strip())
    foreign = {name: argv for name, (_, *argv) in workloads.FOREIGN.items()}
    commands |= {name: tuple(foreign[name]) for name in foreign if workloads.is_there(name)}
    started = dict(
        zip(
            commands,
            await asyncio.gather(*[start(machine, argv) for argv in commands.values()]),
            strict=True,
        )
    )
    said = {name: [await talk.step()] for name, talk in started.items()}
    assert await engine.checkpoint("all", "v1") == SAVED
    for name, talk in started.items():
        said[name].append(await talk.step())
    numbers = {talk.process.pid: name for name, talk in started.items()}
    assert await engine.restore("all", "v1") == Restored("saved")
    assert {talk.process.returncode for talk in started.values()} == {137}
    back = {numbers[process.pid]: Talk(process) for process in await engine.sessions("all")}
    assert back.keys() == started.keys()
    for name, talk in back.items():
        said[name] += [await talk.step(), await talk.step()]
    await engine.destroy("all")
    return said


@pytest.mark.parametrize("name", [*workloads.NAMES, *workloads.FOREIGN])
async def test_a_workload_continues_from_the_checkpoint(
    answers: dict[str, list[str]], name: str
) -> None:
    # The set-up of tests installs tmux, node, redis and sqlite where it can; the others are run
    # where they happen to be.
    if name in workloads.FOREIGN and not workloads.is_there(name):
        pytest.skip(f"this machine has no {workloads.FOREIGN[name][0]}")
    assert answers[name] == ["1", "2", "2", "3"]


def available_memory() -> int:
    """Return the bytes that programs can have without swapping."""
    _, _, rest = Path("/proc/meminfo").read_text().partition("MemAvailable:")
    return int(rest.split()[0]) << 10


async def test_a_gigabyte_of_memory(fresh: Machine) -> None:
    # What caches hold can be had, and is no reason to skip.
    if available_memory() < 3 << 30:
        pytest.skip("this machine has less than 3 GB of memory free")
    talk = await start(fresh, ("python3", "-c", workloads.GIGABYTE))
    said = [await talk.step()]
    assert await fresh.engine.checkpoint(fresh.name, "v1") == SAVED
    said.append(await talk.step())
    assert await fresh.engine.restore(fresh.name, "v1") == Restored("saved")
    talk = await one_that_came_back(fresh)
    assert [*said, await talk.step(), await talk.step()] == ["1", "2", "2", "3"]


@pytest.mark.parametrize("noted", [True, False])
async def test_processes_keep_the_ids_that_they_had(
    fresh: Machine, monkeypatch: pytest.MonkeyPatch, noted: bool
) -> None:
    """So do those of a checkpoint from before sprites had ids of their own, which notes none."""
    engine, name = fresh.engine, fresh.name
    own = (await fresh.sh("cat /proc/self/uid_map")).text.split()
    await engine.stop(name)
    with monkeypatch.context() as patch:
        patch.setattr(engine._opened, "_apart", False)
        await engine.start(name)
    started = await start(fresh, workloads.commands("python3")["pipe"])
    assert await started.step() == "1"
    assert await engine.checkpoint(name, "v1") == SAVED
    if not noted:
        (engine._opened.images.process(name, "v1") / "ids.json").unlink()
    assert await engine.restore(name, "v1") == Restored("saved")

    assert await (await one_that_came_back(fresh)).step() == "2"
    seen = (await fresh.sh("cat /proc/self/uid_map; stat -c %U /home/sprite /usr /etc")).text
    assert seen.split() == ["0", "100000", "65536", "sprite", "root", "root"] != own
    await engine.stop(name)
    await engine.start(name)
    assert (await fresh.sh("cat /proc/self/uid_map")).text.split() == own


async def test_files_are_as_exact_with_processes_as_without(fresh: Machine) -> None:
    """CRIU gives names to files that have none, which nobody sees before or after.

    The directories where these files were have a new mtime. That is the one exception.
    """
    names = ("deleted-file", "deleted-name-of-two", "deleted-directory", "dev-shm", "memfd")
    for name in names:
        await start(fresh, workloads.commands("python3")[name])
    can = ("owners", "acls", "capabilities", "inodes", "extents", "usr")
    tops = ("/srv/tree", "/tmp", "/home", "/etc", "/usr/local/share")

    async def make(seed: int, kind: str) -> None:
        words = (str(seed), kind, "/srv/tree", *can)
        made = await fresh.python(trees.MAKE, *words, user="root")
        assert made.code == 0, made.stderr

    async def look() -> list[Any]:
        seen = await fresh.python(trees.PICTURE, *can, "--", *tops, user="root")
        assert seen.code == 0, seen.stderr
        rows: list[Any] = ast.literal_eval(seen.text)
        (place,) = [row for row in rows if row[0] == b"/tmp"]
        place[4] = 0  # CRIU had names in there for a moment
        return rows

    await make(1, "new")
    before = await look()
    assert await fresh.engine.checkpoint(fresh.name, "v1") == SAVED
    assert await look() == before
    await make(2, "more")
    assert await look() != before
    assert await fresh.engine.restore(fresh.name, "v1") == Restored("saved")
    assert await look() == before


async def test_connections_with_more_than_their_reader_takes(fresh: Machine) -> None:
    argvs = {name: ("python3", "-c", text) for name, text in workloads.UNSENT.items()}
    talks = {name: await start(fresh, argv) for name, argv in argvs.items()}
    for talk in talks.values():
        assert await talk.step() == "1"
    numbers = {talk.process.pid: name for name, talk in talks.items()}
    assert await fresh.engine.checkpoint(fresh.name, "v1") == SAVED
    assert [await talk.step() for talk in talks.values()] == ["2"] * 3

    assert await fresh.engine.restore(fresh.name, "v1") == Restored("saved")

    back = {numbers[p.pid]: Talk(p) for p in await fresh.engine.sessions(fresh.name)}
    assert back.keys() == talks.keys()
    assert [await talk.step() for talk in back.values()] == ["2"] * 3
    late = await start(fresh, workloads.commands("python3")["tcp"])
    assert await late.step() == "1"  # nothing of the lock is left
    assert await fresh.engine.checkpoint(fresh.name, "v2") == SAVED


async def test_a_terminal_keeps_its_size_and_its_shell(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    talk = await start(fresh, ("bash", "--norc"), tty=(33, 101))
    await talk.process.write(b"cd /usr; x=kept; echo be''fore\n")
    await talk.until("before")
    assert await engine.checkpoint(name, "v1") == SAVED
    await talk.process.write(b"x=changed; cd /; echo af''ter\n")
    await talk.until("after")
    assert await engine.restore(name, "v1") == Restored("saved")

    talk = await one_that_came_back(fresh)
    await talk.process.write(b"echo $x $PWD $(stty size) $(tty) e''nd\n")
    await talk.until("kept /usr 33 101 /dev/pts/0 end")
    await talk.process.resize(20, 50)
    await talk.process.write(b"stty size; exit 5\n")
    await talk.until("20 50")
    assert await talk.process.wait() == 5


async def test_unread_output_and_unread_input_come_back(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    script = "echo ready; read line; echo one $line; echo two >&2; kill -STOP $$; cat"
    talk = await start(fresh, ("sh", "-c", script))
    await talk.process.write(b"first\nsecond\n")
    await fresh.sh("until grep -q 'State:.T' /proc/[0-9]*/status; do :; done")
    still: list[bool] = []

    assert await engine.checkpoint(name, "v1", still=lambda: still.append(True)) == SAVED
    assert await engine.restore(name, "v1") == Restored("saved")

    assert still == [True]
    process = (await one_that_came_back(fresh)).process
    await process.signal(18)
    await process.close_stdin()
    got = {1: b"", 2: b""}
    async for stream, data in process.stdout():
        got[stream] += data
    assert await process.wait() == 0
    assert got == {1: b"one first\nsecond\n", 2: b"two\n"}


async def test_users_limits_and_the_way_in_are_as_after_a_boot(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    look = (
        "id -u; id -G; hostname; grep -E 'Cap|Seccomp:|NoNew' /proc/1/status; ulimit -a; ls -l /dev"
    )
    mounts = (
        "cut -d' ' -f2-4 /proc/self/mounts | sed 's/,subvolid=[0-9]*//';"
        " umask;"
        "sysctl -n net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range"
    )
    before = [(await fresh.sh(script, user)).text for script in (look, mounts) for user in USERS]
    assert await engine.checkpoint(name, "v1") == SAVED
    assert await engine.restore(name, "v1") == Restored("saved")

    after = [(await fresh.sh(script, user)).text for script in (look, mounts) for user in USERS]

    assert sorted(after[2].splitlines()) == sorted(before[2].splitlines())
    assert after[:2] == before[:2]
    assert (await fresh.sh("mount -t tmpfs none /mnt", user="root")).code != 0
    group = engine._opened.groups.sprite(name).path / "main"
    pids = (group / "cgroup.procs").read_text().split()
    assert str(engine._running[name].pid) in pids
    async with engine.files(name) as files:
        assert (await files.stat("/proc/1")).uid == 0


USERS = ("sprite", "root")


async def test_a_restored_sprite_can_be_kept_and_restored_again(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    await start(fresh, ("sh", "-c", workloads.commands("python3")["shell"][2]))
    for round_ in range(3):
        assert await engine.checkpoint(name, f"v{round_}") == SAVED
        assert await engine.restore(name, f"v{round_}") == Restored("saved")
        assert await (await one_that_came_back(fresh)).step() == str(round_ + 1)


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("python3", "-c", TRACED), "a process is being traced, by strace or a debugger"),
        (("sh", "-c", NESTED), "a process has a user namespace of its own"),
        (
            ("python3", "-c", workloads.CLOSED),
            "a closed connection still has data on its way",
        ),
    ],
    ids=["traced", "nested", "closed"],
)
async def test_what_cannot_be_kept_runs_on(
    fresh: Machine, argv: tuple[str, ...], reason: str
) -> None:
    engine, name = fresh.engine, fresh.name
    talk = await start(fresh, argv)
    other = await start(fresh, workloads.commands("python3")["tcp"])
    await fresh.sh("echo kept > /tmp/file")

    assert await engine.checkpoint(name, "v1") == Saved("refused", reason)

    assert [await talk.step(), await other.step()] == ["1", "1"]
    await fresh.sh("echo changed > /tmp/file")
    assert await engine.restore(name, "v1") == Restored("refused", reason)
    assert await engine.sessions(name) == []
    assert (await fresh.sh("cat /tmp/file")).text == "kept\n"


@pytest.mark.parametrize("image", ["", "core-1.img", "mm-1.img", "pages-1.img"])
async def test_a_killed_criu_harms_nothing(fresh: Machine, image: str) -> None:
    """Killed as soon as it runs, or as soon as it has begun a certain file.

    What CRIU holds by the throat at that moment may die with it; nothing else may go wrong.
    """
    engine, name = fresh.engine, fresh.name
    talk = await start(fresh, workloads.commands("python3")["large-memory"])
    assert await talk.step() == "1"
    opened = engine._opened
    group = opened.groups.operations(name).path
    draft = opened.images.process(name, ".draft") / image
    working = asyncio.create_task(engine.checkpoint(name, "v1"))

    def kill() -> None:
        while not working.done():
            if draft.exists() and _kill_criu(group):
                return

    await asyncio.to_thread(kill)
    saved = await working

    assert saved in (SAVED, Saved("refused", "CRIU was ended by signal 9"))
    assert image == "pages-1.img" or saved != SAVED
    if not image:
        assert await talk.step() == "2"
    await engine.start(name)
    assert (await fresh.run("true")).code == 0
    assert await engine.checkpoint(name, "v2") == SAVED
    assert (await engine.restore(name, "v1")).processes == saved.processes


def _kill_criu(group: Path) -> bool:
    with suppress(FileNotFoundError):
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):
                if "dump" in Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0"):
                    os.kill(int(pid), 9)
                    return True
    return False


async def test_a_damaged_image_means_files_only(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    await start(fresh, workloads.commands("python3")["tcp"])
    await fresh.sh("echo kept > /tmp/file")
    assert await engine.checkpoint(name, "v1") == SAVED
    images = engine._opened.images.process(name, "v1")
    (images / "core-1.img").write_bytes(b"nonsense")
    await fresh.sh("echo changed > /tmp/file")

    restored = await engine.restore(name, "v1")

    assert restored.processes == "refused"
    assert restored.reason.startswith("CRIU refused: ")
    assert (await fresh.sh("cat /tmp/file; pgrep -c python3")).text in ("kept\n0\n", "kept\n1\n")
    assert await engine.sessions(name) == []
    assert await engine.checkpoint(name, "v2") == SAVED


async def test_images_are_kept_for_the_last_checkpoints_and_go_with_them(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    top = engine._opened.images.process(name, "v0").parent.parent
    for number in range(4):
        assert await engine.checkpoint(name, f"v{number}") == SAVED
    assert [(top / f"v{number}" / "process").exists() for number in range(4)] == [
        *(False, True, True, True)
    ]

    reason = "processes are kept for the last 3 checkpoints only"
    assert await engine.restore(name, "v0") == Restored("refused", reason)
    await engine.delete_checkpoint(name, "v2")
    assert sorted(path.name for path in top.iterdir()) == ["v0", "v1", "v3"]
    (top / "unknown").mkdir()
    (top.parent / "nobody").mkdir()
    engine._opened.images.recover({name: ["v0", "v3"]})
    assert sorted(path.name for path in top.iterdir()) == ["v0", "v3"]
    assert not (top.parent / "nobody").exists()
    assert json.loads((top / "v3" / "outcome.json").read_text())["processes"] == "saved"


async def test_commands_and_files_are_served_while_checkpoints_are_taken(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    done = asyncio.Event()

    async def use() -> int:
        count = 0
        while not done.is_set():
            result = await fresh.run("sh", "-c", "echo out; echo err >&2; exit 7")
            assert (result.code, result.stdout, result.stderr) == (7, b"out\n", b"err\n")
            async with engine.files(name) as files:
                await files.stat("/etc/passwd")
            count += 1
        return count

    users = [asyncio.create_task(use()) for _ in range(3)]
    for number in range(3):
        assert await engine.checkpoint(name, f"v{number}") == SAVED
    done.set()
    assert all([await user > 0 for user in users])


async def test_a_stopped_sprite_has_no_processes_to_keep(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    await engine.stop(name)
    assert await engine.checkpoint(name, "v1") == Saved("none", "nothing ran")
    assert (await engine.restore(name, "v1")).processes == "none"
    assert engine.is_running(name)


async def test_processes_that_came_back_die_with_the_sprite(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    await start(fresh, workloads.commands("python3")["child"])
    assert await engine.checkpoint(name, "v1") == SAVED
    assert await engine.restore(name, "v1") == Restored("saved")
    talk = await one_that_came_back(fresh)

    await engine.stop(name)

    assert await talk.process.wait() == 137
    assert name not in engine._opened.groups.sprites()
