"""Changes of files that Ctrl-C meets leave nothing of ours behind."""

import signal
import threading

import pytest
from attrs import define, field

from sprites_facade import SpritesClient
from sprites_facade._core.files import WRITE_LIMIT
from tests.file_wire import FileServer
from tests.wire import Exchange, Wire, wait_for


@define
class Slow(FileServer):
    """Writes what it was sent a while after its client has gone."""

    abandoned: threading.Event = field(factory=threading.Event)
    written: threading.Event = field(factory=threading.Event)

    def on_write(self, exchange: Exchange, path: str) -> None:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        wait_for(self.abandoned)
        self.files[path] = exchange.request.body
        self.written.set()

    def on_delete(self, exchange: Exchange, path: str) -> None:
        super().on_delete(exchange, path)
        self.abandoned.set()

    def settle(self, _: float) -> None:
        """Be the time that the client gives the server."""
        self.abandoned.set()
        wait_for(self.written)


def test_a_part_that_was_under_way_is_removed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may write it after the connection has ended."""
    there = Slow({}, {"/"})
    monkeypatch.setattr("sprites_facade._sync.files_changing.sleep", there.settle)
    with Wire() as wire, SpritesClient("token", base_url=wire.url, timeout=10) as client:
        wire.always(there)
        with pytest.raises(KeyboardInterrupt):
            client.files("demo").write_bytes("/big", bytes(WRITE_LIMIT + 1))
        wait_for(there.written)
    assert there.files == {}


def test_the_placeholder_of_a_directory_is_removed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hidden file would keep the directory from being removed."""
    there = Slow({}, {"/", "/app"})
    monkeypatch.setattr("sprites_facade._sync.files_changing.sleep", there.settle)
    with Wire() as wire, SpritesClient("token", base_url=wire.url, timeout=10) as client:
        wire.always(there)
        with pytest.raises(KeyboardInterrupt):
            client.files("demo").mkdir("/app/new")
        wait_for(there.written)
    assert there.files == {}
