"""Runs of the contract that cannot begin say what to change, make nothing and leave nobody."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from sprites_contract import guardian
from sprites_contract.document import ROOT
from sprites_facade.testing import LocalServer
from tests.contract.serving import serve_app


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(engine="portable") as server:
        yield server


def contract(*arguments: str, token: str = "a/b/c") -> subprocess.CompletedProcess[str]:
    """Run it until nobody holds its error output any more, not even who watches over it."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/contract.py"), *arguments],
        env={**os.environ, "TOKEN": token},
        text=True,
        capture_output=True,
        check=False,
        timeout=50,
    )


def refused(reports: Path, *arguments: str, token: str = "a/b/c") -> str:
    """Return why a run did not begin."""
    done = contract("--reports", str(reports), "--rate", "500/s", *arguments, token=token)
    assert (done.returncode, done.stdout) == (1, "")
    *_, why = done.stderr.splitlines()
    return why


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9", "cannot be reached: .*Connection refused"),
        ("localhost:9", "cannot be reached: .* protocol.*"),
        ("nonsense", "cannot be reached: .* protocol.*"),
        ("http://[nonsense", "cannot be reached: .*"),
    ],
)
def test_nobody_is_there(tmp_path: Path, url: str, why: str) -> None:
    assert re.fullmatch(f"contract: {re.escape(url)} {why}", refused(tmp_path, "--url", url))


@pytest.mark.parametrize("more", [(), ("--read-only",)])
def test_a_token_that_is_not_taken(
    tmp_path: Path, server: LocalServer, more: tuple[str, ...]
) -> None:
    assert refused(tmp_path, "--url", server.url, *more) == (
        f"contract: {server.url} answered 401: it does not take the TOKEN of the environment"
    )


@pytest.mark.parametrize("token", ["s3cret\n", "s3cret space", "s3cret\xe9"])
def test_a_token_that_is_none(tmp_path: Path, server: LocalServer, token: str) -> None:
    assert refused(tmp_path, "--url", server.url, token=token) == (
        "contract: TOKEN is not like a token: printable ASCII without spaces"
    )


def test_something_else_answers(tmp_path: Path) -> None:
    with serve_app(Starlette()) as url:
        assert refused(tmp_path, "--url", url) == (
            f"contract: {url} answered 404 to GET /v1/sprites; it is not the URL of a Sprites API"
        )


def test_nothing_to_look_at(tmp_path: Path, server: LocalServer) -> None:
    looking = ("--url", server.url, "--read-only")
    assert refused(tmp_path, *looking, token=server.token) == (
        "contract: there is no sprite to look at"
    )
    assert refused(tmp_path, *looking, "--sprite", "nope", token=server.token) == (
        "contract: there is no sprite nope to look at"
    )


def test_a_local_server_has_nothing_to_look_at() -> None:
    done = contract("--read-only")
    assert done.returncode == 2
    assert "--read-only goes with --url: a local server of its own has no sprites" in done.stderr


@pytest.mark.timeout(120)
def test_a_single_operation(tmp_path: Path) -> None:
    """Of which no sequences can be made; that is no fault."""
    done = contract(
        "--only", "create_checkpoint", "--phases", "examples,stateful", "--engine", "portable",
        "--reports", str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_who_watches_over_a_run_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guardian, "_LONGEST", 0.5)
    monkeypatch.setattr(guardian, "_PAUSE", 0.01)
    told = {
        "url": "http://127.0.0.1:9",
        "token": "a/b/c",
        "sprite": "contract-1",
        "per_second": 500.0,
        "journal": str(tmp_path / "none"),
    }
    assert guardian.watch_over(io.BytesIO(json.dumps(told).encode() + b"\n")) == 1
    assert capfd.readouterr().err.splitlines() == [
        "contract: the run ended early; deleting its sprites, contract-1*",
        "contract: ConnectError while deleting; trying again, for 0.5 s",
        "contract: left behind: contract-1*",
    ]
