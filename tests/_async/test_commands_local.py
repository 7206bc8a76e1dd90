"""Real commands, against a real server."""

import io
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import (
    AsyncSprite,
    AsyncSpritesClient,
    CommandTimeoutError,
    Completed,
    NotFoundError,
)
from sprites_facade._duplex import AsyncBackground
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
async def local(server: LocalServer) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite("commands")
        yield sprite
        await sprite.delete()


async def test_words_and_texts(local: AsyncSprite) -> None:
    """A shell reads a text, and nobody reads words (J5)."""
    words = ["printf", "%s|", "a b", "", "$HOME", "'\"", "é", "*"]
    assert (await local.run(words)).stdout == "a b||$HOME|'\"|é|*|"
    assert await local.run('echo "a b" >&2; exit 3') == Completed(
        'echo "a b" >&2; exit 3', 3, "", "a b\n"
    )


async def test_environment_and_folder(local: AsyncSprite) -> None:
    """What is set is added, and programs are found."""
    text = 'echo "$A $USER"; basename "$PWD"; sort'
    done = await local.run(text, env={"A": "x=y z"}, cwd="/opt", input="2\n1\n")
    assert done.stdout == "x=y z sprite\nopt\n1\n2\n"
    done = await local.run(["/usr/bin/env"], env={"A": "1"}, replace_env=True)
    assert "A=1" in done.stdout.splitlines()
    assert "USER=sprite" not in done.stdout


async def test_statuses(local: AsyncSprite) -> None:
    """A signal is 128 and its number, a program that is missing 127."""
    assert (await local.run("kill -TERM $$")).returncode == 143
    assert (await local.run(["no-such-program"])).returncode == 127


async def test_binary_both_ways(local: AsyncSprite) -> None:
    """No byte is changed, lost or doubled."""
    data = bytes(range(256)) * 4096 * 8
    assert (await local.run(["cat"], input=data, text=False)).stdout == data


async def test_a_timeout_ends_the_remote_command(local: AsyncSprite) -> None:
    """It is gone from the sprite, and what it wrote is not (P19)."""
    with pytest.raises(CommandTimeoutError) as caught:
        await local.run("echo partial; sleep 100", timeout=0.5)
    assert caught.value.stdout == "partial\n"
    assert await local.list_sessions() == []


async def test_input_that_nobody_reads(local: AsyncSprite) -> None:
    """It keeps neither the timeout nor the signal back."""
    with pytest.raises(CommandTimeoutError):
        await local.run(["sleep", "100"], input=bytes(32 * MIB), timeout=0.5)
    assert await local.list_sessions() == []


async def test_leaving_the_block_ends_the_remote_command(local: AsyncSprite) -> None:
    """Nothing is left behind."""
    async with local.start("echo ready; sleep 100") as process:
        assert (await anext(process)).data == "ready\n"
        (session,) = await local.list_sessions()
        assert session.id == process.session_id
    assert process.returncode == 137
    assert await local.list_sessions() == []


async def test_attach_again(local: AsyncSprite) -> None:
    """A command goes on without a connection, and its output is kept."""
    async with local.start(["cat"], max_run_after_disconnect=60) as process:
        assert process.stdin is not None
        await process.stdin.write("one\n")
        assert (await anext(process)).data == "one\n"
        await process.detach()
    assert process.session_id is not None
    async with local.attach(process.session_id) as again:
        assert again.stdin is not None
        await again.stdin.write("two\n")
        await again.stdin.aclose()
        assert await again.communicate() == ("one\ntwo\n", "")
    with pytest.raises(NotFoundError):
        await local.attach(process.session_id)


async def test_kill_session(local: AsyncSprite) -> None:
    """A command that ignores the signal is killed after the timeout."""
    async with local.start("trap '' TERM; echo ready; while :; do sleep 0.01; done") as process:
        assert (await anext(process)).data == "ready\n"
        assert process.session_id is not None
        result = await local.kill_session(process.session_id, "TERM", timeout=0.2)
        assert (result.exit_code, result.forced) == (137, True)
        assert await process.wait(10) == 137


async def test_signals(local: AsyncSprite) -> None:
    """They arrive at the command."""
    async with local.start("trap 'echo usr1; exit 5' USR1; echo ready; read -r") as process:
        assert (await anext(process)).data == "ready\n"
        await process.send_signal(signal.SIGUSR1)
        assert await process.communicate(timeout=10) == ("usr1\n", "")
        assert process.returncode == 5


async def test_a_terminal(local: AsyncSprite) -> None:
    """It has the size that it was given, and keys mean what they mean."""
    async with local.start("stty size; cat; exit 7", tty=True, size=(100, 30)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert await process.stdout.readline() == "30 100\r\n"
        await process.stdin.write("hi\r")
        assert await process.stdout.readline() == "hi\r\n"
        await process.stdin.aclose()
        assert await process.wait(10) == 7


async def test_much_in_both_directions(local: AsyncSprite) -> None:
    """32 MiB through a command that does not read while it writes, to a sink."""
    got: list[int] = []

    async def write() -> None:
        assert process.stdin is not None
        for _ in range(32):
            await process.stdin.write(bytes(MIB))
        await process.stdin.aclose()

    async with local.start(
        ["cat"], text=False, stdout=lambda data: got.append(len(data))
    ) as process:
        assert process.stdout is None
        writer = AsyncBackground(write)
        assert await process.wait(60) == 0
        await writer.aclose()
    assert sum(got) == 32 * MIB


async def test_a_file_as_input_and_output(local: AsyncSprite) -> None:
    """Such as a dump that goes in and comes out compressed."""
    source, target = io.BytesIO(b"a" * MIB), io.BytesIO()
    await local.run(["gzip", "-c"], stdin=source, stdout=target, check=True)
    back = io.BytesIO(target.getvalue())
    assert (await local.run(["gunzip"], stdin=back, text=False)).stdout == b"a" * MIB
