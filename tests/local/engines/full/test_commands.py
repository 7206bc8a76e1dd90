"""Commands in a real sprite: streams, codes, signals, terminals."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from typing import Any

import pytest

from sprites_local.engines.base import Command, CommandNotFoundError, EngineError

pytestmark = pytest.mark.anyio

PATH = {"PATH": "/usr/bin:/bin"}


def command(*argv: str, **options: Any) -> Command:
    return Command(argv=argv, **{"env": PATH, "cwd": "/", **options})


async def test_output_and_code(machine: Any) -> None:
    result = await machine.sh("echo out; echo err >&2; exit 7")

    assert (result.code, result.stdout, result.stderr) == (7, b"out\n", b"err\n")


async def test_input_reaches_the_command_and_ends(machine: Any) -> None:
    result = await machine.run("cat", stdin=b"line\n" * 10)

    assert (result.code, result.stdout) == (0, b"line\n" * 10)


async def test_environment_directory_and_user(machine: Any) -> None:
    result = await machine.run(
        "sh", "-c", 'echo "$WORD|$PWD|$(id -un)"; env | wc -l', cwd="/etc", env={"WORD": "a b"}
    )

    assert result.text.splitlines()[0] == "a b|/etc|sprite"
    assert (await machine.sh("id -u", user="root")).text == "0\n"


async def test_the_environment_is_complete_not_added_to(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("env", env={"PATH": "/usr/bin"}))

    assert [data async for data in process.stdout()] == [(1, b"PATH=/usr/bin\n")]


async def test_hostname_is_the_name_and_resolves(machine: Any) -> None:
    result = await machine.sh("hostname; getent hosts $(hostname)")

    assert result.text.splitlines()[0] == "my-sprite"
    assert "127.0.1.1" in result.text


async def test_a_signal_gives_128_plus_its_number(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("sleep", "100"))

    assert process.returncode is None
    await process.signal(signal.SIGTERM)

    assert await process.wait() == 128 + signal.SIGTERM
    assert process.returncode == 143
    await process.signal(signal.SIGKILL)  # harmless now


async def test_a_signal_reaches_the_whole_group(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("sh", "-c", "sleep 100 | sleep 100"))

    await process.signal(signal.SIGKILL)

    assert [item async for item in process.stdout()] == []
    assert await process.wait() == 137


@pytest.mark.parametrize("argv", [("no-such-program",), ("/etc/passwd",), ("/",), ("a\0b",), ()])
async def test_what_cannot_be_run_is_told_at_once(machine: Any, argv: tuple[str, ...]) -> None:
    with pytest.raises(CommandNotFoundError):
        await machine.engine.spawn(machine.name, command(*argv))


async def test_a_missing_directory_is_told_apart(machine: Any) -> None:
    with pytest.raises(CommandNotFoundError, match="cannot enter /nowhere"):
        await machine.engine.spawn(machine.name, command("true", cwd="/nowhere"))


async def test_signals_have_their_default_actions(machine: Any) -> None:
    result = await machine.sh("yes | head -1; grep SigIgn /proc/self/status")
    output, ignored = result.text.splitlines()

    assert output == "y"
    # Signals 32 and 33 belong to the C library; some versions of make hand them down ignored.
    assert int(ignored.removeprefix("SigIgn:"), 16) & ~(0b11 << 31) == 0


async def test_large_input_and_output_arrive_unharmed(machine: Any) -> None:
    block = hashlib.sha256(b"x").digest() * 2048
    process = await machine.engine.spawn(machine.name, command("cat"))

    async def feed() -> None:
        for _ in range(1024):
            await process.write(block)
        await process.close_stdin()

    feeder = asyncio.create_task(feed())
    digest, size = hashlib.sha256(), 0
    async for _, data in process.stdout():
        digest.update(data)
        size += len(data)
    await feeder

    assert await process.wait() == 0
    assert size == 64 << 20
    assert digest.digest() == hashlib.sha256(block * 1024).digest()


async def test_a_slow_reader_slows_the_command_down(machine: Any) -> None:
    script = "head -c 1000000 /dev/zero; echo done > /tmp/wrote-all"
    process = await machine.engine.spawn(machine.name, command("sh", "-c", script))
    output = process.stdout()
    first = await anext(output)

    assert (await machine.sh("test -e /tmp/wrote-all")).code == 1

    size = len(first[1])
    async for _, data in output:
        size += len(data)
    assert size == 1_000_000
    assert (await machine.sh("rm /tmp/wrote-all")).code == 0


async def test_input_for_a_gone_reader_is_dropped(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("true"))
    await process.wait()

    await process.write(b"x" * 200_000)
    await process.close_stdin()
    await process.close_stdin()


async def test_a_blocked_writer_is_released_by_the_exit(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("sleep", "100"))
    writer = asyncio.create_task(process.write(b"x" * 1_000_000))
    await asyncio.wait({writer}, timeout=0.05)

    assert not writer.done()
    await process.signal(signal.SIGKILL)
    await asyncio.wait_for(writer, 5)


async def test_a_straggler_does_not_hold_the_output_open(machine: Any) -> None:
    result = await asyncio.wait_for(machine.sh("sleep 100 & echo mine; exit 3"), 5)

    assert (result.code, result.stdout) == (3, b"mine\n")
    await machine.sh("pkill sleep")


async def test_a_chattering_straggler_does_not_either(machine: Any) -> None:
    result = await asyncio.wait_for(machine.sh("yes & exit 4"), 10)

    assert result.code == 4
    await machine.sh("pkill yes")


async def test_nothing_written_before_the_exit_is_lost(machine: Any) -> None:
    script = "sleep 100 & head -c 60000 /dev/zero; head -c 60000 /dev/zero >&2"
    for _ in range(5):
        result = await machine.sh(script)
        assert (len(result.stdout), len(result.stderr)) == (60000, 60000)
    await machine.sh("pkill sleep")


async def test_many_commands_at_once(machine: Any) -> None:
    results = await asyncio.gather(*(machine.sh(f"echo {n}; exit {n}") for n in range(40)))

    assert [(r.code, r.text) for r in results] == [(n, f"{n}\n") for n in range(40)]


async def test_orphans_are_reaped(machine: Any) -> None:
    await machine.sh("(setsid sh -c 'exit 0' &) ; (setsid true &)")

    result = await machine.sh("for s in /proc/[0-9]*/stat; do cat $s 2>/dev/null; done")

    assert ") Z " not in result.text


async def test_a_terminal(machine: Any) -> None:
    script = "tty; stty size; read line; echo got $line"
    process = await machine.engine.spawn(machine.name, command("sh", "-c", script, tty=(30, 90)))
    await process.resize(40, 100)
    await process.write(b"hello\n")
    output = b"".join([data async for stream, data in process.stdout() if stream == 1])

    assert await process.wait() == 0
    lines = set(output.decode().split("\r\n"))
    assert lines >= {"/dev/pts/0", "got hello"}
    assert lines & {"40 100", "30 90"}  # it may ask before or after the change


async def test_end_of_input_on_a_terminal(machine: Any) -> None:
    process = await machine.engine.spawn(machine.name, command("cat", tty=(24, 80)))

    await process.close_stdin()

    assert [item async for item in process.stdout()] == []
    assert await process.wait() == 0


async def test_interrupt_by_the_terminal(machine: Any) -> None:
    process = await machine.engine.spawn(
        machine.name, command("sh", "-c", "echo ready; exec sleep 100", tty=(24, 80))
    )
    output = process.stdout()
    assert (await anext(output))[1].startswith(b"ready")

    await process.write(b"\x03")

    assert await asyncio.wait_for(process.wait(), 5) == 130
    assert b"".join([data async for _, data in output]) == b"^C"


async def test_stopping_ends_commands_and_their_output(fresh: Any) -> None:
    process = await fresh.engine.spawn(fresh.name, command("sh", "-c", "echo a; sleep 100"))
    output = process.stdout()
    assert await anext(output) == (1, b"a\n")

    await fresh.engine.stop(fresh.name)

    assert [item async for item in output] == []
    assert await process.wait() == 137
    assert not fresh.engine.is_running(fresh.name)
    with pytest.raises(EngineError, match="does not run"):
        await fresh.run("true")
    await fresh.engine.start(fresh.name)
    assert (await fresh.run("true")).code == 0


async def test_a_cancelled_start_leaves_no_command(fresh: Any) -> None:
    task = asyncio.create_task(fresh.engine.spawn(fresh.name, command("sleep", "12345")))
    await asyncio.wait({task}, timeout=0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert "12345" not in (await fresh.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).text
