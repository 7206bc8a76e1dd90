"""What decides about the way out of sprites, without a sprite: rules, addresses, packets."""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import dns.flags
import dns.message
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sprites_local import netlink
from sprites_local.cli import main
from sprites_local.egress import dns as codec
from sprites_local.egress import lookups
from sprites_local.egress.addresses import PUBLIC, Reach, is_public, read_network
from sprites_local.egress.defaults import DEFAULTS
from sprites_local.egress.guard import Guard
from sprites_local.egress.known import MOST_ADDRESSES, MOST_NAMES, Known
from sprites_local.egress.rules import Rules, normal
from sprites_local.policies import parsing

LABELS = st.sampled_from(["a", "b", "c", "x-1", "_srv"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
DOMAINS = st.one_of(NAMES, NAMES.map(lambda name: f"*.{name}"), st.just("*"))
RULES = st.lists(
    st.builds(
        lambda domain, action: {"domain": domain, "action": action},
        DOMAINS,
        st.sampled_from(["allow", "deny"]),
    ),
    max_size=8,
)
ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)


def exactness(domain: str, name: str) -> int:
    """Say how well a domain names a host; -1 if not at all. Written apart from the code."""
    if domain == name:
        return 1000
    if domain == "*":
        return 0
    if domain.startswith("*.") and name.endswith(domain[1:]) and len(name) > len(domain) - 1:
        return len(domain)
    return -1


@given(RULES, NAMES)
def test_the_most_exact_rule_decides_and_deny_beats_allow(
    rules: list[dict[str, str]], name: str
) -> None:
    best = max((exactness(rule["domain"], name) for rule in rules), default=-1)
    deciding = {rule["action"] for rule in rules if exactness(rule["domain"], name) == best}
    expected = not rules or (best >= 0 and deciding == {"allow"})

    assert Rules.of(rules).allow(name) is expected


@given(st.permutations([*"abcdef"]), RULES, NAMES)
def test_the_order_of_rules_means_nothing(
    order: list[str], rules: list[dict[str, str]], name: str
) -> None:
    shuffled = [rule for _, rule in sorted(zip(order, rules, strict=False), key=lambda p: p[0])]
    assert Rules.of(shuffled).allow(name) is Rules.of(rules[: len(order)]).allow(name)


def test_defaults_are_allowed_and_others_are_not() -> None:
    policy = [{"include": "defaults"}, {"domain": "gist.github.com", "action": "deny"}]
    rules = Rules.of(policy)
    guard = Guard(Reach(defaults=DEFAULTS | {"*.packages.example"}), lambda _: netlink.UNICAST)
    guard.replace(policy)

    assert all(map(rules.allow, ("github.com", "api.github.com", "go.dev")))
    assert not any(map(rules.allow, ("example.com", "gist.github.com", "notgithub.com")))
    assert not rules.allow("a.packages.example")
    assert guard.rules.allow("a.packages.example")
    assert guard.rules.allow("api.github.com")


def test_defaults_are_domains_and_are_written_down_for_people() -> None:
    for domain in DEFAULTS:
        parsing.network({"rules": [{"domain": domain, "action": "allow"}]})
    guide = Path(__file__).parents[2] / "docs/guides/local-server.md"
    _, _, text = guide.read_text().partition("`include: defaults` allows")
    assert set(text.partition("\n\n")[2].partition("\n\n")[0].replace("`", " ").split()) == DEFAULTS


@given(st.text(max_size=300))
@example("1.1.1.1")
@example("0x7f.1")
@example("2130706433")
@example("a.2")
@example("good.example\0.evil")
@example("-a.b")
def test_a_name_is_never_an_address_in_disguise(text: str) -> None:
    name = normal(text)
    if name is not None:
        assert name == text.lower().removesuffix(".")
        with pytest.raises(OSError, match="illegal"):
            socket.inet_aton(name)
        assert name == normal(name)


@given(ADDRESSES)
@example(IPv4Address("169.254.169.254"))
@example(IPv4Address("100.64.0.1"))
@example(IPv4Address("224.0.0.251"))
@example(IPv4Address("255.255.255.255"))
def test_public_is_at_most_what_is_known_to_be(address: IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        special = (address.is_multicast, address.is_reserved, address.is_loopback)
        assert not any(special)


@pytest.mark.parametrize(
    "network",
    [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "0.0.0.0/8",
        "198.18.0.0/15",
        "192.0.2.0/24",
    ],
)
@given(data=st.data())
def test_no_address_of_a_special_network_is_public(network: str, data: st.DataObject) -> None:
    address = data.draw(st.ip_addresses(network=network))
    assert isinstance(address, IPv4Address)
    assert not PUBLIC.permits(address, own=False)


@given(ADDRESSES, st.lists(st.tuples(ADDRESSES, st.integers(0, 32)), max_size=4), st.booleans())
def test_the_machines_own_addresses_have_to_be_named(
    address: IPv4Address, networks: list[tuple[IPv4Address, int]], public: bool
) -> None:
    chosen = tuple(IPv4Network((int(base), size), strict=False) for base, size in networks)
    reach = Reach(public, chosen)

    named = IPv4Network(address) in chosen
    assert not reach.permits(address, own=True) or named
    assert not Reach(public).permits(address, own=True)


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "192.0.0.2/32", "::1", "10.0.0.1/8", "no", "224.0.0.0/8"]
)
def test_networks_that_make_no_sense_are_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--allow-network", text])
    assert "--allow-network" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"."):
        read_network(text)


@pytest.mark.parametrize("text", ["", "no domain", "*.", "https://example.com", "a.*.b"])
def test_domains_that_make_no_sense_are_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--default-domain", text])
    assert "--default-domain" in capsys.readouterr().err


def test_under_a_policy_only_what_was_looked_up_is_permitted() -> None:
    guard = Guard(PUBLIC, lambda _: netlink.UNICAST)
    one, two = IPv4Address("1.1.1.1"), IPv4Address("2.2.2.2")
    guard.learn("one.example", [one])
    assert guard.permits(one)
    assert guard.permits(two)

    guard.replace([{"domain": "one.example", "action": "allow"}])
    assert guard.permits(one)
    assert not guard.permits(two)

    guard.replace([{"domain": "two.example", "action": "allow"}])
    assert not guard.permits(one)
    # Two names of one host: one that is allowed is enough.
    guard.learn("two.example", [one, IPv4Address("10.0.0.1")])
    assert guard.permits(one)
    assert not guard.permits(IPv4Address("10.0.0.1"))


@pytest.mark.parametrize("kind", [None, netlink.LOCAL, 3, 5])
def test_what_is_not_another_hosts_is_not_permitted(kind: int | None) -> None:
    guard = Guard(PUBLIC, lambda _: kind)
    address = IPv4Address("1.1.1.1")

    assert guard.learn("one.example", [address]) == []
    assert not guard.permits(address)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=200))
def test_what_is_known_is_bounded(facts: list[tuple[int, int]]) -> None:
    known = Known()
    for address, name in facts:
        known.learn(f"n{name}", [IPv4Address(address)])
        assert f"n{name}" in known.names(IPv4Address(address))
        assert len(known.names(IPv4Address(address))) <= MOST_NAMES


def test_the_oldest_addresses_are_forgotten_first() -> None:
    known = Known()
    known.learn("first", [IPv4Address(0)])
    known.learn("others", map(IPv4Address, range(1, MOST_ADDRESSES)))
    known.learn("first", [IPv4Address(0)])
    known.learn("one more", [IPv4Address(MOST_ADDRESSES)])

    assert known.names(IPv4Address(0)) == ("first",)
    assert known.names(IPv4Address(1)) == ()


@given(st.binary(max_size=600))
def test_any_bytes_are_answered_shortly_or_not_at_all(packet: bytes) -> None:
    query = codec.read(packet)
    if query is None:
        assert len(packet) < 12 or packet[2] & 0x80
        return
    answer = codec.answer(query, query.problem, [IPv4Address("1.2.3.4")] * 30)
    assert len(answer) <= codec.LONGEST
    assert answer[:2] == packet[:2]
    assert answer[2] & 0x80


@given(NAMES, st.sampled_from(["A", "AAAA", "MX", "HTTPS"]), st.booleans())
def test_what_an_established_library_asks_is_understood(name: str, kind: str, edns: bool) -> None:
    question = dns.message.make_query(name, kind, use_edns=edns)

    query = codec.read(question.to_wire())

    assert query is not None
    assert query.name == name
    assert query.kind == dns.rdatatype.from_text(kind)
    assert query.problem == (codec.NO_ERROR if kind in ("A", "AAAA") else codec.NOT_IMPLEMENTED)


@given(NAMES, st.lists(ADDRESSES, max_size=12), st.integers(0, 5), st.integers(0, 2**31 - 1))
def test_what_is_answered_an_established_library_understands(
    name: str, addresses: list[IPv4Address], code: int, ttl: int
) -> None:
    question = dns.message.make_query(name, "A", use_edns=False)
    query = codec.read(question.to_wire())
    assert query is not None

    answer = dns.message.from_wire(codec.answer(query, code, addresses, ttl))

    assert question.is_response(answer)
    assert answer.rcode() == code
    assert answer.flags & dns.flags.RA
    said = [str(record) for rrset in answer.answer for record in rrset]
    assert sorted(said) == sorted({str(address) for address in addresses[: codec.MOST_ADDRESSES]})
    assert all(rrset.ttl == ttl for rrset in answer.answer)


def test_a_dot_in_a_label_does_not_make_another_name() -> None:
    packet = (
        struct.pack(">6H", 1, 0, 1, 0, 0, 0) + b"\x0cgood.example\x00" + struct.pack(">2H", 1, 1)
    )
    query = codec.read(packet)

    assert query is not None
    assert normal(query.name) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("localhost", codec.NO_ERROR), ("a" * 64 + ".example", codec.SERVER_FAILURE)],
)
def test_the_systems_answers_become_codes(name: str, expected: int) -> None:
    assert lookups.resolve(name).code == expected
