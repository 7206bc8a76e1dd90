"""What survives the end of a server, orderly or not."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sprites_facade.testing import LocalServer, LocalServerError

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[LocalServer], AbstractContextManager[Api]]

FILE = "/home/sprite/file"


def fill(api: Api) -> None:
    """Make a sprite with two checkpoints and a file that differs in each."""
    body = {"name": "kept", "labels": ["a"]}
    assert api.http.post("/v1/sprites", json=body).status_code == 201
    api.write("kept", FILE, b"1")
    assert api.checkpoint("kept", "one") == "v1"
    api.write("kept", FILE, b"2")
    assert api.checkpoint("kept", "two") == "v2"
    api.write("kept", FILE, b"live")


def check(api: Api, before: list[object]) -> None:
    """Find it all again, and go on with it."""
    assert seen(api) == before
    assert api.read("kept", FILE) == b"live"
    api.restore("kept", "v1")
    assert api.read("kept", FILE) == b"1"
    assert api.checkpoint("kept") == "v3"


def seen(api: Api) -> list[object]:
    sprite = api.http.get(api.path("kept")).json()
    listed = api.http.get(api.path("kept", "/checkpoints?includeAuto=true")).json()
    return [sprite["id"], sprite["created_at"], sprite["labels"], listed]


def test_everything_survives_a_restart(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(data_dir=tmp_path / "data") as server, api_of(server) as api:
        fill(api)
        before = seen(api)
    with LocalServer(data_dir=tmp_path / "data") as server, api_of(server) as api:
        assert api.http.get(api.path("kept")).json()["status"] == "cold"
        check(api, before)


def serve(data_dir: Path, *more: str) -> subprocess.Popen[str]:
    """Start a server as a shell would."""
    return subprocess.Popen(
        [sys.executable, "-m", "sprites_local", "serve", "--data-dir", str(data_dir), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def announced(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    url = process.stdout.readline().split()[2]
    return url, process.stdout.readline().split()[1]


class Killed:
    """Stands in for a server that was started by hand."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token


def test_everything_survives_a_kill(tmp_path: Path, api_of: ApiOf) -> None:
    process = serve(tmp_path)
    with process, api_of(Killed(*announced(process))) as api:  # type: ignore[arg-type]
        fill(api)
        with api.socket("kept", params=[("cmd", "sleep"), ("cmd", "1000")]) as socket:
            socket.recv(timeout=10)
            before = seen(api)
            process.send_signal(signal.SIGKILL)
            assert process.wait(10) == -signal.SIGKILL
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        left = [
            one["command"] for one in api.http.get(api.path("kept", "/exec")).json()["sessions"]
        ]
        assert left == ["sleep 1000"]
        check(api, before)


def test_an_interrupted_restore_is_completed(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        fill(api)
        sprite = api.http.get(api.path("kept")).json()["id"]
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute("INSERT INTO operations VALUES (?, 'restore', 'v1', 'then')", (sprite,))
    database.close()
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        assert api.read("kept", FILE) == b"1"
        assert api.http.get(api.path("kept", "/checkpoints")).json()[0]["source_id"] == "v1"


def test_half_made_and_half_deleted_sprites_are_swept_up(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        for name in ("half-made", "half-deleted", "whole"):
            assert api.http.post("/v1/sprites", json={"name": name}).status_code == 201
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute("UPDATE sprites SET state = 'creating' WHERE name = 'half-made'")
        database.execute("UPDATE sprites SET state = 'deleting' WHERE name = 'half-deleted'")
    database.close()
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        listed = api.http.get("/v1/sprites").json()["sprites"]
        assert [sprite["name"] for sprite in listed] == ["whole"]
        assert api.http.post("/v1/sprites", json={"name": "half-made"}).status_code == 201


def test_a_second_server_on_the_same_data_refuses(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        with pytest.raises(LocalServerError, match="another server is using"):
            LocalServer(engine="portable", data_dir=tmp_path).start()
        assert api.http.get("/v1/sprites").status_code == 200


def test_state_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "state.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LocalServerError, match="state of version 99, this server reads"):
        LocalServer(engine="portable", data_dir=tmp_path).start()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database" * 1000)
    with pytest.raises(LocalServerError, match=r"cannot use state\.db"):
        LocalServer(engine="portable", data_dir=tmp_path).start()


def test_the_token_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        process = serve(tmp_path, "--engine", "portable")
        with process:
            tokens.append(announced(process)[1])
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    assert tokens[0] == tokens[1] == (tmp_path / "token").read_text().strip()
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_the_ready_line_and_a_given_token(tmp_path: Path) -> None:
    ready, end = os.pipe()
    command = [sys.executable, "-m", "sprites_local", "serve", "--data-dir", str(tmp_path)]
    command += ["--engine", "portable"]
    with (
        subprocess.Popen(
            [*command, "--ready-fd", str(end)],
            pass_fds=[end],
            stdout=subprocess.PIPE,
            env={**os.environ, "SPRITES_LOCAL_TOKEN": "given/token"},
            text=True,
        ) as process,
        os.fdopen(ready) as file,
    ):
        os.close(end)
        url, token = announced(process)
        assert token == "given/token"
        line = json.loads(file.readline())
        assert line["url"] == url
        assert line["engine"] in ("full", "rootless", "portable")
        process.terminate()
        assert process.wait(20) == 0
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "0.0.0.0"], "is not a loopback address"),
        (["--host", "example.com"], "is not a loopback address"),
        (["--host", "::"], "is not a loopback address"),
        (["--port", "99999"], "cannot listen on"),
        (["--fd", "77"], "is no bound socket"),
        (["--token", "with space"], "a token is printable ASCII"),
        (["--token", ""], "a token is printable ASCII"),
        (["--data-dir", "/proc/nowhere"], "cannot use the data directory"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, arguments: list[str], text: str) -> None:
    with serve(tmp_path, *arguments) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert text in said
    assert "Traceback" not in said


def test_doctor_says_what_runs_here() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sprites_local", "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Tier: ")
    assert "Processes at a restore: " in done.stdout
    assert "Network: " in done.stdout


def test_open_streams_do_not_hold_up_the_end(tmp_path: Path, api_of: ApiOf) -> None:
    process = serve(tmp_path)
    with process, api_of(Killed(*announced(process))) as api:  # type: ignore[arg-type]
        api.http.post("/v1/sprites", json={"name": "s"})
        accept = {"Accept": "application/x-ndjson"}
        params = [("cmd", "sleep"), ("cmd", "1000")]
        with (
            api.http.stream("GET", "/v1/sprites", headers=accept) as watched,
            api.http.stream("POST", api.path("s", "/exec"), params=params) as run,
            api.socket("s", params=params) as socket,
        ):
            socket.recv(timeout=10)
            process.terminate()
            assert process.wait(4) == 0
            assert watched.read().endswith(b"\n")
            assert run.read() == bytes([3, 137])


def test_the_tier_of_the_first_start_stays(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(engine="portable", data_dir=tmp_path) as server:
        assert server.tier == "portable"
    with LocalServer(data_dir=tmp_path) as server:
        assert server.tier == "portable"
    with pytest.raises(LocalServerError, match="were made by the tier 'portable'"):
        LocalServer(engine="full", data_dir=tmp_path).start()


def test_process_state_that_is_demanded_and_cannot_be_had_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match="processes cannot be kept at checkpoints here"):
        LocalServer(engine="portable", process_state="on", data_dir=tmp_path).start()


def test_a_server_without_isolation_says_so(tmp_path: Path) -> None:
    process = serve(tmp_path, "--engine", "portable")
    with process:
        announced(process)
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "NO ISOLATION" in process.stderr.read()
