"""The contract run itself: it passes on the local server, and it finds servers that break it."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from sprites_contract.cli import not_served
from sprites_contract.document import operations
from sprites_facade.testing import LocalServer
from tests.contract.proxy import Call, Fault, Noted, Reply, Send, broken

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
    told = json.loads((tmp_path / "verdict.json").read_text())
    assert told["drift"]["undocumented"] == []


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


def told(stderr: str) -> list[str]:
    """Return what a run says of its progress, so that nobody takes a long one for dead."""
    return [line for line in stderr.splitlines() if line.startswith("contract:")]


def strangers(log: list[Noted]) -> set[str]:
    """Return the sprites that are none of the run's, of names that a sprite can have."""
    named = [match[1] for each in log if (match := re.match("/v1/sprites/([^/]+)", each.path))]
    assert len(named) > 20
    return {name for name in named if NAME.fullmatch(unquote(name)) and name[:9] != "contract-"}


@pytest.mark.timeout(240)
def test_a_run_elsewhere_keeps_to_its_own_sprites_and_its_pace(
    server: LocalServer, tmp_path: Path
) -> None:
    """No request of any part names somebody's sprite, has an odd method, or comes too soon."""
    log: list[Noted] = []
    per_second = 80
    only = ["list_sprites", "get_sprite", "delete_sprite", "kill_session", "watch_ports"]
    with server.client() as client, broken(server.url, server.token, log=log) as url:
        client.create_sprite("precious")
        result = contract(
            "--url", url, "--rate", f"{per_second}/s", "--parts", "http,sockets",
            "--examples", "5", "--reports", str(tmp_path),
            *(f"--only={name}" for name in only), token=server.token,
        )  # fmt: skip

    assert result.returncode == 0, result.stdout
    assert told(result.stderr) == [
        f"contract: proving {url}, at most {per_second}/s requests",
        "contract: http ...",
        "contract: sockets ...",
    ]
    assert strangers(log) == set()
    assert {each.method for each in log} == {"GET", "PUT", "POST", "DELETE", "WEBSOCKET"}
    # What is on its way together may arrive together, so not every gap tells, but every hundred.
    spans = [later.when - each.when for each, later in zip(log, log[100:], strict=False)]
    assert len(spans) > 100
    assert min(spans) > 0.9 * 100 / per_second


@pytest.mark.timeout(120)
def test_a_server_that_says_later_is_asked_later(server: LocalServer, tmp_path: Path) -> None:
    """429 is waited out by every part of the run, and is no finding."""
    count = itertools.count(1)

    async def refuse_some(call: Call, send: Send) -> Reply:
        if next(count) % 10:
            return await send(call)
        body, headers = b'{"error":"rate_limited"}', {"content-type": "application/json"}
        return Reply(429, body, {**headers, "retry-after": "0"})

    with broken(server.url, server.token, Fault("later", ".*", refuse_some)) as url:
        result = contract(
            "--url", url, "--rate", "500/s", "--phases", "examples,coverage", "--programs", "0",
            "--only=create_sprite", "--only=create_checkpoint", "--only=watch_ports",
            "--reports", str(tmp_path), token=server.token,
        )  # fmt: skip

    assert result.returncode == 0, result.stdout
    assert next(count) > 100


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


@pytest.mark.timeout(240)
def test_a_run_that_only_reads_changes_nothing(server: LocalServer, tmp_path: Path) -> None:
    """With --read-only nothing but GET and HEAD is sent, in no part, and one sprite is seen."""
    log: list[Noted] = []
    with server.client() as client, broken(server.url, server.token, log=log) as url:
        client.create_sprite("looked-at").files.write_text("/home/sprite/app.py", "1\n")
        client.create_sprite("not-looked-at")
        result = contract(
            "--url", url, "--read-only", "--sprite", "looked-at", "--rate", "500/s",
            "--examples", "3", "--reports", str(tmp_path), token=server.token,
        )  # fmt: skip

    assert result.returncode == 0, result.stdout
    assert {each.method for each in log} == {"GET", "HEAD", "WEBSOCKET"}
    assert {each.path for each in log if each.method == "WEBSOCKET"} <= {
        "/v1/sprites/looked-at/ports/watch",
        "/v1/sprites/looked-at-stranger/ports/watch",
    }
    assert strangers(log) == {"looked-at", "looked-at-stranger"}


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
