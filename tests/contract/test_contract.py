"""The contract run itself: it passes on the local server, and it finds servers that break it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sprites_contract.cli import not_served
from sprites_contract.document import operations
from sprites_facade.testing import LocalServer
from tests.contract.serving import serve_app

ROOT = Path(__file__).resolve().parent.parent.parent
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
Mutation = Callable[[Request, bytes], bytes]


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
        "--phases", "examples,coverage", "--budget", "150", "--reports", str(tmp_path)
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "junit.xml").exists()


def test_another_server_needs_a_token(server: LocalServer) -> None:
    """Nothing is sent without a token, and the refusal says how to give one."""
    result = contract("--url", server.url)

    assert result.returncode == 1
    assert "set TOKEN" in result.stderr


def cut_the_end(_request: Request, body: bytes) -> bytes:
    """Lose the terminal event of a stream."""
    return b"".join(line for line in body.splitlines(keepends=True) if b'"complete"' not in line)


def complete_early(_request: Request, body: bytes) -> bytes:
    """Report completion first and carry on."""
    *progress, last = body.splitlines(keepends=True)
    return b"".join([last, *progress])


def spoil_a_line(_request: Request, body: bytes) -> bytes:
    """Send one event without its type."""
    return re.sub(rb'"type":"info",', b"", body, count=1)


@contextmanager
def mutant(server: LocalServer, path: str, change: Mutation) -> Iterator[str]:
    """Stand before a server and change the bodies of successful answers to one path."""

    async def forward(request: Request) -> Response:
        headers = {key: value for key, value in request.headers.items() if key in {"authorization"}}
        if kind := request.headers.get("content-type"):
            headers["content-type"] = kind
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
            answer = await http.request(
                request.method,
                request.url.path + (f"?{request.url.query}" if request.url.query else ""),
                headers=headers,
                content=await request.body(),
            )
        body = answer.content
        if answer.is_success and re.fullmatch(path, request.url.path):
            body = change(request, body)
        kept = {"content-type": answer.headers.get("content-type", "text/plain")}
        if allow := answer.headers.get("allow"):
            kept["allow"] = allow
        return Response(body, answer.status_code, kept)

    with serve_app(Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)])) as url:
        yield url


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (cut_the_end, "0 terminal events"),
        (complete_early, "events after the terminal one"),
        (spoil_a_line, "'type' is a required property|\"type\" is a required property"),
    ],
    ids=["cut", "early", "spoiled"],
)
def test_a_broken_stream_is_found(
    server: LocalServer, tmp_path: Path, change: Mutation, verdict: str
) -> None:
    """A server whose streams break the law or the schema fails the run, which says why."""
    with mutant(server, r"/v1/sprites/[^/]+/checkpoint", change) as url:
        result = contract(
            "--url", url, "--only", "create_checkpoint", "--phases", "examples",
            "--rate", "100/s", "--budget", "60", "--reports", str(tmp_path),
            token=server.token,
        )  # fmt: skip

    assert result.returncode == 1, result.stdout
    assert re.search(verdict, result.stdout), result.stdout


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
