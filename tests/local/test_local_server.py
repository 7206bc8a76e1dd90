"""The servers that code starts."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sprites_facade import ConfigurationError
from sprites_facade.testing import AsyncLocalServer, LocalServer, LocalServerError
from sprites_local.server import Settings, open_socket

if TYPE_CHECKING:
    from sprites_facade.testing._servers import Engine

ENGINE: Engine = "portable"
"""The tier that starts fastest: these tests run no commands."""


def test_a_server_answers_inside_and_is_gone_outside() -> None:
    with LocalServer(engine=ENGINE) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        headers = {"Authorization": f"Bearer {server.token}"}
        assert httpx.get(f"{server.url}/v1/sprites", headers=headers).status_code == 200
        url = server.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(ValueError, match="not running"):
        _ = server.url


def test_the_client_works() -> None:
    with LocalServer(engine=ENGINE) as server, server.client() as client:
        client.create_sprite("hello")
        assert [info.name for info in client.list_sprites()] == ["hello"]


@pytest.mark.parametrize("inherited", [False, True])
def test_no_answer_waits_for_the_one_before_to_be_acknowledged(
    tmp_path: Path, inherited: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as given:
        fd = given.detach() if inherited else None
        with (
            open_socket(Settings(tmp_path, fd=fd)) as listener,
            socket.create_connection(listener.getsockname()),
            listener.accept()[0] as accepted,
        ):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("engine", ["auto", "rootless"])
def test_the_network_of_sprites_is_what_was_asked_for(engine: Any) -> None:
    with pytest.raises(LocalServerError, match="not reached from a sprite in any case"):
        LocalServer(engine=ENGINE, allow_networks=["127.0.0.0/8"]).start()
    with pytest.raises(LocalServerError, match="a domain is a host"):
        LocalServer(engine=ENGINE, default_domains=["of.this", "no domain"]).start()
    for names in ({"allow_networks": "10.0.0.0/8"}, {"default_domains": "example.com"}):
        with pytest.raises(ConfigurationError, match="is a list, not a text"):
            LocalServer(engine=ENGINE, **names)  # type: ignore[arg-type]
    shown = {}
    for network in ("public", "off"):
        local = LocalServer(engine=engine, network=network)  # type: ignore[arg-type]
        with local as server, server.client() as client:
            if server.tier == "portable":
                pytest.skip("without namespaces the network is this machine's")
            client.create_sprite("one")
            shown[network] = client.run("one", ["ip", "route"], check=True).stdout
    assert "default" in shown["public"]
    assert shown["off"] == ""


def test_neither_repr_nor_error_shows_the_token(tmp_path: Path) -> None:
    token = "local/secret-token"
    server = LocalServer(engine=ENGINE, token=token, data_dir=tmp_path)
    assert token not in repr(server)
    with server:
        assert server.token == token
        assert token not in repr(server)
        with pytest.raises(LocalServerError) as failed:
            LocalServer(engine=ENGINE, token=token, data_dir=tmp_path).start()
    assert token not in str(failed.value)
    assert not (tmp_path / "token").exists()


def test_an_empty_token_is_none() -> None:
    """As an unset variable is; the command line refuses it too."""
    with pytest.raises(ConfigurationError, match="token is empty"):
        LocalServer(engine=ENGINE, token="")


def test_the_token_is_on_no_command_line(tmp_path: Path) -> None:
    with LocalServer(engine=ENGINE, data_dir=tmp_path) as server:
        lines = [
            path.read_bytes()
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if path.parent.name != str(os.getpid()) and path.exists()
        ]
    assert str(tmp_path).encode() in b"".join(lines)
    assert server.token.encode() not in b"".join(lines)


def test_a_temporary_directory_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with LocalServer(engine=ENGINE), LocalServer(engine=ENGINE):
        assert len(list(tmp_path.glob("sprites-local-*"))) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_given_directory_is_kept(tmp_path: Path) -> None:
    with LocalServer(engine=ENGINE, data_dir=tmp_path / "deep" / "data"):
        pass
    assert (tmp_path / "deep" / "data" / "state.db").exists()


def test_a_server_can_be_started_again() -> None:
    server = LocalServer(engine=ENGINE)
    for _ in range(2):
        with server:
            assert server.url
            with pytest.raises(ValueError, match="running already"):
                server.start()
    server.stop()


def test_several_start_at_once() -> None:
    with ThreadPoolExecutor(3) as pool:
        servers = list(pool.map(lambda _: LocalServer(engine=ENGINE).start(), range(3)))
    try:
        assert len({server.url for server in servers}) == 3
    finally:
        for server in servers:
            server.stop()


def test_an_engine_that_cannot_run_is_told_with_the_reason() -> None:
    with pytest.raises(LocalServerError, match="ended with code 2:"):
        LocalServer(engine="none").start()  # type: ignore[arg-type]


def test_a_start_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(LocalServerError, match=r"not ready after 0\.01 s"):
        LocalServer(engine=ENGINE, startup_timeout=0.01).start()


@pytest.mark.anyio
async def test_the_asynchronous_server_and_its_client() -> None:
    async with AsyncLocalServer(engine=ENGINE) as server, server.client() as client:
        await client.create_sprite("hello")
        assert [info.name async for info in client.list_sprites()] == ["hello"]


@pytest.mark.anyio
async def test_the_loop_runs_on_while_a_server_starts() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    beating = asyncio.ensure_future(beat())
    async with AsyncLocalServer(engine=ENGINE):
        assert beats > 100
    beating.cancel()


@pytest.mark.anyio
async def test_a_cancelled_start_leaves_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spawned = asyncio.Event()
    loop = asyncio.get_running_loop()
    processes: list[subprocess.Popen[bytes]] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            processes.append(self)
            loop.call_soon_threadsafe(spawned.set)

    monkeypatch.setattr("subprocess.Popen", Seen)
    starting = asyncio.ensure_future(AsyncLocalServer(engine=ENGINE).start())
    async with asyncio.timeout(20):
        await spawned.wait()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert processes[0].poll() is not None
    assert not os.listdir(tmp_path)  # noqa: PTH208 - nothing here waits for the disk
