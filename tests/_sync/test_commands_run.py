# Written by scripts/unasync.py from tests/_async/test_commands_run.py. Do not edit.
"""`run`: what a finished command wrote, and how it ended."""

import io
import subprocess
import tracemalloc
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from sprites_facade import (
    CommandFailedError,
    CommandTimeoutError,
    Completed,
    ConfigurationError,
    Sprite,
    SpritesClient,
)
from tests.wire import Wire
from tests.ws_wire import EOF, ERR, OUT, Peer, command, websocket

pytestmark = pytest.mark.anyio


def test_outputs_are_apart_and_the_code_is_the_one_sent(wire: Wire, sprite: Sprite) -> None:
    """The exit frame decides the return code."""
    wire.then(command(OUT + b"one ", ERR + b"oops\n", OUT + b"two\n", code=7))
    assert sprite.run(["make", "all"]) == Completed(["make", "all"], 7, "one two\n", "oops\n")


def test_words_stay_words(wire: Wire, sprite: Sprite) -> None:
    """Nothing is split, joined or quoted on the way; servers' defaults are not relied on."""
    wire.then(command())
    sprite.run(["echo", "a b", "", "é&=?;'\""])
    (request,) = wire.requests
    assert request.line == "GET /v1/sprites/demo/exec"
    assert request.headers["authorization"] == "Bearer org/1/id/s3cret"
    assert request.query == {
        "cmd": ["echo", "a b", "", "é&=?;'\""],
        "path": ["echo"],
        "tty": ["false"],
        "stdin": ["false"],
    }


def test_a_text_is_for_a_shell(wire: Wire, sprite: Sprite) -> None:
    """Quotes in it are the shell's to read (J5)."""
    wire.then(command())
    done = sprite.run('echo "a b" | wc')
    assert done.args == 'echo "a b" | wc'
    assert wire.requests[0].query["cmd"] == ["bash", "-c", 'echo "a b" | wc']


def test_variables_are_added_to_an_environment(wire: Wire, sprite: Sprite) -> None:
    """On the wire they replace it, and without PATH no program is found."""
    wire.then(command(), command(), command(b"", tty=True))
    sprite.run(["x"], env={"A": "b=c", "HOME": "/tmp"}, cwd="/srv")
    sprite.run(["x"], env={"A": "b"}, replace_env=True)
    sprite.run(["x"], env={"A": "b"}, tty=True, size=(120, 40))
    added, replaced, terminal = (request.query for request in wire.requests)
    assert {"A=b=c", "HOME=/tmp", "USER=sprite", "LANG=C.UTF-8"} < set(added["env"])
    assert any(variable.startswith("PATH=") for variable in added["env"])
    assert not any(variable.startswith("TERM=") for variable in added["env"])
    assert added["dir"] == ["/srv"]
    assert replaced["env"] == ["A=b"]
    assert "TERM=xterm-256color" in terminal["env"]
    assert (terminal["tty"], terminal["cols"], terminal["rows"]) == (["true"], ["120"], ["40"])


def test_paths_mean_what_they_mean_for_files(wire: Wire, sprite: Sprite) -> None:
    """A relative folder begins at the home, and so does a path of the sprite among the words."""
    wire.always(command())
    sprite.run(["ls", sprite.path("a"), sprite.path("/b"), "c"], cwd="work/here")
    sprite.run(["ls"], cwd=sprite.path("work"))
    first, second = (request.query for request in wire.requests)
    assert first["cmd"] == ["ls", "/home/sprite/a", "/b", "c"]
    assert first["dir"] == ["/home/sprite/work/here"]
    assert second["dir"] == ["/home/sprite/work"]


def test_a_status_can_be_checked_later(wire: Wire, sprite: Sprite) -> None:
    """As that of `subprocess.CompletedProcess`."""
    wire.then(command(OUT + b"out", ERR + b"why", code=3), command())
    with pytest.raises(CommandFailedError) as caught:
        (sprite.run(["x"])).check_returncode()
    assert (caught.value.returncode, caught.value.stdout, caught.value.stderr) == (3, "out", "why")
    (sprite.run(["x"])).check_returncode()


def test_input_is_sent_and_ended(wire: Wire, sprite: Sprite) -> None:
    """Text is encoded; a command without input is told that there is none."""
    sent: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        sent.append(peer.input())
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script), websocket(script), websocket(script))
    sprite.run(["cat"], input="häh\n")
    sprite.run(["cat"], input=bytes(100_000), text=False)
    sprite.run(["cat"])
    assert sent == ["häh\n".encode(), bytes(100_000), b""]
    assert [request.query["stdin"] for request in wire.requests] == [["true"], ["true"], ["false"]]


def test_input_from_files_and_iterables(wire: Wire, sprite: Sprite, tmp_path: Path) -> None:
    """Whatever yields text or bytes will do."""
    sent: list[bytes] = []

    def script(peer: Peer) -> None:
        sent.append(peer.input())
        peer.exit(0)
        peer.receive_all()

    path = tmp_path / "data"
    path.write_bytes(b"from a file")
    wire.always(websocket(script))
    with path.open("rb") as file:
        sprite.run(["cat"], stdin=file)
    with path.open() as lines:
        sprite.run(["cat"], stdin=lines)
    sprite.run(["cat"], stdin=(piece for piece in ("a", "b", "ä")))
    sprite.run(["cat"], stdin=subprocess.DEVNULL)
    assert sent == [b"from a file", b"from a file", "abä".encode(), b""]


def test_check_raises_with_what_was_written(wire: Wire, sprite: Sprite) -> None:
    """The message holds no output, the error does."""
    wire.then(command(OUT + b"out", ERR + b"secret", code=2), command(code=0))
    with pytest.raises(CommandFailedError) as caught:
        sprite.run(["false"], check=True)
    error = caught.value
    assert (error.returncode, error.stdout, error.stderr) == (2, "out", "secret")
    assert "secret" not in str(error)
    assert (sprite.run(["true"], check=True)).returncode == 0


def test_characters_cut_by_frames_are_joined(wire: Wire, sprite: Sprite) -> None:
    """Decoding is incremental for each stream; what is no text is replaced, or raises."""
    euro = "€".encode()
    wire.always(command(OUT + euro[:1], ERR + euro[:2], OUT + euro[1:], ERR + euro[2:]))
    done = sprite.run(["x"])
    assert (done.stdout, done.stderr) == ("€", "€")
    wire.always(command(OUT + b"a\xffb" + euro[:2]))
    assert (sprite.run(["x"])).stdout == "a\ufffdb\ufffd"
    assert (sprite.run(["x"], text=False)).stdout == b"a\xffb" + euro[:2]
    assert (sprite.run(["x"], encoding="latin-1")).stdout == "aÿbâ\x82"
    with pytest.raises(UnicodeDecodeError):
        sprite.run(["x"], errors="strict")


def test_output_goes_to_files(wire: Wire, sprite: Sprite, tmp_path: Path) -> None:
    """Binary files get bytes and text files text, as it arrives (P17)."""
    wire.always(command(OUT + "ä".encode()[:1], OUT + "ä".encode()[1:], ERR + b"err"))
    binary, text = io.BytesIO(), io.StringIO()
    done = sprite.run(["x"], stdout=binary, stderr=text)
    assert (binary.getvalue(), text.getvalue()) == ("ä".encode(), "err")
    assert (done.stdout, done.stderr) == ("", "")
    raw = tmp_path / "raw"
    with raw.open("wb", buffering=0) as file:
        sprite.run(["x"], stdout=file)
    assert raw.read_bytes() == "ä".encode()


def test_output_goes_to_functions(wire: Wire, sprite: Sprite) -> None:
    """A function gets text or bytes, as was asked for; it may be a coroutine function."""
    wire.always(command(OUT + b"a", ERR + b"b", OUT + b"c"))
    pieces: list[Any] = []

    def take(piece: Any) -> None:
        pieces.append(piece)

    sprite.run(["x"], stdout=pieces.append, stderr=subprocess.DEVNULL)
    sprite.run(["x"], stdout=take, text=False)
    assert pieces == ["a", "c", b"a", b"c"]


def test_error_output_can_be_joined_in_order(wire: Wire, sprite: Sprite) -> None:
    """In the order of arrival (P32), which is the point of joining them."""
    wire.then(command(OUT + b"o1 ", ERR + b"e1 ", OUT + b"o2"))
    done = sprite.run(["x"], stderr=subprocess.STDOUT)
    assert (done.stdout, done.stderr) == ("o1 e1 o2", "")


def test_nothing_is_printed(wire: Wire, sprite: Sprite, capfd: pytest.CaptureFixture[str]) -> None:
    """Output that is asked for by nobody does not reach the caller's terminal (G9)."""
    wire.then(command(OUT + b"out", ERR + b"err"))
    sprite.run(["x"])
    assert capfd.readouterr() == ("", "")


def test_a_sink_keeps_memory_flat(wire: Wire, sprite: Sprite) -> None:
    """What went to a sink is not kept (P22)."""
    piece, count = bytes(64 * 1024), 1000

    def script(peer: Peer) -> None:
        for _ in range(count):
            peer.send(OUT + piece)
        peer.exit(0)
        peer.receive_all()

    got: list[int] = []
    wire.then(websocket(script))
    tracemalloc.start()
    try:
        sprite.run(["yes"], stdout=lambda data: got.append(len(data)), text=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(got) == len(piece) * count
    assert peak < 16 * 1024 * 1024


def test_a_terminal_is_one_stream(wire: Wire, sprite: Sprite) -> None:
    """Its bytes have no frame, and its end is a text."""
    wire.then(command(b"\x01\x02\x03raw\r\n", code=5, tty=True))
    done = sprite.run(["x"], tty=True, text=False)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"\x01\x02\x03raw\r\n", b"")


def test_a_timeout_kills_and_keeps_the_output(wire: Wire, sprite: Sprite) -> None:
    """The command is told to end, by the message that the server said it knows (P19)."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"partial")
        peer.send(ERR + b"why")
        taken.extend([peer.receive(), peer.receive()])
        peer.send(OUT + b" last")
        peer.exit(137)
        peer.receive_all()

    wire.then(websocket(script))
    with pytest.raises(CommandTimeoutError) as caught:
        sprite.run(["sleep", "100"], timeout=0.2)
    error = caught.value
    assert (error.timeout, error.stdout, error.stderr) == (0.2, "partial last", "why")
    assert taken == [EOF, '{"type": "signal", "signal": "KILL"}']
    assert isinstance(error, TimeoutError)


def test_a_command_by_name(wire: Wire, client: SpritesClient) -> None:
    """The client has the same methods, with the sprite's name first."""
    wire.always(command(OUT + b"hi"))
    assert (client.run("demo", ["x"], text=False)).stdout == b"hi"
    with client.start("demo", ["x"]) as process:
        assert process.communicate() == ("hi", "")


def test_the_path_of_a_program(wire: Wire, sprite: Sprite) -> None:
    """As `subprocess` takes it."""
    wire.then(command(), command())
    sprite.run(sprite.path("bin/tool"))
    sprite.run(PurePosixPath("/bin/ls"))
    sent = [request.query["cmd"] for request in wire.requests]
    assert sent == [["/home/sprite/bin/tool"], ["/bin/ls"]]


def test_paths_of_another_sprite(wire: Wire, sprite: Sprite, client: SpritesClient) -> None:
    """They would mean something else here."""
    other = client.sprite("other").path("a")
    for attempt in (
        lambda: sprite.run(["cat", other]),
        lambda: sprite.run(other),
        lambda: sprite.run(["cat"], cwd=other),
        lambda: client.run_http("demo", ["cat", other]),
        lambda: client.run_http("demo", ["cat"], cwd=other),
    ):
        with pytest.raises(ConfigurationError, match=r"'a' is a path of 'other', not of 'demo'"):
            attempt()
    assert wire.requests == []


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("capture_output", "output is kept"),
        ("shell", "a text is run by a shell"),
        ("universal_newlines", "use text="),
        ("bufsize", "no option 'bufsize' here$"),
    ],
)
def test_options_of_subprocess_that_are_none(
    wire: Wire, sprite: Sprite, option: str, hint: str
) -> None:
    with pytest.raises(TypeError, match=hint):
        sprite.run(["x"], **{option: True})
    with pytest.raises(TypeError, match=hint):
        sprite.start(["x"], **{option: True})
    assert wire.requests == []


def test_no_encoding_of_texts(sprite: Sprite) -> None:
    for options in {"encoding": "hex"}, {"encoding": None}, {"errors": 1}:
        with pytest.raises(ConfigurationError, match="encoding or errors"):
            sprite.run(["x"], **options)


def test_a_failure_tells_where_to_look(wire: Wire, sprite: Sprite) -> None:
    wire.then(command(ERR + b"why", code=3), command(OUT + b"why", code=3), command(code=3))
    for stderr, where in (None, "; see .stderr"), (subprocess.STDOUT, "; see .stdout"), (None, ""):
        with pytest.raises(CommandFailedError, match=f"^the command exited with status 3{where}$"):
            sprite.run(["x"], check=True, stderr=stderr)
