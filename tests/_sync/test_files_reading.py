# Written by scripts/unasync.py from tests/_async/test_files_reading.py. Do not edit.
"""Files as file objects to read from, over connections that break."""

import io
import json

import pytest

from sprites_facade import (
    APIConnectionError,
    APIResponseError,
    FileReader,
    FileSystemError,
    Sprite,
    TextFile,
)
from tests.file_wire import BINARY, FileServer
from tests.wire import Exchange, Handler, Wire

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 8
TEXT = "eins\r\nzwei é\rdrei\n\nvier"


def server(data: bytes = DATA, **options: object) -> FileServer:
    return FileServer({"/f": data}, {"/"}, **options)  # type: ignore[arg-type]


def breaking(there: FileServer, after: int) -> Handler:
    """Answer a read as another server would, but break off after so many bytes."""

    def handler(exchange: Exchange) -> None:
        start = int(exchange.request.headers.get("range", "bytes=0-")[6:].partition("-")[0])
        rest = there.files["/f"][start:]
        span = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"} if start else {}
        exchange.head(206 if start else 200, BINARY, {"Content-Length": str(len(rest)), **span})
        exchange.send(rest[:after])
        exchange.close()

    return handler


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_read_goes_on_where_it_broke(wire: Wire, sprite: Sprite, ranges: bool) -> None:
    """S3: with ranges only the rest is sent again, without them the beginning is skipped."""
    there = server(ranges=ranges)
    wire.then(there, breaking(there, 100))
    wire.always(there)
    with sprite.files.open("/f", "rb") as file:
        assert file.read() == DATA
    reads = [request for request in wire.requests if request.path.endswith("read")]
    assert [request.headers.get("range") for request in reads] == [None, "bytes=100-"]


def test_a_read_that_breaks_again_and_again_goes_on(wire: Wire, sprite: Sprite) -> None:
    """As long as something comes; each piece has its tries."""
    there = server()
    breaks = [breaking(there, 600), there] * 2  # each is followed by a look at the file
    wire.then(there, *breaks)
    wire.always(there)
    with sprite.files.open("/f", "rb") as file:
        assert file.read() == DATA


def test_a_read_without_progress_ends(wire: Wire, sprite: Sprite) -> None:
    """The tries are counted."""
    there = server()
    wire.then(there, *[breaking(there, 0), there] * 4)
    with sprite.files.open("/f", "rb") as file:
        with pytest.raises(APIConnectionError):
            file.read()


@pytest.mark.parametrize("change", ["mtime", "size"])
def test_a_file_that_changed_is_not_pieced_together(
    wire: Wire, sprite: Sprite, change: str
) -> None:
    """Half of the old and half of the new would be neither."""
    there = server()

    def change_and_list(exchange: Exchange) -> None:
        if change == "mtime":
            there.mtime = "2026-02-01T00:00:00Z"
        else:
            there.files["/f"] = DATA + b"more"
        there(exchange)

    wire.then(there, breaking(there, 100), change_and_list)
    wire.always(there)
    with sprite.files.open("/f", "rb") as file:
        with pytest.raises(FileSystemError, match="changed while it was read") as caught:
            file.read()
    assert caught.value.code == "ESTALE"


def test_a_file_that_ends_early_is_not_whole(wire: Wire, sprite: Sprite) -> None:
    """A chunked answer has no length, but the list said how long the file is."""
    there = server()

    def short(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        exchange.chunk(DATA[:50])
        exchange.end()

    wire.then(there, short)
    with sprite.files.open("/f", "rb") as file:
        with pytest.raises(FileSystemError, match="changed while it was read"):
            file.read()


def test_another_part_than_the_one_asked_for_is_refused(wire: Wire, sprite: Sprite) -> None:
    """It would be taken for the right one."""
    there = server()

    def wrong(exchange: Exchange) -> None:
        span = {"Content-Range": f"bytes 200-299/{len(DATA)}"}
        exchange.reply(206, DATA[200:300], headers=span, content_type=BINARY)

    wire.then(there, wrong)
    with sprite.files.open("/f", "rb") as file:
        file.seek(100)
        with pytest.raises(APIResponseError, match="another part"):
            file.read()


def test_reading_as_from_a_local_file(wire: Wire, sprite: Sprite) -> None:
    """The same calls give the same results as with `io`."""
    wire.always(server())
    local = io.BytesIO(DATA)
    with sprite.files.open("/f", "rb") as file:
        assert isinstance(file, FileReader)
        assert (file.name, file.mode, file.readable(), file.writable()) == ("/f", "rb", True, False)
        for size in (0, 1, 300, None):
            assert file.read(size) == local.read(size)
            assert file.tell() == local.tell()
        for place, whence in ((10, 0), (5, 1), (-20, 2), (0, 2), (5000, 0), (2, 0)):
            assert file.seek(place, whence) == local.seek(place, whence)
            assert file.read(7) == local.read(7)
        file.seek(0)
        local.seek(0)
        assert file.readline() == local.readline()
        assert file.readline(3) == local.readline(3)
        assert [line for line in file] == list(local)
        for place, whence in ((-1, 0), (0, 7)):
            with pytest.raises(ValueError):
                file.seek(place, whence)
    assert file.closed
    with pytest.raises(ValueError):
        file.read()


@pytest.mark.parametrize("newline", [None, "", "\n", "\r", "\r\n"])
def test_text_has_lines_as_local_text_has(wire: Wire, sprite: Sprite, newline: str | None) -> None:
    """Whatever ends a line, and wherever the wire cuts."""
    there = server(TEXT.encode())

    def slowly(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        for byte in TEXT.encode():
            exchange.chunk(bytes([byte]))
        exchange.end()

    wire.then(there, slowly, there, slowly)
    local = io.TextIOWrapper(io.BytesIO(TEXT.encode()), "utf-8", newline=newline)
    with sprite.files.open("/f", newline=newline) as file:
        assert isinstance(file, TextFile)
        assert [line for line in file] == list(local)
        assert file.readline() == ""
    local.seek(0)
    with sprite.files.open("/f", newline=newline) as file:
        for size in (1, 7, -1):
            assert file.read(size) == local.read(size)


def test_text_that_cannot_be_decoded(wire: Wire, sprite: Sprite) -> None:
    """As with `open`: an error, or what the error handler makes of it."""
    wire.always(server(b"a\xff"))
    with sprite.files.open("/f") as file:
        with pytest.raises(UnicodeDecodeError):
            file.read()
    with sprite.files.open("/f", errors="replace") as file:
        assert file.read() == "a\ufffd"


def test_opening_what_is_no_file(wire: Wire, sprite: Sprite) -> None:
    """It fails when it is opened, not when it is read."""
    there = server()
    there.directories.add("/d")
    wire.always(there)
    with pytest.raises(IsADirectoryError):
        sprite.files.open("/d", "rb")
    with pytest.raises(FileNotFoundError):
        sprite.files.open("/nothing")


def test_json_can_be_loaded_from_it(wire: Wire, sprite: Sprite) -> None:
    """A whole text at once is the most usual case."""
    wire.always(server(b'{"a": [1]}'))
    with sprite.files.open("/f") as file:
        assert json.loads(file.read()) == {"a": [1]}


def test_a_file_without_a_size_is_read_to_its_end(wire: Wire, sprite: Sprite) -> None:
    """Files of the kernel say 0 and have content."""
    there = server(b"")

    def content(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        exchange.chunk(b"MemTotal: 1 kB\n")
        exchange.end()

    wire.then(there, content)
    with sprite.files.open("/f") as file:
        assert file.read() == "MemTotal: 1 kB\n"
