"""How guardians wait for a next server: told by the lock of the data directory."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sprites_local.init import succession
from sprites_local.init.succession import Succession


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(succession, "time", clock)
    return clock


def hold(path: Path, owner: str) -> int:
    """Be a server."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    os.pwrite(lock, owner.encode(), 0)
    return lock


@contextmanager
def guardian(directory: Path, seconds: float = 10, user: int = -1) -> Iterator[Succession]:
    """Have a guardian whose server is gone."""
    server = hold(directory / "lock", "first")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / "socket"))
    file = os.open(directory / "lock", os.O_RDONLY)
    user = os.geteuid() if user < 0 else user
    made = Succession(listener.detach(), file, server, seconds, user)
    with made.listener:
        yield made
    os.close(file)


@pytest.fixture
def orphan(tmp_path: Path, clock: Clock) -> Iterator[Succession]:
    """A guardian whose server is gone, with ten seconds to wait."""
    with guardian(tmp_path) as made:
        assert made.begin()
        yield made


def test_nobody_is_waited_for_without_time(tmp_path: Path) -> None:
    with guardian(tmp_path, seconds=0) as made:
        assert not made.begin()


def test_the_lock_is_the_dead_servers_until_its_guardians_listen(tmp_path: Path) -> None:
    with guardian(tmp_path) as made:
        with pytest.raises(BlockingIOError):
            hold(tmp_path / "lock", "second")
        made.begin()
        os.close(hold(tmp_path / "lock", "second"))


def test_it_is_over_when_nobody_came(tmp_path: Path, orphan: Succession, clock: Clock) -> None:
    """And nobody can come any more; other guardians may end beside it."""
    clock.now = 9
    assert not orphan.is_over()
    clock.now = 11
    assert orphan.is_over()
    with pytest.raises(BlockingIOError):
        hold(tmp_path / "lock", "second")
    file = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    os.close(file)


def test_a_server_that_is_there_is_waited_for(
    tmp_path: Path, orphan: Succession, clock: Clock
) -> None:
    """Also one that could not write its name."""
    lock = os.open(tmp_path / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    clock.now = 100
    assert not orphan.is_over()
    os.close(lock)
    assert orphan.is_over()


def test_each_server_that_came_has_its_time(
    tmp_path: Path, orphan: Succession, clock: Clock
) -> None:
    clock.now = 9
    os.close(hold(tmp_path / "lock", "second"))
    assert not orphan.is_over()
    clock.now = 18
    assert not orphan.is_over()
    clock.now = 20
    assert orphan.is_over()


def test_a_server_that_came_at_the_last_moment_is_seen(
    tmp_path: Path, orphan: Succession, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the name and the lock."""
    real = fcntl.flock

    def come_first(file: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        os.close(hold(tmp_path / "lock", "second"))
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", come_first)
    clock.now = 11
    assert not orphan.is_over()
    os.close(hold(tmp_path / "lock", "third"))  # the lock was given back


def test_only_a_server_of_the_same_user_may_come(tmp_path: Path) -> None:
    with (
        guardian(tmp_path, user=os.geteuid() + 1) as made,
        socket.socket(socket.AF_UNIX) as sock,
    ):
        made.begin()
        sock.connect(made.listener.getsockname())
        assert made.accept() is None
        assert sock.recv(1) == b""


def test_who_is_taken_up_holds_the_next_servers_lock(tmp_path: Path, orphan: Succession) -> None:
    server = hold(tmp_path / "lock", "second")
    orphan.take_up(os.dup(server), 5)
    os.close(server)
    with pytest.raises(BlockingIOError):
        hold(tmp_path / "lock", "third")
    orphan.begin()
    os.close(hold(tmp_path / "lock", "third"))
