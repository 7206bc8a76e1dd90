"""The HTTP part finds every broken server, each by the check that is meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sprites_contract.cli import Run
from sprites_contract.configuration import Plan
from sprites_contract.evidence import Evidence, Finding
from sprites_contract.target import Target, new_prefix
from sprites_facade.testing import LocalServer
from tests.contract.http_mutants import Mutant, groups, http_mutants
from tests.contract.proxy import Call, Fault, Reply, Send, broken, fault

pytestmark = pytest.mark.timeout(120)
NAMES = [str(mutant) for mutant in http_mutants("")]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for this module."""
    with LocalServer() as server:
        yield server


def prove(
    server: LocalServer,
    reports: Path,
    *faults: Fault,
    only: frozenset[str],
    budget: float = 90,
    phases: str = "examples,coverage",
    examples: int = 25,
) -> list[Finding]:
    """Prove a broken server, and return the findings."""
    evidence = Evidence()
    with broken(server.url, server.token, *faults) as url:
        plan = Plan(
            url=url, reports=reports, phases=phases, examples=examples, only=only, budget=budget
        )
        target = Target(url=url, token=server.token, sprite=new_prefix())
        Run(target, plan, frozenset({"http"}), evidence).prove()
    return evidence.findings


async def say_gone(call: Call, send: Send) -> Reply:
    """Say that a sprite was deleted, and keep it."""
    found = await send(Call("GET", call.path, "", dict(call.headers), b""))
    return Reply(204, b"") if found.status == 200 else found


async def lose_what_was_made(call: Call, send: Send) -> Reply:
    """Know the sprite of the run only, and none that a sequence made."""
    if re.search(r"contract-[0-9a-f]{8}-", call.path):
        return Reply(404, b'{"error":"sprite not found"}', {"content-type": "application/json"})
    return await send(call)


@pytest.fixture(scope="module")
def findings(
    server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Finding]]:
    """Prove all mutants in as few runs as there are mutants of one operation."""
    found: dict[str, list[Finding]] = {}
    for group in groups(http_mutants(server.token)):
        only = frozenset(mutant.operation for mutant in group)
        faults = [mutant.fault for mutant in group]
        told = prove(server, tmp_path_factory.mktemp("reports"), *faults, only=only)
        assert {each.operation for each in told} <= only, told
        for mutant in group:
            found[str(mutant)] = [each for each in told if each.operation == mutant.operation]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_is_found_by_its_check(name: str, findings: dict[str, list[Finding]]) -> None:
    """Each is found, at its operation, by the check that is meant for it."""
    mutant = next(mutant for mutant in http_mutants("") if str(mutant) == name)

    assert mutant.check in {finding.check for finding in findings[name]}


@pytest.mark.parametrize(
    ("bug", "check"),
    [
        (Fault("delete-that-does-not", r"DELETE /v1/sprites/[^/]+", say_gone), "use_after_free"),
        (
            Fault("made-and-not-there", r"GET /v1/sprites/[^/]+", lose_what_was_made),
            "ensure_resource_availability",
        ),
    ],
    ids=str,
)
def test_sequences_find_what_is_wrong_between_operations(
    server: LocalServer, tmp_path: Path, bug: Fault, check: str
) -> None:
    """Sequences go on with what answers name: each single answer of these servers is fine."""
    only = frozenset({"create_sprite", "get_sprite", "delete_sprite"})
    found = prove(server, tmp_path, bug, only=only, phases="stateful", examples=4)

    assert check in {finding.check for finding in found}


def test_there_is_no_finding_without_a_fault(server: LocalServer, tmp_path: Path) -> None:
    """The proxy itself breaks nothing."""
    only = frozenset({"create_checkpoint", "read_file", "update_sprite", "list_services"})

    assert prove(server, tmp_path, only=only) == []


def test_an_endless_stream_does_not_hang_the_run(server: LocalServer, tmp_path: Path) -> None:
    """A server that never ends a stream costs the budget, and is told."""

    def never_end(reply: Reply) -> None:
        reply.endless = True

    endless = fault("endless", r"GET .*/services/[^/]+/logs", never_end)
    found = prove(server, tmp_path, endless, only=frozenset({"get_service_logs"}), budget=3)

    assert "time" in {finding.check for finding in found}


def test_mutants_are_many_and_different() -> None:
    """There are at least twenty, under names of their own."""
    mutants: list[Mutant] = http_mutants("")

    assert len(mutants) >= 20
    assert len(set(NAMES)) == len(NAMES)
