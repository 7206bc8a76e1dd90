"""Services, policies and ports as values: nothing that a server sends makes them fail or lie."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_api import models as generated
from sprites_facade._core import organizations, policies, ports, services
from sprites_facade._core.errors import (
    ConfigurationError,
    OperationFailedError,
    StreamError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.reading import UnexpectedShapeError
from sprites_facade._core.stream import MessageStream

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these fields, of any type."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON))


@pytest.mark.parametrize(
    ("ours", "theirs", "renamed"),
    [
        (services.Service, "Service", {}),
        (services.ServiceState, "ServiceState", {}),
        (services.ServiceLogEvent, "ServiceEvent", {"raw": None}),
        (policies.NetworkPolicy, "NetworkPolicy", {}),
        (policies.NetworkRule, "NetworkRule", {}),
        (policies.PrivilegesPolicy, "PrivilegesPolicy", {}),
        (policies.ResourcesPolicy, "ResourcesPolicy", {}),
        (policies.MemoryPolicy, "MemoryPolicy", {}),
        (ports.PortEvent, "PortEvent", {}),
        (organizations.Organization, "Organization", {}),
    ],
)
def test_every_field_of_the_contract_has_its_counterpart(
    ours: type, theirs: str, renamed: dict[str, None]
) -> None:
    """A field that is added to the contract must reach users under its own name."""
    there = {field.name.rstrip("_") for field in attrs.fields(getattr(generated, theirs))}
    here = {field.name for field in attrs.fields(ours)}
    assert there - {"additional_properties"} == here - {"extra"} - renamed.keys()


@given(
    objects("name", "cmd", "args", "needs", "env", "dir", "http_port", "state")
    | objects("name", "status", "pid", "started_at", "restart_count", "next_restart_at")
)
def test_services_are_read_leniently(data: dict[str, Any]) -> None:
    """What cannot be read is kept as it came; only a service without a name is none."""
    if not isinstance(data.get("name"), str):
        with pytest.raises(UnexpectedShapeError):
            services.service(data)
        return
    found = services.service(data)
    assert found.name == data["name"]
    for name, value in data.items():
        if name != "name" and value is not None:
            known = getattr(found, name, None)
            assert name in found.extra or known is not None


@given(objects("type", "timestamp", "data", "exit_code", "log_files"))
def test_events_of_services_are_read_leniently(data: dict[str, Any]) -> None:
    """A time that is none is none, and the event is there as it came."""
    event = services.service_event(data)
    assert event.raw == data
    assert event.timestamp is None or event.timestamp.tzinfo is not None
    assert event.exit_code is None or event.exit_code == data["exit_code"]


@given(st.lists(objects("domain", "action", "include", "cidr"), max_size=4))
def test_a_policy_that_was_read_is_sent_back_as_it_was_or_not_at_all(
    rules: list[dict[str, Any]],
) -> None:
    """A rule must not lose what this version does not know."""
    try:
        policy = policies.network_policy({"rules": rules})
    except UnexpectedShapeError:
        assert any(not any(value is not None for value in rule.values()) for rule in rules)
        return
    assert len(policy.rules) == len(rules)
    try:
        sent = policies.network_update(policy).to_dict()
    except ConfigurationError:
        return
    kept = [{k: v for k, v in rule.items() if v is not None} for rule in rules]
    assert sent == {"rules": kept}


@given(objects("profile", "devices", "noNewPrivileges"), objects("limit_mb", "autoscale"))
def test_other_policies_are_read_leniently(
    privileges: dict[str, Any], memory: dict[str, Any]
) -> None:
    """Nothing that was sent is lost."""
    read = policies.privileges_policy(privileges)
    names = {"profile": "profile", "devices": "devices", "noNewPrivileges": "no_new_privileges"}
    for wire, name in names.items():
        if privileges.get(wire) is not None:
            assert wire in read.extra or getattr(read, name) is not None
    limit = policies.resources_policy({"memory": memory}).memory
    assert limit is not None
    for name in memory:
        if memory[name] is not None:
            assert name in limit.extra or getattr(limit, name) is not None


EVENTS = st.fixed_dictionaries(
    {"port": st.integers(1, 3)},
    optional={
        "type": st.sampled_from(["port_opened", "port_closed"]),
        "address": st.sampled_from(["127.0.0.1", "::"]),
    },
)


@given(
    st.lists(
        EVENTS
        | st.fixed_dictionaries(
            {"type": st.just("port_list"), "ports": st.none() | st.lists(EVENTS, max_size=3)}
        ),
        max_size=12,
    )
)
def test_the_open_ports_follow_from_the_events(messages: list[dict[str, Any]]) -> None:
    """Whoever applies the events has what the watch says is open."""
    known = ports.OpenPorts()
    mine: dict[tuple[int, str | None], ports.PortEvent] = {}
    for message in messages:
        for event in known.receive(json.dumps(message)):
            key = (event.port, event.address)
            if event.type == "port_closed":
                mine.pop(key, None)
                if event.address is None:
                    mine = {other: at for other, at in mine.items() if other[0] != event.port}
            else:
                mine[key] = event
        assert {(event.port, event.address) for event in known.ports} == mine.keys()


@given(JSON | st.dictionaries(st.sampled_from(["type", "port", "ports", "address"]), JSON))
def test_no_message_about_ports_breaks_the_watch(message: Any) -> None:
    """It is events, or an error with a name."""
    for text in (json.dumps(message), str(message), str(message).encode("utf-8", "replace")):
        try:
            found = ports.OpenPorts().receive(text)
        except StreamFormatError:
            continue
        assert all(isinstance(event, ports.PortEvent) for event in found)


@given(JSON)
def test_answers_of_tunnels(message: Any) -> None:
    """Only one answer opens a tunnel."""
    connected = isinstance(message, dict) and message.get("status") == "connected"
    assert (ports.tunnel_fault(json.dumps(message)) is None) == connected
    assert ports.tunnel_fault(json.dumps(message).encode()) is not None
    assert ports.tunnel_fault('{"status": "connected", "target": "x"}') is None


KINDS = st.lists(st.sampled_from(["started", "stdout", "error", "exit", "complete"]), max_size=8)


@given(KINDS, st.booleans())
def test_streams_of_services_tell_the_truth(kinds: list[str], cut: bool) -> None:
    """All is delivered up to `complete`; then comes the first failure, or the break, or the end."""
    machine = MessageStream(
        services.service_event, end_is_success=True, failure_is_last=False, what="it"
    )
    for number, kind in enumerate(kinds):
        machine.feed(json.dumps({"type": kind, "data": str(number)}).encode() + b"\n")
    broken = StreamTruncatedError("cut")
    machine.fail(broken) if cut else machine.end()
    last = kinds.index("complete") + 1 if "complete" in kinds else len(kinds)
    got: list[str] = []
    fault: StreamError | None = None
    try:
        while (event := machine.next()) is not None:
            got.append(event.type)
    except StreamError as exc:
        fault = exc
    assert got == kinds[:last]
    assert machine.finished
    if "error" in kinds[:last]:
        assert isinstance(fault, OperationFailedError)
        assert fault.message == str(kinds.index("error"))
        assert (fault.__cause__ is broken) == (cut and "complete" not in kinds)
    elif cut and "complete" not in kinds:
        assert fault is broken
    else:
        assert fault is None
        assert machine.succeeded


def test_no_value_shows_secrets() -> None:
    """Environments and arguments may be secret, in whatever form they come."""
    for env in ({"A": "hunter2"}, {"A": "hunter2", "B": 1}, ["hunter2"]):
        found = services.service({"name": "web", "args": ["hunter2"], "env": env})
        assert "hunter2" not in repr(found)
        assert hash(found)
    body = services.service_create(
        "x", None, needs=None, env={"A": "hunter2"}, dir=None, http_port=None
    )
    assert "hunter2" not in repr(body)
