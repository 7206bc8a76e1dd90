"""The WebSocket part finds every broken server, each by the check that is meant for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sprites_contract.evidence import Evidence, Finding
from sprites_contract.sockets import prove_sockets
from sprites_contract.target import Target
from sprites_facade.testing import LocalServer
from tests.contract.proxy import SocketFault, broken
from tests.contract.socket_mutants import SocketMutant, socket_mutants


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server with one sprite for this module."""
    with LocalServer() as server, server.client() as client:
        client.create_sprite("sockets")
        yield server


def prove(server: LocalServer, operation: str, *faults: SocketFault) -> list[Finding]:
    """Prove one WebSocket of a broken server."""
    evidence = Evidence()
    with broken(server.url, server.token, *faults) as url:
        target = Target(url=url, token=server.token, sprite="sockets")
        prove_sockets(target, evidence, examples=8, only={operation})
    return evidence.findings


@pytest.mark.parametrize("mutant", socket_mutants(), ids=str)
def test_a_mutant_is_found_by_its_check(server: LocalServer, mutant: SocketMutant) -> None:
    """Each is found, at its operation, by the check that is meant for it."""
    found = prove(server, mutant.operation, mutant.fault)

    assert mutant.check in {each.check for each in found if each.operation == mutant.operation}


@pytest.mark.parametrize("operation", ["list_sessions", "attach_session", "watch_files"])
def test_there_is_no_finding_without_a_fault(server: LocalServer, operation: str) -> None:
    """The proxy itself breaks nothing."""
    assert prove(server, operation) == []
