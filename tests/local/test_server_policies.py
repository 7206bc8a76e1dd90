"""Policies of sprites, and the organization."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade.testing import LocalServer
from sprites_local.policies import parsing

if TYPE_CHECKING:
    from tests.local.conftest import Api

RULES = [
    {"domain": "*.example.com", "action": "allow"},
    {"domain": "example.com", "action": "deny"},
    {"domain": "*", "action": "deny"},
    {"include": "defaults"},
]
PRIVILEGES = {"profile": "minimal", "devices": ["/dev/fuse"], "noNewPrivileges": True}
RESOURCES = {"memory": {"limit_mb": 256.5, "autoscale": False}}


def test_a_network_policy_is_kept_and_lifted(api: Api, sprite: str) -> None:
    url = api.path(sprite, "/policy/network")
    assert api.http.get(url).json() == {"rules": []}
    for rules in (RULES, RULES[:1], []):
        answer = api.http.post(url, json={"rules": rules})
        assert (answer.status_code, answer.content) == (204, b"")
        assert api.http.get(url).json() == {"rules": rules}
    assert api.http.delete(url).status_code == 405
    assert api.http.get(api.path(sprite)).json()["status"] == "cold"


@pytest.mark.parametrize(("kind", "policy"), [("privileges", PRIVILEGES), ("resources", RESOURCES)])
def test_other_policies_are_kept_and_removed(
    api: Api, sprite: str, kind: str, policy: dict[str, Any]
) -> None:
    url = api.path(sprite, f"/policy/{kind}")
    assert api.http.get(url).json() == {}
    for body in (policy, {}, policy):
        answer = api.http.post(url, json=body)
        assert (answer.status_code, answer.content) == (204, b"")
        assert api.http.get(url).json() == body
    for _ in range(2):
        answer = api.http.delete(url)
        assert (answer.status_code, answer.content) == (204, b"")
        assert api.http.get(url).json() == {}


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("network", {}, "rules must be a list"),
        ("network", {"rules": {}}, "rules must be a list"),
        ("network", {"rules": [], "more": 1}, "unknown key: more"),
        ("network", {"rules": [1]}, "rule 1 must be an object"),
        ("network", {"rules": [{}]}, "either domain or include"),
        ("network", {"rules": [RULES[0], {"domain": "a"}]}, "rule 2: action"),
        ("network", {"rules": [{"action": "allow"}]}, "either domain or include"),
        ("network", {"rules": [{"domain": "a", "include": "defaults"}]}, "either domain or"),
        ("network", {"rules": [{"include": "others"}]}, "include must be defaults"),
        ("network", {"rules": [{"include": "defaults", "action": "deny"}]}, "stand alone"),
        ("network", {"rules": [{**RULES[0], "port": 1}]}, "unknown key: port"),
        ("network", {"rules": [{"domain": "a", "action": "maybe"}]}, "action must be"),
        ("network", {"rules": [{"domain": "a", "action": ["allow"]}]}, "action must be"),
        ("network", {"rules": [{"domain": "a.*", "action": "allow"}]}, "domain must be"),
        ("network", {"rules": [{"domain": "", "action": "allow"}]}, "domain must be"),
        ("network", {"rules": [{"domain": "a" * 300, "action": "allow"}]}, "domain must be"),
        ("network", {"rules": RULES[:1] * 1001}, "more than 1000"),
        ("privileges", {"profile": "root"}, "profile must be"),
        ("privileges", {"profile": []}, "profile must be"),
        ("privileges", {"devices": "all"}, "devices must be"),
        ("privileges", {"devices": [1]}, "devices must be"),
        ("privileges", {"noNewPrivileges": 1}, "noNewPrivileges must be"),
        ("resources", {"memory": 1}, "memory must be an object"),
        ("resources", {"memory": {}}, "limit_mb must be"),
        ("resources", {"memory": {"limit_mb": 0}}, "limit_mb must be"),
        ("resources", {"memory": {"limit_mb": True}}, "limit_mb must be"),
        ("resources", {"memory": {"limit_mb": "1"}}, "limit_mb must be"),
        ("resources", {"memory": {"limit_mb": 1, "autoscale": 1}}, "autoscale must be"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    api: Api, shared: str, kind: str, body: dict[str, Any], text: str
) -> None:
    url = api.path(shared, f"/policy/{kind}")
    before = api.http.get(url).json()
    answer = api.http.post(url, json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("Invalid policy: ")
    assert text in answer.text
    assert api.http.get(url).json() == before


@pytest.mark.parametrize("kind", ["network", "privileges", "resources"])
def test_bodies_and_names_are_checked(api: Api, shared: str, kind: str) -> None:
    url = api.path(shared, f"/policy/{kind}")
    for content in (b"", b"[]", b"{", b'{"rules": NaN}'):
        assert api.http.post(url, content=content).status_code == 400
    unknown = api.path("no-such-sprite", f"/policy/{kind}")
    for method, body in (("GET", None), ("POST", {"rules": []} if kind == "network" else {})):
        answer = api.http.request(method, unknown, json=body)
        assert (answer.status_code, answer.json()) == (404, {"error": "sprite not found"})


def test_answers_say_what_is_enforced(api: Api, shared: str) -> None:
    """Nobody is told that a policy holds where it does not."""

    def said(kind: str) -> str:
        answer = api.http.get(api.path(shared, f"/policy/{kind}"))
        return answer.headers["X-Sprite-Policy-Enforcement"].split(";")[0].split(",")[0]

    assert said("privileges") == (
        "none" if api.server.tier == "portable" else "profile minimal and noNewPrivileges"
    )
    network = {"full": "enforced", "rootless": "enforced", "portable": "none"}
    assert said("network") == network[api.server.tier]
    assert said("resources") in (
        ("memory.limit_mb", "none") if api.server.tier == "full" else ("none",)
    )


def test_an_isolated_sprite_reaches_nothing_outside(api: Api, shared: str, own_root: None) -> None:
    del own_root
    interfaces = api.shell(shared, "tail -n +3 /proc/net/dev | cut -d: -f1").split()
    assert interfaces == ["lo"]


def limit_of(api: Api, name: str) -> int:
    """Read the bound of a sprite's memory where the kernel keeps it."""
    sprite_id = api.http.get(api.path(name)).json()["id"]
    for pattern in ("memory/*/{}/memory.limit_in_bytes", "*/{}/memory.max", "*/*/{}/memory.max"):
        for file in Path("/sys/fs/cgroup").glob(pattern.format(sprite_id)):
            return int(file.read_text())
    pytest.skip("this machine offers no memory controller")


@pytest.fixture
def limited(api: Api, two_users: None) -> None:
    """Skip where memory cannot be bounded."""
    del two_users
    name = api.create()
    answer = api.http.get(api.path(name, "/policy/resources"))
    api.http.delete(api.path(name))
    if answer.headers["X-Sprite-Policy-Enforcement"].startswith("none"):
        pytest.skip("this machine offers no memory controller")


def test_the_memory_limit_is_in_force(api: Api, sprite: str, limited: None) -> None:
    del limited
    url = api.path(sprite, "/policy/resources")
    assert api.http.post(url, json={"memory": {"limit_mb": 200}}).status_code == 204
    api.shell(sprite, "true")
    assert limit_of(api, sprite) == 200 << 20
    hog = "data = bytearray(400 << 20); print(len(data))"
    assert api.run(sprite, "python3", "-c", hog)[2] == 137
    for megabytes, expected in ((300, 300 << 20), (1, 64 << 20), (10**9, None)):
        assert api.http.post(url, json={"memory": {"limit_mb": megabytes}}).status_code == 204
        if expected:
            assert limit_of(api, sprite) == expected
    usual = limit_of(api, sprite)
    assert usual > 300 << 20
    api.http.post(url, json={"memory": {"limit_mb": 300}})
    assert api.http.post(api.path(sprite, "/restart")).status_code == 200
    assert limit_of(api, sprite) == 300 << 20
    assert api.http.delete(url).status_code == 204
    assert limit_of(api, sprite) == usual
    assert api.run(sprite, "python3", "-c", hog)[2] == 0


def test_a_limit_below_what_is_used_changes_nothing(api: Api, sprite: str, limited: None) -> None:
    del limited
    url = api.path(sprite, "/policy/resources")
    script = "data = bytearray(200 << 20); print('held', flush=True); input()"
    params = [("cmd", "python3"), ("cmd", "-c"), ("cmd", script), ("stdin", "true")]
    with api.socket(sprite, params=params) as client:
        client.recv(timeout=10)
        assert client.recv(timeout=20) == b"\x01held\n"
        before = limit_of(api, sprite)
        answer = api.http.post(url, json={"memory": {"limit_mb": 100}})
        if answer.status_code == 204:  # unified control groups end what is too large instead
            return
        assert answer.status_code == 400
        assert "uses more memory" in answer.text
        assert limit_of(api, sprite) == before
        assert api.http.get(url).json() == {}


def test_policies_survive_a_restart_of_the_server(
    tmp_path: Path, api_of: Callable[[LocalServer], AbstractContextManager[Api]]
) -> None:
    engine = os.environ.get("SPRITES_TEST_ENGINE", "auto")
    kept = {"network": {"rules": RULES}, "privileges": PRIVILEGES, "resources": RESOURCES}
    with (
        LocalServer(data_dir=tmp_path, engine=engine) as server,  # type: ignore[arg-type]
        api_of(server) as api,
    ):
        name = api.create()
        for kind, policy in kept.items():
            url = api.path(name, f"/policy/{kind}")
            assert api.http.post(url, json=policy).status_code == 204
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        for kind, policy in kept.items():
            answer = api.http.get(api.path(name, f"/policy/{kind}"))
            assert answer.json() == policy
        if answer.headers["X-Sprite-Policy-Enforcement"].startswith("memory"):
            api.shell(name, "true")
            assert limit_of(api, name) == int(256.5 * (1 << 20))
        assert api.http.delete(api.path(name)).status_code == 204


def test_a_new_sprite_of_the_same_name_has_no_policies(api: Api) -> None:
    name = api.create()
    url = api.path(name, "/policy/privileges")
    assert api.http.post(url, json=PRIVILEGES).status_code == 204
    assert api.http.delete(api.path(name)).status_code == 204
    assert api.http.post("/v1/sprites", json={"name": name}).status_code == 201
    assert api.http.get(url).json() == {}
    assert api.http.delete(api.path(name)).status_code == 204


def test_the_organization_names_the_sprites_that_run(api: Api, sprite: str) -> None:
    def active() -> list[str]:
        organization = api.http.get("/v1/organization").json()["organization"]
        assert organization["slug"] == "local"
        assert organization["sprites_enabled"] is True
        return list(organization["active_sprites"])

    assert sprite not in active()
    api.shell(sprite, "true")
    assert sprite in active()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["rules", "domain", "action", "include", "memory",
        "limit_mb", "autoscale", "profile", "devices", "noNewPrivileges"]), inner, max_size=4)
), max_leaves=12))  # fmt: skip
def test_whatever_is_given_is_read_or_refused(value: Any) -> None:
    """What was read is read the same again, and makes a usable limit."""
    body = value if isinstance(value, dict) else {"rules": value, "memory": value}
    for read in (parsing.network, parsing.privileges, parsing.resources):
        try:
            policy = read(body)
        except parsing.PolicyError:
            continue
        assert read(policy) == policy
        if read is parsing.resources:
            assert (parsing.memory_limit(policy) or 1) > 0


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False) | st.integers(1))
def test_every_size_above_nothing_is_a_limit(megabytes: float) -> None:
    policy = parsing.resources({"memory": {"limit_mb": megabytes}})
    assert 0 < (parsing.memory_limit(policy) or 0) <= 1 << 50
