"""Whose URL a request is for, and what becomes of its headers; values only."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sprites_local import names
from sprites_local.auth import Credentials
from sprites_local.url import headers
from sprites_local.url.address import Address, find, name_of

PORT = 4321
CREDENTIALS = Credentials("local/secret", lambda token: token == b"local/1/2/secret")
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
TOKENS = st.from_regex(rb"[a-z][a-z0-9-]{0,12}", fullmatch=True)
VALUES = st.from_regex(rb"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True)
PAIRS = st.lists(st.tuples(TOKENS, VALUES), max_size=8)


def scope(host: str, path: bytes, query: bytes = b"") -> dict[str, object]:
    return {
        "headers": [(b"host", host.encode("latin-1"))],
        "server": ("127.0.0.1", PORT),
        "raw_path": path,
        "path": path.decode("latin-1"),
        "query_string": query,
    }


@given(NAMES, st.binary(max_size=30), st.binary(max_size=10))
def test_by_host_the_whole_path_is_the_programs(name: str, path: bytes, query: bytes) -> None:
    host = f"{name}.localhost:{PORT}"
    assert find(scope(host, b"/" + path, query)) == Address(name, host, b"/" + path, query, "")


@given(NAMES, st.binary(max_size=30))
def test_by_path_the_rest_is_the_programs(name: str, path: bytes) -> None:
    host, prefix = f"localhost:{PORT}", f"/sprites/{name}"
    found = find(scope(host, prefix.encode() + b"/" + path))
    assert found == Address(name, host, b"/" + path, b"", prefix)


@given(st.text(max_size=60))
@example("x.localhost")
@example("x.localhost:4321.evil:4321")
@example("x.localhost:04321")
@example("x.localhostile:4321")
@example("x.127.0.0.1:4321")
@example("x\n.localhost:4321")
def test_a_host_names_a_sprite_only_in_one_way(host: str) -> None:
    name = name_of(host, PORT)
    if name is not None:
        assert names.is_sprite_name(name)
        assert host.lower() == f"{name}.localhost:{PORT}"


@pytest.mark.parametrize(
    "path",
    [b"/", b"/v1/sprites/x", b"/sprites", b"/sprites/", b"/sprites//x", b"/sprites/%78/",
     b"/sprites/../v1/", b"/Sprites/x/", b"//sprites/x/", b"/sprites/X/", b"/sprites/x%2fy/"],
)  # fmt: skip
def test_other_paths_belong_to_the_api(path: bytes) -> None:
    assert find(scope(f"localhost:{PORT}", path)) is None


def test_a_request_with_two_hosts_is_nobodys() -> None:
    two = scope(f"x.localhost:{PORT}", b"/")
    two["headers"] = [(b"host", b"x.localhost:4321"), (b"host", b"y.localhost:4321")]
    assert find(two) is None


def pass_on(given_headers: headers.Pairs) -> headers.Pairs:
    return headers.request_headers(
        given_headers, client="192.0.2.9", prefix="", credentials=CREDENTIALS
    )


SECRETS = (b"bearer  local/secret", b"Bearer local/1/2/secret", b"FlyV1 local/secret")


@given(PAIRS, st.lists(TOKENS, max_size=3), st.lists(st.sampled_from(SECRETS), max_size=2))
def test_requests_carry_nothing_of_this_hop(
    pairs: headers.Pairs, named: list[bytes], secrets: list[bytes]
) -> None:
    """Whatever the client sends, the framing is ours, the token stays and the address is right."""
    sent = [*pairs, (b"connection", b", ".join(named))]
    sent += [(b"Authorization", secret) for secret in secrets]
    passed = pass_on(sent)
    keys = [key for key, _ in passed]
    hops = {b"connection", b"transfer-encoding", b"content-length", b"upgrade", b"te", b"expect"}
    assert not hops & set(keys)
    assert not any(b"/secret" in value for key, value in passed if key == b"authorization")
    assert not {name for name in named if name not in headers._NEVER_HOP} & (
        set(keys) - headers._OURS
    )
    assert keys.count(b"sprite-client-ip") == keys.count(b"x-forwarded-for") == 1
    assert dict(passed)[b"sprite-client-ip"] == b"192.0.2.9"
    assert dict(passed)[b"x-forwarded-for"].endswith(b"192.0.2.9")


@given(PAIRS)
def test_what_is_end_to_end_keeps_its_order(pairs: headers.Pairs) -> None:
    special = headers._HOP | headers._OURS | {b"expect", b"content-length", b"authorization"}
    kept = [pair for pair in pairs if pair[0] not in special]
    named = {name for key, value in pairs if key == b"connection" for name in value.split(b",")}
    kept = [pair for pair in kept if pair[0] not in {name.strip().lower() for name in named}]
    assert [pair for pair in pass_on(pairs) if pair[0] not in headers._OURS] == kept


@pytest.mark.parametrize(
    ("given_headers", "framing"),
    [
        ([], []),
        ([(b"content-length", b"5")], [(b"content-length", b"5")]),
        ([(b"transfer-encoding", b"gzip, chunked")], [(b"transfer-encoding", b"chunked")]),
        (
            [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")],
            [(b"transfer-encoding", b"chunked")],
        ),
    ],
)
def test_there_is_one_framing(given_headers: headers.Pairs, framing: headers.Pairs) -> None:
    assert headers.body_headers(given_headers) == framing
