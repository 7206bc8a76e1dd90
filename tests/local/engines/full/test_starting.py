"""How PID 1 starts a command: as whom, where, what of; and what it is itself afterwards."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sprites_local.engines.base import Command, CommandNotFoundError, EngineError

pytestmark = pytest.mark.anyio

PATH = {"PATH": "/usr/bin:/bin"}


def command(*argv: str, **options: Any) -> Command:
    return Command(argv=argv, **{"env": PATH, "cwd": "/", **options})


def init_of(machine: Any) -> Path:
    """Return where the kernel tells about the sprite's PID 1."""
    return Path(f"/proc/{machine.engine._running[machine.name].pid}")


async def state_of(machine: Any) -> dict[str, Any]:
    """Return what a command must not change: ids, groups, directory, open files."""
    # Once this is answered, PID 1 has heard that the commands before are to be forgotten.
    with pytest.raises(CommandNotFoundError):
        await machine.engine.spawn(machine.name, command("no-such-program"))
    init = init_of(machine)
    lines = (init / "status").read_text().splitlines()
    told = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {
        **{name: told[name] for name in ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "SigBlk")},
        "at the top": (init / "cwd").stat().st_ino == (init / "root").stat().st_ino,
        "files": len(list((init / "fd").iterdir())),
    }


@pytest.mark.parametrize("tty", [None, (24, 80)])
async def test_a_command_is_its_user_for_good(machine: Any, tty: tuple[int, int] | None) -> None:
    names = "Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb"
    process = await machine.engine.spawn(
        machine.name, command("grep", "-E", names, "/proc/self/status", tty=tty)
    )
    text = b"".join([data async for _, data in process.stdout()]).decode()

    told = {name.rstrip(":"): values for name, *values in map(str.split, text.splitlines())}
    assert told["Uid"] == told["Gid"] == ["1000"] * 4
    assert told["Groups"] == ["1000"]
    assert {int(told[f"Cap{kind}"][0], 16) for kind in ("Inh", "Prm", "Eff", "Amb")} == {0}


async def test_the_init_is_what_it_was_whatever_was_asked_for(fresh: Any) -> None:
    await fresh.sh("true")
    before = await state_of(fresh)
    bad: list[dict[str, Any]] = [
        {"argv": ("no-such-program",)},
        {"argv": ("/etc/passwd",)},
        {"argv": ("true",), "cwd": "/nowhere"},
        {"argv": ("true",), "cwd": "/nowhere", "user": "root"},
        {"argv": ("true",), "cwd": "/etc/passwd"},
    ]
    for options in bad:
        with pytest.raises(CommandNotFoundError):
            await fresh.engine.spawn(fresh.name, Command(**{"env": PATH, "cwd": "/", **options}))
    for user in ("sprite", "root"):
        assert (await fresh.run("pwd", cwd="/usr", user=user)).text == "/usr\n"

    assert await state_of(fresh) == before


async def test_a_directory_is_entered_with_the_users_rights(machine: Any) -> None:
    await machine.sh("mkdir -m 700 /only-root", user="root")

    with pytest.raises(CommandNotFoundError, match="cannot enter /only-root: Permission denied"):
        await machine.engine.spawn(machine.name, command("true", cwd="/only-root"))
    assert (await machine.run("pwd", cwd="/only-root", user="root")).text == "/only-root\n"


async def test_programs_are_searched_as_a_shell_does(machine: Any) -> None:
    """What cannot be run is passed over, and is the reason only if there is nothing else."""
    await machine.sh(
        "mkdir -p /a /b && echo data > /a/both && echo data > /a/one"
        " && printf '#!/bin/sh\\necho found' > /b/both && chmod 755 /b/both",
        user="root",
    )
    path = {"PATH": "/nowhere:/etc/passwd:/a:/b:/usr/bin:/bin"}

    assert (await machine.run("both", env=path)).text == "found\n"
    with pytest.raises(CommandNotFoundError, match="cannot run one: Permission denied"):
        await machine.engine.spawn(machine.name, command("one", env=path))
    with pytest.raises(CommandNotFoundError, match="cannot run none: No such file"):
        await machine.engine.spawn(machine.name, command("none", env=path))


async def test_without_a_path_the_usual_places_are_searched(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("true", env={}))

    assert await process.wait() == 0


async def test_a_program_may_have_more_rights_than_its_user(machine: Any) -> None:
    """A program started from another's memory might not be given them."""
    await machine.sh("cp /usr/bin/id /id && chmod 4755 /id", user="root")

    assert (await machine.run("/id", "-u")).text == "0\n"


def limit_processes(pid: int, limit: str) -> None:
    """As root of the sprite: that of the machine may lack the right to do it."""
    enter = ("nsenter", "--user", "--target", str(pid))
    subprocess.run([*enter, "prlimit", "--pid", str(pid), f"--nproc={limit}:"], check=True)


async def test_a_command_that_cannot_be_a_process_is_no_missing_program(fresh: Any) -> None:
    """The reason is told, nothing is left open, and the next one starts."""
    pid = int(init_of(fresh).name)
    await fresh.sh("true")
    before = await state_of(fresh)
    limits = Path(f"/proc/{pid}/limits").read_text()  # noqa: ASYNC240
    usual = limits.partition("Max processes")[2].split()[0]
    limit_processes(pid, "0")
    try:
        with pytest.raises(EngineError, match=os.strerror(errno.EAGAIN)) as caught:
            await fresh.engine.spawn(fresh.name, command("true"))
    finally:
        limit_processes(pid, usual)

    assert not isinstance(caught.value, CommandNotFoundError)
    assert await state_of(fresh) == before
    assert (await fresh.sh("echo well")).text == "well\n"


async def test_a_command_without_input_has_its_end_at_once(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("cat", stdin=False))

    assert [item async for item in process.stdout()] == []
    assert await process.wait() == 0
    await process.write(b"nobody reads this")
    await process.close_stdin()
