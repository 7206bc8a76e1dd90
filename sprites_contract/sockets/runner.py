"""Proves the WebSockets: refused handshakes first, then conversations."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus, WebSocketException

from sprites_contract.document import Operation, operations
from sprites_contract.evidence import Answer, Evidence
from sprites_contract.promises import BrokenPromiseError
from sprites_contract.sessions import open_socket
from sprites_contract.sockets.conversation import Conversation
from sprites_contract.sockets.inputs import Frame, invalid_messages, valid_frames, valid_messages
from sprites_contract.sockets.listening import listen_inside
from sprites_contract.sockets.place import Place
from sprites_contract.sockets.scenarios import READ_ONLY, SCENARIOS, Scenario
from sprites_contract.target import Client, Target

_SWITCHING = 101
_UNKNOWN = "999999999"


def prove_sockets(
    target: Target,
    evidence: Evidence,
    *,
    examples: int,
    missing: Iterable[str] = (),
    only: Iterable[str] = (),
    read_only: bool = False,
) -> None:
    """Talk on every WebSocket that the server has; one that differs from the document is noted."""
    with Client(target) as http:
        place = Place(target, http)
        listens = {"open_proxy", "watch_ports"}
        if not read_only and not listens & set(missing) and (not only or listens & set(only)):
            place = _with_listener(place, evidence)
        for scenario in SCENARIOS:
            operation = operations()[scenario.operation]
            wanted = not only or operation.id in only
            if operation.id in missing or not wanted or (scenario.listens and not place.port):
                continue
            if not read_only or operation.id in READ_ONLY:
                _prove(place, scenario, operation, evidence, examples)


def _with_listener(place: Place, evidence: Evidence) -> Place:
    try:
        return evolve(place, port=listen_inside(place))
    except (BrokenPromiseError, WebSocketException, httpx.HTTPError, OSError) as error:
        note = evidence.find if place.target.local else evidence.differ
        note("watch_ports", "sockets", "port_told", str(error))
        return place


def _prove(
    place: Place, scenario: Scenario, operation: Operation, evidence: Evidence, examples: int
) -> None:
    try:
        _refusals(place, scenario, operation, evidence)
        _conversations(place, scenario, operation, evidence, examples)
    except BrokenPromiseError as fault:
        told = "\n".join([f"{scenario.name}: {fault.message}", *_notes(fault)])
        evidence.find(operation.id, "sockets", fault.check, told)
    except InvalidStatus as refusal:
        _refused(place, operation, evidence, refusal.response.status_code)
    except (WebSocketException, httpx.HTTPError, OSError) as error:
        evidence.find(operation.id, "sockets", "socket_opens", f"{scenario.name}: {error}")


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _refused(place: Place, operation: Operation, evidence: Evidence, status: int) -> None:
    told = f"a valid handshake was answered {status}"
    local = place.target.local or status != 404  # not served is what is known of some
    evidence.judge(operation.id, "sockets", "socket_opens", told, local=local)


def _refusals(place: Place, scenario: Scenario, operation: Operation, evidence: Evidence) -> None:
    """Handshakes without a token, with a false one and to unknown things are refused."""
    target = place.target
    good = place.path(scenario.path(place))
    stranger = good.replace(target.sprite, f"{target.sprite}-stranger", 1)
    tried = [("", good, {401}), (f"{target.token}x", good, {401}), (target.token, stranger, {404})]
    if operation.id == "attach_session":
        tried.append((target.token, place.path(f"/exec/{_UNKNOWN}"), {404}))
    for token, path, wanted in tried:
        status = _handshake(place, token, path)
        evidence.see(operation.id, Answer(status, "", b""))
        evidence.check(operation.id, "handshake_refused")
        if status not in wanted:
            told = f"{path} with token {'given' if token else 'missing'} was answered {status}"
            raise BrokenPromiseError("handshake_refused", f"{told}, not {sorted(wanted)}")


def _handshake(place: Place, token: str, path: str) -> int:
    place.wait()
    try:
        with open_socket(place.target.url, token, path):
            return _SWITCHING
    except InvalidStatus as refusal:
        return refusal.response.status_code


def _conversations(
    place: Place, scenario: Scenario, operation: Operation, evidence: Evidence, examples: int
) -> None:
    websocket = operation.websocket or {}
    kinds = (valid_messages(websocket), valid_frames(websocket), invalid_messages(websocket))
    inputs = st.lists(st.one_of(kinds), max_size=6)

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def converse(said: list[Frame]) -> None:
        with scenario.open(place) as socket:
            evidence.see(operation.id, Answer(_SWITCHING, "", b""))
            talk = Conversation(
                operation, socket, evidence.drift, raw=scenario.raw, patience=place.patience
            )
            scenario.talk(place, talk, said)
        evidence.check(operation.id, "socket_messages", len(talk.messages))
        evidence.check(operation.id, "socket_frames", len(talk.frames))
        evidence.check(operation.id, "socket_close")

    converse()
