"""The contract run itself: it passes on the local server, and it finds servers that break it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sprites_contract.cli import not_served
from sprites_contract.document import operations
from sprites_facade.testing import LocalServer
from tests.contract.proxy import Call, Fault, Reply, Send, broken

NAME = re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for this module."""
    with LocalServer() as server:
        yield server


def contract(*arguments: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the contract as a user would."""
    environment = {key: value for key, value in os.environ.items() if key != "TOKEN"}
    if token:
        environment["TOKEN"] = token
    command = [sys.executable, str(ROOT / "scripts" / "contract.py"), *arguments]
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


@pytest.mark.timeout(180)
def test_the_local_server_keeps_the_contract(tmp_path: Path) -> None:
    """A short run over every operation that is served finds nothing."""
    result = contract(
        "--phases",
        "examples,coverage",
        "--programs",
        "3",
        "--budget",
        "150",
        "--reports",
        str(tmp_path),
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "junit.xml").exists()


def test_another_server_needs_a_token(server: LocalServer) -> None:
    """Nothing is sent without a token, and the refusal says how to give one."""
    result = contract("--url", server.url)

    assert result.returncode == 1
    assert "set TOKEN" in result.stderr


@pytest.mark.timeout(120)
def test_a_run_cleans_up_and_spares_the_rest(server: LocalServer, tmp_path: Path) -> None:
    """Sprites of the run are gone afterwards, all others are untouched."""
    with server.client() as client:
        client.create_sprite("innocent")
        result = contract(
            "--url", server.url, "--only", "create_sprite", "--only", "delete_sprite",
            "--rate", "500/s", "--phases", "examples,fuzzing", "--examples", "5",
            "--reports", str(tmp_path), token=server.token,
        )  # fmt: skip

        assert result.returncode == 0, result.stdout
        assert {"innocent"} == {info.name for info in client.list_sprites()}


@contextmanager
def logged(server: LocalServer) -> Iterator[tuple[str, list[Call]]]:
    """Yield a way to the server on which everything is noted."""
    calls: list[Call] = []

    async def note(call: Call, send: Send) -> Reply:
        calls.append(call)
        return await send(call)

    with broken(server.url, server.token, Fault("none", ".*", note)) as url:
        yield url, calls


@pytest.mark.timeout(120)
def test_a_run_elsewhere_keeps_to_its_own_sprites(server: LocalServer, tmp_path: Path) -> None:
    """No request to another server names a sprite of somebody else, or uses an odd method."""
    only = ["list_sprites", "get_sprite", "create_sprite", "delete_sprite", "delete_checkpoint"]
    with server.client() as client, logged(server) as (url, calls):
        client.create_sprite("precious")
        result = contract(
            "--url", url, "--rate", "500/s", "--parts", "http", "--examples", "10",
            "--reports", str(tmp_path), *(f"--only={name}" for name in only), token=server.token,
        )  # fmt: skip

    assert result.returncode == 0, result.stdout
    named = [match[1] for call in calls if (match := re.match("/v1/sprites/([^/]+)", call.path))]
    strangers = {name for name in named if not name.startswith("contract-")}
    assert len(named) > 20
    assert not [name for name in strangers if NAME.fullmatch(name)]
    assert {call.method for call in calls} <= {"GET", "PUT", "POST", "DELETE"}


@pytest.mark.timeout(120)
def test_laws_elsewhere_leave_nothing(server: LocalServer, tmp_path: Path) -> None:
    """The laws and the conversations make sprites and sessions elsewhere, and none stays."""
    result = contract(
        "--url", server.url, "--parts", "sockets,laws", "--programs", "1", "--examples", "5",
        "--rate", "500/s", "--reports", str(tmp_path), token=server.token,
    )  # fmt: skip

    assert result.returncode == 0, result.stdout
    with server.client() as client:
        assert [info.name for info in client.list_sprites(prefix="contract-")] == []


@pytest.mark.timeout(120)
def test_a_run_that_only_reads_changes_nothing(server: LocalServer, tmp_path: Path) -> None:
    """With --read-only nothing but GET and HEAD is sent, and one sprite is looked at."""
    with server.client() as client, logged(server) as (url, calls):
        client.create_sprite("looked-at").files.write_text("/home/sprite/app.py", "1\n")
        client.create_sprite("not-looked-at")
        result = contract(
            "--url", url, "--read-only", "--sprite", "looked-at", "--rate", "500/s",
            "--phases", "examples,coverage,stateful", "--reports", str(tmp_path),
            "--only=list_sprites", "--only=get_sprite", "--only=read_file", "--only=create_sprite",
            token=server.token,
        )  # fmt: skip

    assert result.returncode == 0, result.stdout
    assert {call.method for call in calls} <= {"GET", "HEAD"}
    assert not [call for call in calls if "not-looked-at" in call.path]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_cleans_up(
    server: LocalServer, tmp_path: Path, end: signal.Signals
) -> None:
    """Sprites of the run are gone after Ctrl-C and even a kill, and all others are untouched."""
    seen = threading.Event()

    async def note(call: Call, send: Send) -> Reply:
        if "/checkpoints/" in call.path:
            seen.set()
        return await send(call)

    bystander = f"contract-{end.value}"
    with server.client() as client, broken(server.url, server.token, Fault("", ".*", note)) as url:
        client.create_sprite(bystander)
        command = [sys.executable, str(ROOT / "scripts" / "contract.py"), "--url", url]
        command += ["--rate", "500/s", "--reports", str(tmp_path)]
        with subprocess.Popen(
            command,
            env={**os.environ, "TOKEN": server.token},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert seen.wait(30)
                made = {info.name for info in client.list_sprites(prefix="contract-")}
                process.send_signal(end)
                # It ends with the last process that holds it: the run, or who cleans up after it.
                _, said = process.communicate(timeout=60)
            finally:
                process.kill()

        assert process.returncode in {-end, 128 + end}
        assert made > {bystander}
        assert [info.name for info in client.list_sprites(prefix="contract-")] == [bystander]
        client.delete_sprite(bystander)
    assert ("all are deleted" in said) == (end == signal.SIGKILL), said
    assert "Traceback" not in said
    assert server.token not in said


def test_the_list_of_missing_operations_is_true(server: LocalServer) -> None:
    """Exactly the operations listed as not served are unknown to the server."""
    missing = set()
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}
    ) as http:
        for operation in filter(lambda each: each.is_http, operations().values()):
            path = re.sub(r"\{\w+\}", "nobody", operation.path)
            answer = http.request(operation.method, path)
            if answer.status_code in {404, 405} and answer.text == json.dumps(
                {"error": "not found"}, separators=(",", ":")
            ):
                missing.add(operation.id)

    assert not_served() == missing
