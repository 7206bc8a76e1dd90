"""The stream of sprites is followed, and every broken one is found by the check meant for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from sprites_contract.changes import follow_changes
from sprites_contract.evidence import Evidence, Finding
from sprites_contract.target import Target, new_prefix
from sprites_facade.testing import LocalServer
from tests.contract.proxy import Call, Fault, LineChange, Reply, Send, broken, fault

WHERE = "GET /v1/sprites"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for this module."""
    with LocalServer() as server:
        yield server


def _lines(change: LineChange) -> Callable[[Reply], None]:
    """Change the lines of the stream that has no end."""

    def apply(reply: Reply) -> None:
        reply.on_line = change

    return apply


def _only_heartbeats(line: str) -> str | None:
    return line if '"heartbeat"' in line else None


def _number_the_time(line: str) -> str:
    return json.dumps(json.loads(line) | {"timestamp": 1_769_862_024})


def _name_another(line: str) -> str:
    event = json.loads(line)
    return json.dumps(event | {"name": "another"} if "name" in event else event)


def _end_early(reply: Reply) -> None:
    if reply.lines_to_come is not None:
        reply.lines_to_come, reply.body = None, b'{"type":"heartbeat"}\n'


async def _answer_pages_only(call: Call, send: Send) -> Reply:
    call.headers["accept"] = "application/json"
    return await send(call)


async def _ask_no_token(call: Call, send: Send) -> Reply:
    reply = await send(call)
    return Reply(200, b"") if reply.status == 401 else reply


def follow(server: LocalServer, *faults: Fault) -> list[Finding]:
    """Follow the changes of a broken server."""
    evidence = Evidence()
    with broken(server.url, server.token, *faults) as url:
        follow_changes(Target(url=url, token=server.token, sprite=new_prefix()), evidence)
    return evidence.findings


@pytest.mark.parametrize(
    ("check", "bug"),
    [
        ("watch_told", fault("changes-not-told", WHERE, _lines(_only_heartbeats))),
        ("watch_lines", fault("time-as-number", WHERE, _lines(_number_the_time))),
        ("watch_prefix", fault("changes-of-others", WHERE, _lines(_name_another))),
        ("watch_ends", fault("stream-ends", WHERE, _end_early)),
        ("watch_opens", Fault("pages-only", WHERE, _answer_pages_only)),
        ("watch_refused", Fault("any-token", WHERE, _ask_no_token)),
    ],
    ids=str,
)
def test_a_mutant_is_found_by_its_check(server: LocalServer, check: str, bug: Fault) -> None:
    """Each is found, by the check that is meant for it."""
    assert [finding.check for finding in follow(server, bug)] == [check]


def test_there_is_no_finding_without_a_fault(server: LocalServer) -> None:
    """The server tells what happens, and the proxy breaks nothing."""
    assert follow(server) == []
