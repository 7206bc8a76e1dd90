"""Policies: values that are checked before anything is sent, and answers of every kind."""

from typing import Any

import pytest

from sprites_facade import (
    APIResponseError,
    AsyncSprite,
    AsyncSpritesClient,
    BadRequestError,
    ConfigurationError,
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    NotFoundError,
    PrivilegesPolicy,
    ResourcesPolicy,
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


async def test_rules_are_values(wire: Wire, sprite: AsyncSprite) -> None:
    wire.then(replies(200, {"rules": RULES, "version": 2}))
    assert await sprite.get_network_policy() == NetworkPolicy(
        rules=(
            NetworkRule.allow("*.example.com"),
            NetworkRule.deny("*"),
            NetworkRule.defaults(),
        ),
        extra={"version": 2},
    )
    assert wire.lines == [f"GET {BASE}/network"]


@pytest.mark.parametrize("answer", [{}, {"rules": None}, {"rules": []}])
async def test_no_rules(wire: Wire, sprite: AsyncSprite, answer: Any) -> None:
    """P11: null is an empty list."""
    wire.then(replies(200, answer))
    assert await sprite.get_network_policy() == NetworkPolicy()


@pytest.mark.parametrize(
    "answer", [[], "text", {"rules": "none"}, {"rules": [1]}, {"rules": [{}]}, None]
)
async def test_what_is_no_policy(wire: Wire, sprite: AsyncSprite, answer: Any) -> None:
    """Nobody takes it for a policy that restricts nothing."""
    wire.then(replies(200, answer))
    with pytest.raises(APIResponseError):
        await sprite.get_network_policy()


async def test_rules_of_newer_servers_are_kept_and_not_sent_back_in_part(
    wire: Wire, sprite: AsyncSprite
) -> None:
    rules = [
        {"domain": "a.com", "action": "log"},
        {"cidr": "10.0.0.0/8", "action": "allow"},
        {"domain": "a.com"},
    ]
    wire.then(*(replies(200, {"rules": [rule]}) for rule in rules))
    log, cidr, bare = [(await sprite.get_network_policy()).rules[0] for _ in rules]
    assert (log.domain, log.action) == ("a.com", "log")
    assert (cidr.action, cidr.extra) == ("allow", {"cidr": "10.0.0.0/8"})
    assert (bare.domain, bare.extra) == (None, {"domain": "a.com"})
    for rule in (log, cidr, bare):
        with pytest.raises(ConfigurationError):
            await sprite.set_network_policy([rule])
    assert len(wire.requests) == 3


async def test_rules_are_replaced(wire: Wire, sprite: AsyncSprite) -> None:
    """S1: any success is one, with a body or without."""
    wire.then(replies(204), replies(200, {"rules": []}), replies(204))
    rules = [
        NetworkRule.allow("*.example.com"),
        NetworkRule.deny("*"),
        NetworkRule(include="defaults"),
    ]
    await sprite.set_network_policy(NetworkPolicy(rules=rules))
    await sprite.set_network_policy(rules)
    await sprite.set_network_policy([])
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
async def test_rules_that_are_not_sent(wire: Wire, sprite: AsyncSprite, rule: Any) -> None:
    with pytest.raises(ValueError) as caught:
        await sprite.set_network_policy([NetworkRule.defaults(), rule])
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


async def test_a_refused_policy(wire: Wire, sprite: AsyncSprite) -> None:
    text = "Invalid policy: rule 1\n"
    wire.then(replies(400, text, content_type="text/plain"))
    with pytest.raises(BadRequestError, match="rule 1"):
        await sprite.set_network_policy([NetworkRule.allow("a_b.c")])


async def test_privileges(wire: Wire, sprite: AsyncSprite) -> None:
    """Camel case on the wire; null lists are none; unknown words pass through."""
    full = {"profile": "minimal", "devices": ["/dev/fuse"], "noNewPrivileges": True}
    wire.then(
        replies(200, full),
        replies(200, {"profile": "paranoid", "devices": None, "seccomp": "x"}),
        replies(200, {}),
        replies(200),
    )
    policy = PrivilegesPolicy(profile="minimal", devices=("/dev/fuse",), no_new_privileges=True)
    assert await sprite.get_privileges_policy() == policy
    strange = await sprite.get_privileges_policy()
    assert strange == PrivilegesPolicy(profile="paranoid", extra={"seccomp": "x"})
    assert await sprite.get_privileges_policy() == PrivilegesPolicy()
    assert await sprite.get_privileges_policy() == PrivilegesPolicy()
    with pytest.raises(ConfigurationError):
        await sprite.set_privileges_policy(strange)
    wire.then(replies(204), replies(200, full), replies(204))
    await sprite.set_privileges_policy(policy)
    await sprite.set_privileges_policy(PrivilegesPolicy(profile="", devices=()))
    await sprite.delete_privileges_policy()
    sent = wire.requests[4:]
    assert [request.line for request in sent] == [
        f"POST {BASE}/privileges",
        f"POST {BASE}/privileges",
        f"DELETE {BASE}/privileges",
    ]
    assert [request.json for request in sent[:2]] == [full, {"profile": "", "devices": []}]


async def test_resources(wire: Wire, sprite: AsyncSprite) -> None:
    """Snake case on the wire."""
    full = {"memory": {"limit_mb": 4096, "autoscale": True}}
    wire.then(
        replies(200, full),
        replies(200, {"memory": None}),
        replies(200, {"memory": {"limit_mb": 1.5}}),
    )
    policy = ResourcesPolicy(memory=MemoryPolicy(limit_mb=4096, autoscale=True))
    assert await sprite.get_resources_policy() == policy
    assert await sprite.get_resources_policy() == ResourcesPolicy()
    assert await sprite.get_resources_policy() == ResourcesPolicy(memory=MemoryPolicy(limit_mb=1.5))
    wire.then(replies(204), replies(200), replies(204))
    await sprite.set_resources_policy(policy)
    await sprite.set_resources_policy(ResourcesPolicy())
    await sprite.delete_resources_policy()
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
async def test_privileges_that_are_not_sent(wire: Wire, sprite: AsyncSprite, policy: Any) -> None:
    with pytest.raises(ValueError) as caught:
        await sprite.set_privileges_policy(policy)
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
async def test_limits_that_are_not_sent(wire: Wire, sprite: AsyncSprite, memory: Any) -> None:
    with pytest.raises(ValueError) as caught:
        await sprite.set_resources_policy(ResourcesPolicy(memory=memory))
    assert isinstance(caught.value, ConfigurationError)
    assert wire.requests == []


async def test_a_policy_that_is_not_set(wire: Wire, sprite: AsyncSprite) -> None:
    """404 says that nothing is set, unless it is the sprite that is missing."""
    wire.then(*[MISSING, SPRITE] * 4)
    assert await sprite.get_privileges_policy() == PrivilegesPolicy()
    assert await sprite.get_resources_policy() == ResourcesPolicy()
    await sprite.delete_privileges_policy()
    await sprite.delete_resources_policy()
    assert wire.lines[:2] == [f"GET {BASE}/privileges", "GET /v1/sprites/demo"]


async def test_a_sprite_that_is_missing(wire: Wire, sprite: AsyncSprite) -> None:
    wire.always(NO_SPRITE)
    for call in (
        sprite.get_privileges_policy,
        sprite.get_resources_policy,
        sprite.delete_privileges_policy,
        sprite.delete_resources_policy,
        sprite.get_network_policy,
    ):
        with pytest.raises(NotFoundError, match="sprite 'demo'") as caught:
            await call()
        assert "/policy/" in str(caught.value.path)


async def test_the_client_does_the_same(wire: Wire, client: AsyncSpritesClient) -> None:
    """With the sprite's name first."""
    wire.then(replies(200, {"rules": RULES}), replies(204), replies(200, {}), replies(204))
    assert len((await client.get_network_policy("demo")).rules) == 3
    await client.set_network_policy("demo", [NetworkRule.deny("*")])
    assert await client.get_privileges_policy("demo") == PrivilegesPolicy()
    await client.set_privileges_policy("demo", PrivilegesPolicy(profile="standard"))
    wire.then(replies(204), replies(200, {}), replies(204), replies(204))
    await client.delete_privileges_policy("demo")
    assert await client.get_resources_policy("demo") == ResourcesPolicy()
    await client.set_resources_policy("demo", ResourcesPolicy(memory=MemoryPolicy(limit_mb=512)))
    await client.delete_resources_policy("demo")
    assert [request.line.rpartition("/")[2] for request in wire.requests] == [
        *["network"] * 2,
        *["privileges"] * 3,
        *["resources"] * 3,
    ]


async def test_only_reading_is_repeated(wire: Wire, sprite: AsyncSprite) -> None:
    """P14."""
    wire.always(replies(503, headers={"Retry-After": "0"}))
    with pytest.raises(Exception, match="503"):
        await sprite.get_network_policy()
    assert len(wire.requests) == 3
    with pytest.raises(Exception, match="503"):
        await sprite.set_network_policy([])
    with pytest.raises(Exception, match="503"):
        await sprite.delete_resources_policy()
    assert len(wire.requests) == 5
