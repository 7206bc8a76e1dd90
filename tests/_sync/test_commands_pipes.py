# Written by scripts/unasync.py from tests/_async/test_commands_pipes.py. Do not edit.
"""The pipes of a running command: everything arrives, and nobody waits for ever."""

import gc
import io
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from sprites_facade import (
    CommandTimeoutError,
    Sprite,
)
from sprites_facade._duplex import Background
from tests.wire import Wire, wait_for
from tests.ws_wire import EOF, ERR, OUT, STDIN, Peer, command, websocket

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


def echo(peer: Peer) -> None:
    """Send all input back; while it writes it does not read, as a pipe does not."""
    peer.introduce()
    while (message := peer.receive()) != EOF:
        assert isinstance(message, bytes)
        peer.send(OUT + message[1:])
    peer.exit(0)
    peer.receive_all()


def test_a_conversation(wire: Wire, sprite: Sprite) -> None:
    """What is written comes back line by line, and the end of the input ends it."""
    wire.then(websocket(echo))
    with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdin.write("one\ntw") == 6
        assert process.stdout.readline() == "one\n"
        process.stdin.write("o\nthree\nfour")
        assert process.stdout.readline() == "two\n"
        process.stdin.close()
        for line in process.stdout:
            assert line == "three\n"
            break
        assert process.stdout.read() == "four"
        assert process.stdout.read() == ""
        assert process.wait() == 0
        assert process.stdin.closed
        with pytest.raises(ValueError, match="closed"):
            process.stdin.write("more")


def test_streams_are_read_apart(wire: Wire, sprite: Sprite) -> None:
    """What one stream brings while the other is read is kept."""
    wire.then(command(OUT + b"abcdef", ERR + b"e1\n", OUT + b"gh", ERR + b"e2", code=1))
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.read() == "e1\ne2"
        assert process.stdout.read(4) == "abcd"
        assert process.stdout.read(3) == "efg"
        assert process.stdout.read(10) == "h"
        assert process.returncode == 1


def test_64_megabytes_both_ways_at_once(wire: Wire, sprite: Sprite) -> None:
    """Neither side reads while it writes, so who writes here must not keep reading from it."""
    wire.then(websocket(echo))
    chunk, count = bytes(range(256)) * 4096, 64

    def write() -> None:
        assert process.stdin is not None
        for _ in range(count):
            process.stdin.write(chunk)
        process.stdin.close()

    with sprite.start(["cat"], text=False) as process:
        writer = Background(write)
        got, same = 0, True
        for piece in process:
            expected = (chunk * 2)[got % len(chunk) :][: len(piece.data)]
            same = same and piece.data == expected
            got += len(piece.data)
        writer.close()
    assert (got, same) == (len(chunk) * count, True)


def test_communicate(wire: Wire, sprite: Sprite) -> None:
    """Input goes in, and everything comes out."""
    wire.then(websocket(echo))
    with sprite.start(["cat"]) as process:
        assert process.communicate("x" * 100_000) == ("x" * 100_000, "")
        assert process.returncode == 0


def test_two_readers_at_once(wire: Wire, sprite: Sprite) -> None:
    """Each gets its stream, whoever of them takes a message in."""
    stderr_seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(ERR + b"e\n")
        wait_for(stderr_seen)
        peer.send(OUT + b"o\n")
        peer.exit(0)
        peer.receive_all()

    lines: list[str] = []

    def read_errors() -> None:
        assert process.stderr is not None
        lines.append(process.stderr.readline())
        stderr_seen.set()

    wire.then(websocket(script))
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        reader = Background(read_errors)
        assert process.stdout.readline() == "o\n"
        assert lines == ["e\n"]
        assert process.wait() == 0
        reader.close()


def test_input_after_the_end_is_a_broken_pipe(wire: Wire, sprite: Sprite) -> None:
    """As it is for a local command."""

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive()
        peer.exit(0)
        peer.close()

    wire.then(websocket(script))
    with sprite.start(["true"]) as process:
        assert process.stdin is not None
        with pytest.raises(BrokenPipeError):
            process.stdin.write("x" * 100 * MIB)
        assert process.wait() == 0


def test_input_is_cut_into_messages(wire: Wire, sprite: Sprite) -> None:
    """A server needs no large buffer."""
    sizes: list[int] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        while (message := peer.receive()) != EOF:
            assert isinstance(message, bytes)
            assert message[:1] == STDIN
            sizes.append(len(message))
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    with sprite.start(["cat"], text=False) as process:
        process.communicate(bytes(MIB))
    assert sum(sizes) == MIB + len(sizes)
    assert max(sizes) <= 64 * 1024


def test_iterating_keeps_memory_flat(wire: Wire, sprite: Sprite) -> None:
    """What was taken is gone, and what was not asked for waits in the sprite (P22)."""

    def script(peer: Peer) -> None:
        for _ in range(1000):
            peer.send(OUT + bytes(64 * 1024))
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    got = 0
    with sprite.start(["yes"], text=False) as process:
        tracemalloc.start()
        try:
            for piece in process:
                got += len(piece.data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert got == 1000 * 64 * 1024
    assert peak < 16 * MIB


def test_what_a_reader_leaves_is_for_others(wire: Wire, sprite: Sprite) -> None:
    """A line is taken from a longer piece, and the rest is lost to nobody."""
    script = command(OUT + b"a\nb\nc", ERR + b"e", OUT + b"d\n", code=0)
    wire.then(script, script, script)
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a\n"
        assert process.communicate() == ("b\ncd\n", "e")
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == "a"
        told = [(output.stream, output.data) for output in process]
        assert told == [("stdout", "\nb\nc"), ("stderr", "e"), ("stdout", "d\n")]
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a\n"
        assert process.stdout.readlines() == ["b\n", "cd\n"]
        assert process.stdout.readlines() == []


def test_a_timeout_tells_what_a_reader_left(wire: Wire, sprite: Sprite) -> None:
    ended = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"a\nb\nc")
        wait_for(ended)
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    with sprite.start(["x"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a\n"
        with pytest.raises(CommandTimeoutError) as caught:
            process.communicate(timeout=0.05)
        assert caught.value.stdout == "b\nc"
        ended.set()
        assert process.communicate() == ("b\nc", "")


def test_input_is_written_as_to_a_file(wire: Wire, sprite: Sprite) -> None:
    wire.then(websocket(echo))
    with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        process.stdin.writelines(["a\n", "b\n"])
        process.stdin.flush()
        assert process.stdout is not None
        assert process.stdout.readline() == "a\n"
        process.stdin.close()
        assert process.stdout.read() == "b\n"


def test_closed_input_is_not_written_to_in_silence(wire: Wire, sprite: Sprite) -> None:
    wire.then(websocket(echo))
    with sprite.start(["cat"]) as process:
        assert process.stdin is not None
        process.stdin.close()
        with pytest.raises(ValueError, match="no input"):
            process.communicate("lost")
        assert process.communicate() == ("", "")


def test_the_mark_of_an_encoding_is_sent_once(wire: Wire, sprite: Sprite) -> None:
    """However many pieces the text comes in, and whoever writes them."""
    wire.then(*[websocket(echo)] * 3)
    whole = "ab\xe9".encode("utf-16")
    found = sprite.run(["cat"], stdin=["a", "b\xe9"], encoding="utf-16")
    assert found.stdout == "ab\xe9"
    taken = io.BytesIO()
    with sprite.start(["cat"], encoding="utf-16", stdout=taken) as process:
        assert process.stdin is not None
        process.stdin.write("a")
        process.stdin.write("b")
        process.communicate("\xe9")
    assert taken.getvalue() == whole
    taken = io.BytesIO()
    sprite.run(["cat"], stdin=iter("ab\xe9"), encoding="utf-16", stdout=taken)
    assert taken.getvalue() == whole


@pytest.mark.parametrize("plain", [False, True])
def test_a_source_that_is_not_read_to_its_end_is_closed(
    wire: Wire, sprite: Sprite, *, plain: bool
) -> None:
    """At once, and not when somebody collects garbage: it may hold a file."""
    closed = threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    def plain_pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.receive()
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    gc.disable()
    try:
        sprite.run(["head"], stdin=plain_pieces() if plain else pieces())
        wait_for(closed)
    finally:
        gc.enable()
