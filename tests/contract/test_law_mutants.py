"""The laws of checkpoints find every broken server, each by the law that is meant for it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sprites_contract.evidence import Evidence
from sprites_contract.laws import Laws, hold_laws
from sprites_contract.target import Target, new_prefix, restartable_server
from sprites_facade.testing import LocalServer
from tests.contract.law_mutants import LawMutant, law_mutants
from tests.contract.proxy import broken

SCRIPTED = {"pages", "page_size", "names", "contents"}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for this module."""
    with LocalServer() as server:
        yield server


def laws_for(mutant: LawMutant) -> Laws:
    """Return no more than what matters."""
    if mutant.law in SCRIPTED:
        return Laws(programs=0, services=False)
    return Laws(programs=60, steps=6, services=False, scripted=False)


@pytest.mark.parametrize("mutant", law_mutants(), ids=str)
def test_a_mutant_is_found_by_its_law(server: LocalServer, mutant: LawMutant) -> None:
    """Each is found, by the law that is meant for it."""
    evidence = Evidence()
    with broken(server.url, server.token, mutant.fault) as url:
        target = Target(url=url, token=server.token, sprite=new_prefix())
        hold_laws(target, laws_for(mutant), evidence)

    found = [finding.check for finding in evidence.findings]
    assert len(found) == 1
    assert found[0] in mutant.law.split(" or "), evidence.findings


def test_known_differences_are_told_and_no_failures_elsewhere(server: LocalServer) -> None:
    """On a server that is not ours, what the hosted platform is known for breaks nothing."""
    evidence = Evidence()
    known = next(mutant for mutant in law_mutants() if str(mutant) == "time-an-hour-off")
    with broken(server.url, server.token, known.fault) as url:
        target = Target(url=url, token=server.token, local=False, sprite=new_prefix())
        hold_laws(target, Laws(programs=3, steps=6, services=False, scripted=False), evidence)

    assert evidence.findings == []
    assert {difference.check for difference in evidence.differences} == {"create_time"}


def test_what_a_restart_changes_is_found() -> None:
    """A server that comes back with other files is found."""
    evidence = Evidence()
    with restartable_server() as server:

        def change() -> Target:
            target = server.restart()
            with httpx.Client(base_url=target.url, headers=target.headers) as http:
                for sprite in http.get("/v1/sprites").json()["sprites"]:
                    http.put(
                        f"/v1/sprites/{sprite['name']}/fs/write",
                        params={"path": "/home/sprite/laws/new"},
                    ).raise_for_status()
            return target

        laws = Laws(60, 6, services=False, scripted=False, restart=change)
        hold_laws(server.target(), laws, evidence)

    assert [finding.check for finding in evidence.findings] == ["survives_restart"]
