# Written by scripts/unasync.py from tests/_async/test_policies.py. Do not edit.
"""Policies: values that are checked before anything is sent, and answers of every kind."""

from typing import Any

import pytest

from sprites_facade import (
    APIResponseError,
    BadRequestError,
    ConfigurationError,
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    NotFoundError,
    PrivilegesPolicy,
    ResourcesPolicy,
    Sprite,
    SpritesClient,
)
from tests.wire import Wire, replies

pytestmark = pytest.mark.anyio

BASE = "/v1/sprites/demo/policy"
RULES = [
    {"domain": "*.example.com", "action": "allow"},
    {"domain": "*", "action": "deny"},
    {"include": "defaults"},
]
MISSING = replies(404, "no policy\n", content_type="text/plain")
NO_SPRITE = replies(404, {"error": "sprite not found"})
SPRITE = replies(200, {"name": "demo"})


def test_rules_are_values(wire: Wire, sprite: Sprite) -> None:
    wire.then(replies(200, {"rules": RULES, "version": 2}))
    assert sprite.get_network_policy() == NetworkPolicy(
        rules=(
            NetworkRule.allow("*.example.com"),
            NetworkRule.deny("*"),
            NetworkRule.defaults(),
        ),
        extra={"version": 2},
    )
    assert wire.lines == [f"GET {BASE}/network"]


@pytest.mark.parametrize("answer", [{}, {"rules": None}, {"rules": []}])
def test_no_rules(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """P11: null is an empty list."""
    wire.then(replies(200, answer))
    assert sprite.get_network_policy() == NetworkPolicy()


@pytest.mark.parametrize(
    "answer", [[], "text", {"rules": "none"}, {"rules": [1]}, {"rules": [{}]}, None]
)
def test_what_is_no_policy(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """Nobody takes it for a policy that restricts nothing."""
    wire.then(replies(200, answer))
    with pytest.raises(APIResponseError):
        sprite.get_network_policy()


def test_rules_of_newer_servers_are_kept_and_not_sent_back_in_part(
    wire: Wire, sprite: Sprite
) -> None:
    rules = [
        {"domain": "a.com", "action": "log"},
        {"cidr": "10.0.0.0/8", "action": "allow"},
        {"domain": "a.com"},
    ]
    wire.then(*(replies(200, {"rules": [rule]}) for rule in rules))
    log, cidr, bare = [(sprite.get_network_policy()).rules[0] for _ in rules]
    assert (log.domain, log.action) == ("a.com", "log")
    assert (cidr.action, cidr.extra) == ("allow", {"cidr": "10.0.0.0/8"})
    assert (bare.domain, bare.extra) == (None, {"domain": "a.com"})
    for rule in (log, cidr, bare):
        with pytest.raises(ConfigurationError):
            sprite.set_network_policy([rule])
    assert len(wire.requests) == 3


def test_rules_are_replaced(wire: Wire, sprite: Sprite) -> None:
    """S1: any success is one, with a body or without."""
    wire.then(replies(204), replies(200, {"rules": []}), replies(204))
    rules = [
        NetworkRule.allow("*.example.com"),
        NetworkRule.deny("*"),
        NetworkRule(include="defaults"),
    ]
    sprite.set_network_policy(NetworkPolicy(rules=rules))
    sprite.set_network_policy(rules)
    sprite.set_network_policy([])
    assert [request.json for request in wire.requests] == [
        {"rules": RULES},
        {"rules": RULES},
        {"rules": []},
    ]
    assert wire.lines == [f"POST {BASE}/network"] * 3


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"domain": "a.com"},
        {"action": "allow"},
        {"domain": "a.com", "include": "defaults"},
        {"domain": "a.com", "action": "allow", "include": "defaults"},
        {"include": "defaults", "action": "allow"},
    ],
)
def test_rules_that_cannot_be_right(fields: dict[str, str]) -> None:
    """They cannot even be made."""
    with pytest.raises(ValueError) as caught:
        NetworkRule(**fields)
    assert isinstance(caught.value, ConfigurationError)


@pytest.mark.parametrize(
    "rule",
    [
        NetworkRule(domain="a.com", action="drop"),
        NetworkRule(domain="a.com", action=""),
        NetworkRule(include="everything"),
        NetworkRule.allow(""),
        NetworkRule.allow("https://a.com"),
        NetworkRule.allow("a.com:443"),
        NetworkRule.allow("a.*.com"),
        NetworkRule.allow("*a.com"),
        NetworkRule.allow("a..com"),
        NetworkRule.allow("a b"),
        {"domain": "a.com", "action": "allow"},
    ],
)
def test_rules_that_are_not_sent(wire: Wire, sprite: Sprite, rule: Any) -> None:
    with pytest.raises(ValueError) as caught:
        sprite.set_network_policy([NetworkRule.defaults(), rule])
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


def test_a_refused_policy(wire: Wire, sprite: Sprite) -> None:
    text = "Invalid policy: rule 1\n"
    wire.then(replies(400, text, content_type="text/plain"))
    with pytest.raises(BadRequestError, match="rule 1"):
        sprite.set_network_policy([NetworkRule.allow("a_b.c")])


def test_privileges(wire: Wire, sprite: Sprite) -> None:
    """Camel case on the wire; null lists are none; unknown words pass through."""
    full = {"profile": "minimal", "devices": ["/dev/fuse"], "noNewPrivileges": True}
    wire.then(
        replies(200, full),
        replies(200, {"profile": "paranoid", "devices": None, "seccomp": "x"}),
        replies(200, {}),
        replies(200),
    )
    policy = PrivilegesPolicy(profile="minimal", devices=("/dev/fuse",), no_new_privileges=True)
    assert sprite.get_privileges_policy() == policy
    strange = sprite.get_privileges_policy()
    assert strange == PrivilegesPolicy(profile="paranoid", extra={"seccomp": "x"})
    assert sprite.get_privileges_policy() == PrivilegesPolicy()
    assert sprite.get_privileges_policy() == PrivilegesPolicy()
    with pytest.raises(ConfigurationError):
        sprite.set_privileges_policy(strange)
    wire.then(replies(204), replies(200, full), replies(204))
    sprite.set_privileges_policy(policy)
    sprite.set_privileges_policy(PrivilegesPolicy(profile="", devices=()))
    sprite.delete_privileges_policy()
    sent = wire.requests[4:]
    assert [request.line for request in sent] == [
        f"POST {BASE}/privileges",
        f"POST {BASE}/privileges",
        f"DELETE {BASE}/privileges",
    ]
    assert [request.json for request in sent[:2]] == [full, {"profile": "", "devices": []}]


def test_resources(wire: Wire, sprite: Sprite) -> None:
    """Snake case on the wire."""
    full = {"memory": {"limit_mb": 4096, "autoscale": True}}
    wire.then(
        replies(200, full),
        replies(200, {"memory": None}),
        replies(200, {"memory": {"limit_mb": 1.5}}),
    )
    policy = ResourcesPolicy(memory=MemoryPolicy(limit_mb=4096, autoscale=True))
    assert sprite.get_resources_policy() == policy
    assert sprite.get_resources_policy() == ResourcesPolicy()
    assert sprite.get_resources_policy() == ResourcesPolicy(memory=MemoryPolicy(limit_mb=1.5))
    wire.then(replies(204), replies(200), replies(204))
    sprite.set_resources_policy(policy)
    sprite.set_resources_policy(ResourcesPolicy())
    sprite.delete_resources_policy()
    sent = wire.requests[3:]
    assert [request.json for request in sent[:2]] == [full, {}]
    assert sent[2].line == f"DELETE {BASE}/resources"


@pytest.mark.parametrize(
    "policy",
    [
        PrivilegesPolicy(profile="root"),
        PrivilegesPolicy(devices="/dev/fuse"),
        PrivilegesPolicy(devices=(1,)),
        PrivilegesPolicy(no_new_privileges=1),
        ResourcesPolicy(),
        None,
    ],
)
def test_privileges_that_are_not_sent(wire: Wire, sprite: Sprite, policy: Any) -> None:
    with pytest.raises(ValueError) as caught:
        sprite.set_privileges_policy(policy)
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


@pytest.mark.parametrize(
    "memory",
    [
        MemoryPolicy(),
        MemoryPolicy(limit_mb=0),
        MemoryPolicy(limit_mb=-1),
        MemoryPolicy(limit_mb=float("inf")),
        MemoryPolicy(limit_mb=float("nan")),
        MemoryPolicy(limit_mb=True),
        MemoryPolicy(limit_mb="1"),
        MemoryPolicy(limit_mb=1, autoscale="yes"),
        MemoryPolicy(limit_mb=1, extra={"swap": 1}),
        {"limit_mb": 1},
    ],
)
def test_limits_that_are_not_sent(wire: Wire, sprite: Sprite, memory: Any) -> None:
    with pytest.raises(ValueError) as caught:
        sprite.set_resources_policy(ResourcesPolicy(memory=memory))
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


def test_a_policy_that_is_not_set(wire: Wire, sprite: Sprite) -> None:
    """404 says that nothing is set, unless it is the sprite that is missing."""
    wire.then(*[MISSING, SPRITE] * 4)
    assert sprite.get_privileges_policy() == PrivilegesPolicy()
    assert sprite.get_resources_policy() == ResourcesPolicy()
    sprite.delete_privileges_policy()
    sprite.delete_resources_policy()
    assert wire.lines[:2] == [f"GET {BASE}/privileges", "GET /v1/sprites/demo"]


def test_a_sprite_that_is_missing(wire: Wire, sprite: Sprite) -> None:
    wire.always(NO_SPRITE)
    for call in (
        sprite.get_privileges_policy,
        sprite.get_resources_policy,
        sprite.delete_privileges_policy,
        sprite.delete_resources_policy,
        sprite.get_network_policy,
    ):
        with pytest.raises(NotFoundError, match="sprite 'demo'") as caught:
            call()
        assert "/policy/" in str(caught.value.path)


def test_the_client_does_the_same(wire: Wire, client: SpritesClient) -> None:
    """With the sprite's name first."""
    wire.then(replies(200, {"rules": RULES}), replies(204), replies(200, {}), replies(204))
    assert len((client.get_network_policy("demo")).rules) == 3
    client.set_network_policy("demo", [NetworkRule.deny("*")])
    assert client.get_privileges_policy("demo") == PrivilegesPolicy()
    client.set_privileges_policy("demo", PrivilegesPolicy(profile="standard"))
    wire.then(replies(204), replies(200, {}), replies(204), replies(204))
    client.delete_privileges_policy("demo")
    assert client.get_resources_policy("demo") == ResourcesPolicy()
    client.set_resources_policy("demo", ResourcesPolicy(memory=MemoryPolicy(limit_mb=512)))
    client.delete_resources_policy("demo")
    assert [request.line.rpartition("/")[2] for request in wire.requests] == [
        *["network"] * 2,
        *["privileges"] * 3,
        *["resources"] * 3,
    ]


def test_only_reading_is_repeated(wire: Wire, sprite: Sprite) -> None:
    """P14."""
    wire.always(replies(503, headers={"Retry-After": "0"}))
    with pytest.raises(Exception, match="503"):
        sprite.get_network_policy()
    assert len(wire.requests) == 3
    with pytest.raises(Exception, match="503"):
        sprite.set_network_policy([])
    with pytest.raises(Exception, match="503"):
        sprite.delete_resources_policy()
    assert len(wire.requests) == 5
