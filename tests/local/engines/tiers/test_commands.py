"""Commands behave like commands anywhere."""

import signal

import pytest

from sprites_local.engines.base import CommandNotFoundError
from sprites_local.engines.common.engine import TreeEngine
from tests.local.engines.tiers.helpers import command, finish, run, start

pytestmark = pytest.mark.anyio


async def test_streams_and_exit_code_arrive(engine: TreeEngine, shared: str) -> None:
    """Output, errors and the code of a command are its own."""
    assert await run(engine, shared, "echo out; echo err >&2; exit 7") == (7, "out\n", "err\n")


async def test_large_input_comes_back(engine: TreeEngine, shared: str) -> None:
    """A megabyte written to `cat` is read again, byte for byte."""
    data = bytes(range(256)) * 4096
    process = await engine.spawn(shared, command("cat"))
    received = b""
    output = process.stdout()
    for offset in range(0, len(data), 1 << 15):
        await process.write(data[offset : offset + (1 << 15)])
        received += (await anext(output))[1]
    await process.close_stdin()
    await process.close_stdin()
    async for _, part in output:
        received += part
    assert data == received
    assert await process.wait() == 0


async def test_output_comes_in_the_order_it_was_written(engine: TreeEngine, shared: str) -> None:
    """What is written to either stream is delivered before what is written after it."""
    script = "echo a; read x; echo b >&2; read x; echo c; read x"
    process = await start(engine, shared, script)
    received = []
    async for item in process.stdout():
        received.append(item)
        await process.write(b"next\n")
    assert received == [(1, b"a\n"), (2, b"b\n"), (1, b"c\n")]


@pytest.mark.parametrize(
    ("script", "code"),
    [("kill -9 $$", 137), ("kill -TERM $$", 143), ("exit 0", 0), ("exit 255", 255)],
)
async def test_exit_codes_follow_the_shell(
    engine: TreeEngine, shared: str, script: str, code: int
) -> None:
    """A command that ends by signal n has the code 128+n."""
    assert (code, "", "") == await run(engine, shared, script)


async def test_a_signal_reaches_the_whole_group(engine: TreeEngine, shared: str) -> None:
    """Children get the signal too, so the output ends."""
    process = await start(engine, shared, "sleep 1000 & echo ready; wait")
    output = process.stdout()
    assert await anext(output) == (1, b"ready\n")
    await process.signal(signal.SIGTERM)
    assert [item async for item in output] == []
    assert await process.wait() == 143
    await process.signal(signal.SIGTERM)


async def test_missing_programs_and_directories_are_told_apart(
    engine: TreeEngine, shared: str
) -> None:
    """The error names what is missing, as the client wrote it."""
    with pytest.raises(CommandNotFoundError, match="cannot run no-such-program: No such file"):
        await engine.spawn(shared, command("no-such-program"))
    with pytest.raises(CommandNotFoundError, match="cannot enter /no/such: No such file"):
        await engine.spawn(shared, command("true", cwd="/no/such"))


async def test_a_terminal_has_a_size(engine: TreeEngine, shared: str) -> None:
    """Rows and columns are as asked for, also after a change."""
    script = "stty -echo; stty size; read x; stty size"
    process = await start(engine, shared, script, tty=(25, 90))
    output = process.stdout()
    assert await anext(output) == (1, b"25 90\r\n")
    await process.resize(40, 132)
    await process.write(b"go\n")
    code, out, _ = await _rest(process, output)
    assert (code, out) == (0, b"40 132\r\n")


async def test_home_is_the_working_directory(engine: TreeEngine, shared: str) -> None:
    """HOME and the default directory are the same, the sprite's own."""
    code, out, _ = await run(engine, shared, 'test "$PWD" -ef "$HOME" && touch mine && ls "$HOME"')
    assert (code, out) == (0, "mine\n")


async def test_own_programs_are_found_first(engine: TreeEngine, shared: str) -> None:
    """A program in the sprite's ~/.local/bin is found by name, and by its absolute path."""
    script = (
        "mkdir -p ~/.local/bin && printf '#!/bin/sh\\necho own' > ~/.local/bin/true"
        " && chmod +x ~/.local/bin/true"
    )
    assert await run(engine, shared, script) == (0, "", "")
    for name in ("true", "/home/sprite/.local/bin/true"):
        process = await engine.spawn(shared, command(name))
        assert await finish(process) == (0, b"own\n", b"")


async def _rest(process, output) -> tuple[int, bytes, bytes]:  # type: ignore[no-untyped-def]
    data = b"".join([part async for _, part in output])
    return await process.wait(), data, b""
