# Written by scripts/unasync.py from tests/_async/test_commands_local.py. Do not edit.
"""Real commands, against a real server."""

import io
import signal
from collections.abc import Iterator

import pytest

from sprites_facade import (
    CommandTimeoutError,
    Completed,
    NotFoundError,
    Sprite,
    SpritesClient,
)
from sprites_facade._duplex import Background
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
def local(server: LocalServer) -> Iterator[Sprite]:
    with SpritesClient(server.token, base_url=server.url) as client:
        sprite = client.create_sprite("commands")
        yield sprite
        sprite.delete()


def test_words_and_texts(local: Sprite) -> None:
    """A shell reads a text, and nobody reads words (J5)."""
    words = ["printf", "%s|", "a b", "", "$HOME", "'\"", "é", "*"]
    assert (local.run(words)).stdout == "a b||$HOME|'\"|é|*|"
    assert local.run('echo "a b" >&2; exit 3') == Completed(
        'echo "a b" >&2; exit 3', 3, "", "a b\n"
    )


def test_environment_and_folder(local: Sprite) -> None:
    """What is set is added, and programs are found."""
    text = 'echo "$A $USER"; basename "$PWD"; sort'
    done = local.run(text, env={"A": "x=y z"}, cwd="/opt", input="2\n1\n")
    assert done.stdout == "x=y z sprite\nopt\n1\n2\n"
    done = local.run(["/usr/bin/env"], env={"A": "1"}, replace_env=True)
    assert "A=1" in done.stdout.splitlines()
    assert "USER=sprite" not in done.stdout


def test_statuses(local: Sprite) -> None:
    """A signal is 128 and its number, a program that is missing 127."""
    assert (local.run("kill -TERM $$")).returncode == 143
    assert (local.run(["no-such-program"])).returncode == 127


def test_binary_both_ways(local: Sprite) -> None:
    """No byte is changed, lost or doubled."""
    data = bytes(range(256)) * 4096 * 8
    assert (local.run(["cat"], input=data, text=False)).stdout == data


def test_a_timeout_ends_the_remote_command(local: Sprite) -> None:
    """It is gone from the sprite, and what it wrote is not (P19)."""
    with pytest.raises(CommandTimeoutError) as caught:
        local.run("echo partial; sleep 100", timeout=0.5)
    assert caught.value.stdout == "partial\n"
    assert local.list_sessions() == []


def test_input_that_nobody_reads(local: Sprite) -> None:
    """It keeps neither the timeout nor the signal back."""
    with pytest.raises(CommandTimeoutError):
        local.run(["sleep", "100"], input=bytes(32 * MIB), timeout=0.5)
    assert local.list_sessions() == []


def test_leaving_the_block_ends_the_remote_command(local: Sprite) -> None:
    """Nothing is left behind."""
    with local.start("echo ready; sleep 100") as process:
        assert (next(process)).data == "ready\n"
        (session,) = local.list_sessions()
        assert session.id == process.session_id
    assert process.returncode == 137
    assert local.list_sessions() == []


def test_attach_again(local: Sprite) -> None:
    """A command goes on without a connection, and its output is kept."""
    with local.start(["cat"], max_run_after_disconnect=60) as process:
        assert process.stdin is not None
        process.stdin.write("one\n")
        assert (next(process)).data == "one\n"
        process.detach()
    assert process.session_id is not None
    with local.attach(process.session_id) as again:
        assert again.stdin is not None
        again.stdin.write("two\n")
        again.stdin.close()
        assert again.communicate() == ("one\ntwo\n", "")
    with pytest.raises(NotFoundError):
        local.attach(process.session_id)


def test_kill_session(local: Sprite) -> None:
    """A command that ignores the signal is killed after the timeout."""
    with local.start("trap '' TERM; echo ready; while :; do sleep 0.01; done") as process:
        assert (next(process)).data == "ready\n"
        assert process.session_id is not None
        result = local.kill_session(process.session_id, "TERM", timeout=0.2)
        assert (result.exit_code, result.forced) == (137, True)
        assert process.wait(10) == 137


def test_signals(local: Sprite) -> None:
    """They arrive at the command."""
    with local.start("trap 'echo usr1; exit 5' USR1; echo ready; read -r") as process:
        assert (next(process)).data == "ready\n"
        process.send_signal(signal.SIGUSR1)
        assert process.communicate(timeout=10) == ("usr1\n", "")
        assert process.returncode == 5


def test_a_terminal(local: Sprite) -> None:
    """It has the size that it was given, and keys mean what they mean."""
    with local.start("stty size; cat; exit 7", tty=True, size=(100, 30)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "30 100\r\n"
        process.stdin.write("hi\r")
        assert process.stdout.readline() == "hi\r\n"
        process.stdin.close()
        assert process.wait(10) == 7


def test_much_in_both_directions(local: Sprite) -> None:
    """32 MiB through a command that does not read while it writes, to a sink."""
    got: list[int] = []

    def write() -> None:
        assert process.stdin is not None
        for _ in range(32):
            process.stdin.write(bytes(MIB))
        process.stdin.close()

    with local.start(["cat"], text=False, stdout=lambda data: got.append(len(data))) as process:
        assert process.stdout is None
        writer = Background(write)
        assert process.wait(60) == 0
        writer.close()
    assert sum(got) == 32 * MIB


def test_a_file_as_input_and_output(local: Sprite) -> None:
    """Such as a dump that goes in and comes out compressed."""
    source, target = io.BytesIO(b"a" * MIB), io.BytesIO()
    local.run(["gzip", "-c"], stdin=source, stdout=target, check=True)
    back = io.BytesIO(target.getvalue())
    assert (local.run(["gunzip"], stdin=back, text=False)).stdout == b"a" * MIB
