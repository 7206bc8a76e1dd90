"""Tokens that are minted beside the server's own, and what they open."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sprites_facade import SpritesClient
from sprites_local import tokens
from tests.local.serving import TOKEN, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

PATH = "/v1/organizations/local/tokens"


def mint(url: str, credential: str, path: str = PATH, **options: object) -> httpx.Response:
    """Ask for a token with an Authorization header."""
    headers = {"Authorization": credential}
    return httpx.post(url + path, headers=headers, **({"json": {}} | options))  # type: ignore[arg-type]


def status(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/v1/sprites", headers=headers).status_code


@pytest.fixture(scope="module")
def minted(api: Api) -> str:
    """A token, minted with the server's own in the macaroon's place."""
    answer = mint(api.server.url, f"FlyV1 {api.server.token}", json={"description": "ci"})
    assert (answer.status_code, set(answer.json())) == (201, {"token"})
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["token"])


def test_a_minted_token_opens_everything_but_the_mint(api: Api, minted: str, shared: str) -> None:
    org, _, identity, secret = minted.split("/")
    assert org == "local"
    assert status(api.server.url, minted) == 200
    url = api.server.url.replace("http", "ws", 1) + api.path(shared, "/exec?cmd=true")
    headers = {"Authorization": f"Bearer {minted}"}
    with connect(url, additional_headers=headers, proxy=None) as socket:
        assert "session_info" in str(socket.recv(timeout=20))
    assert mint(api.server.url, f"FlyV1 {minted}").status_code == 401
    # However the path is written, whoever answers it asks for the owner.
    for tail in ("%0A", "%0a", "%2F", "/", "%20", "%00", "%09"):
        for credential in (f"Bearer {minted}", f"FlyV1 {minted}", f"Bearer {api.server.token}"):
            answer = mint(api.server.url, credential, path=PATH + tail)
            assert answer.status_code in (400, 401, 404), (tail, credential.split()[0])

    swapped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (
        f"local/1/{identity}/{swapped}",
        f"local/1/{'0' * 16}/{secret}",
        f"local/2/{identity}/{secret}",
        f"local/1/{identity}/",
        f"{minted}/",
        identity,
    ):
        assert status(api.server.url, wrong) == 401, wrong
        headers = {"Authorization": f"Bearer {wrong}"}
        with pytest.raises(InvalidStatus), connect(url, additional_headers=headers, proxy=None):
            pass


@pytest.mark.parametrize(
    "credential", ["FlyV1 wrong", "FlyV1", "Bearer {token}", "{token}", "FlyV1 {token}x", ""]
)
def test_only_the_owner_mints(api: Api, credential: str) -> None:
    answer = mint(api.server.url, credential.format(token=api.server.token))
    assert (answer.status_code, answer.json()) == (401, {"error": "authentication failed"})
    assert answer.headers["www-authenticate"] == "FlyV1"


def test_the_macaroons_scheme_opens_nothing_else(api: Api) -> None:
    headers = {"Authorization": f"FlyV1 {api.server.token}"}
    for method, path in (("GET", "/v1/sprites"), ("GET", PATH), ("POST", "/v1/sprites")):
        assert httpx.request(method, api.server.url + path, headers=headers).status_code == 401


def test_what_makes_no_sense_is_refused(api: Api) -> None:
    credential = f"flyv1 {api.server.token}"
    bodies: tuple[dict[str, object], ...] = (
        {"description": 1},
        {"invite_code": []},
        {"description": "x" * 1001},
    )
    for body in bodies:
        answer = mint(api.server.url, credential, json=body)
        assert (answer.status_code, list(answer.json())) == (400, ["errors"])
    for content, refusal in ((b"", 400), (b"{", 400), (b" " * 70_000, 413)):
        assert mint(api.server.url, credential, json=None, content=content).status_code == refusal
    other = mint(api.server.url, credential, path="/v1/organizations/other/tokens")
    assert (other.status_code, other.json()) == (404, {"error": "organization not found"})
    assert api.http.get(PATH).status_code == 405


def test_the_client_mints_and_uses_one(api: Api) -> None:
    with SpritesClient(api.server.token, base_url=api.server.url) as owner:
        token = owner.create_token("local", api.server.token, description="for a program")
    with SpritesClient(token, base_url=api.server.url) as client:
        assert client.get_organization().slug == "local"


def test_a_program_in_a_sprite_sees_no_token(api: Api, minted: str, sprite: str) -> None:
    """Also not one that was minted, by whichever scheme it comes."""
    script = (
        "import http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        said = repr(self.headers.items()).encode()\n"
        "        self.send_response(200); self.send_header('Content-Length', str(len(said)))\n"
        "        self.end_headers(); self.wfile.write(said)\n"
        "h.HTTPServer(('127.0.0.1', 8099), H).serve_forever()\n"
    )
    body = {"cmd": "python3", "args": ["-c", script], "http_port": 8099}
    api.events("PUT", api.path(sprite, "/services/web?duration=0"), json=body)
    url = f"{api.server.url}/sprites/{sprite}/"
    said = httpx.get(url, headers={"Authorization": f"Bearer {minted}"}, timeout=20)
    assert said.status_code == 200
    assert "uthorization" not in said.text
    api.http.put(api.path(sprite), json={"url_settings": {"auth": "public"}})
    said = httpx.get(url, headers={"Authorization": f"FlyV1 {api.server.token}"}, timeout=20)
    assert said.status_code == 200
    assert "uthorization" not in said.text
    foreign = {"Authorization": "Bearer of-the-programs-own"}
    assert "of-the-programs-own" in httpx.get(url, headers=foreign, timeout=20).text


def test_tokens_survive_a_restart_and_are_kept_as_digests(tmp_path: Path) -> None:
    with serving(tmp_path, "--engine", "portable") as server:
        kept = mint(server.url, f"FlyV1 {TOKEN}", json={"description": "kept"}).json()["token"]
        revoked = mint(server.url, f"FlyV1 {TOKEN}").json()["token"]
        assert administer(tmp_path).returncode == 2  # the server has the directory
    for file in tmp_path.glob("state.db*"):
        content = file.read_bytes()
        assert kept.split("/")[3].encode() not in content
        assert kept.encode() not in content
    listed = administer(tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [kept.split("/")[2], revoked.split("/")[2]]
    assert listed[0].endswith("  kept")
    assert administer(tmp_path, "--revoke", revoked.split("/")[2]).returncode == 0
    assert administer(tmp_path, "--revoke", revoked.split("/")[2]).returncode == 1
    with serving(tmp_path) as server:
        assert [status(server.url, one) for one in (kept, revoked, TOKEN)] == [200, 401, 200]


def administer(data_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sprites_local", "tokens", "--data-dir", str(data_dir)]
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=30, check=False
    )


def test_where_no_server_was_there_are_no_tokens(tmp_path: Path) -> None:
    done = administer(tmp_path / "none")
    assert (done.returncode, "no data of a server" in done.stderr) == (2, True)
    assert not (tmp_path / "none").exists()


def test_there_is_a_bound(tmp_path: Path) -> None:
    with serving(tmp_path, "--engine", "portable"):
        pass
    with sqlite3.connect(tmp_path / "state.db") as database:
        rows = [(f"{n:016x}", b"", "", "") for n in range(tokens.MOST_TOKENS)]
        database.executemany("INSERT INTO tokens VALUES (?, ?, ?, ?)", rows)
    database.close()
    with serving(tmp_path) as server:
        answer = mint(server.url, f"FlyV1 {TOKEN}")
        assert (answer.status_code, "revoke" in answer.json()["error"]) == (403, True)
