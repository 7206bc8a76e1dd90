"""Files of a sprite can be given to libraries that want files of `io`."""

import csv
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator

import pytest

from sprites_facade import Files, SpritesClient
from tests.file_wire import FileServer
from tests.wire import Wire


@pytest.fixture
def there() -> FileServer:
    return FileServer({}, {"/"})


@pytest.fixture
def files(there: FileServer) -> Iterator[Files]:
    with Wire() as wire, SpritesClient("token", base_url=wire.url, timeout=10) as client:
        wire.always(there)
        yield client.sprite("demo").files


def test_archives(files: Files, there: FileServer) -> None:
    """They are written in one go and read from their end."""
    with files.open("/a.zip", "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one", b"1" * 100_000, zipfile.ZIP_DEFLATED)
        archive.writestr("two", b"2")
    assert zipfile.ZipFile(io.BytesIO(there.files["/a.zip"])).testzip() is None
    with files.open("/a.zip", "rb") as reader, zipfile.ZipFile(reader) as archive:
        assert archive.read("two") == b"2"
        assert archive.read("one") == b"1" * 100_000


def test_streamed_archives(files: Files) -> None:
    """A tar is written and read without going back."""
    with files.open("/a.tar", "wb") as file, tarfile.open(fileobj=file, mode="w|gz") as archive:
        member = tarfile.TarInfo("one")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    with files.open("/a.tar", "rb") as reader, tarfile.open(fileobj=reader, mode="r|*") as archive:
        assert [member.name for member in archive] == ["one"]


def test_texts(files: Files, there: FileServer) -> None:
    """Tables and documents."""
    with files.open("/a.csv", "w", newline="") as file:
        csv.writer(file).writerows([["a", "b"], ["é", "1\n2"]])
    assert there.files["/a.csv"] == 'a,b\r\né,"1\n2"\r\n'.encode()
    with files.open("/a.csv", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["é", "1\n2"]]
    with files.open("/a.json", "w") as file:
        json.dump({"a": [1, 2]}, file)
    with files.open("/a.json", "rb") as reader:
        assert json.load(reader) == {"a": [1, 2]}


def test_copying(files: Files, there: FileServer) -> None:
    """Between files of this machine, of the sprite, and buffers of `io`."""
    there.files["/a"] = bytes(range(256)) * 1000
    with files.open("/a", "rb") as reader, files.open("/b", "wb") as writer:
        shutil.copyfileobj(reader, writer)
    assert there.files["/b"] == there.files["/a"]
    with io.BufferedReader(files.open("/b", "rb"), 1000) as buffered:  # type: ignore[arg-type]
        assert buffered.read(3) == b"\x00\x01\x02"
    with files.open("/b", "rb") as reader:
        target = bytearray(300)
        assert reader.readinto(target) == 300
        assert target == there.files["/a"][:300]
