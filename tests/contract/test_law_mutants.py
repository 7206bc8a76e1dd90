"""The laws of checkpoints find every broken server, each by the law that is meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sprites_contract.evidence import Evidence
from sprites_contract.laws import Laws, hold_laws, machine, round_trips, scripted
from sprites_contract.laws.scripted import Law
from sprites_contract.target import Target, new_prefix, restartable_server
from sprites_facade.testing import LocalServer
from tests.contract.law_mutants import LawMutant, law_mutants, mutants_for_luck
from tests.contract.proxy import broken

SCRIPTED: dict[str, Law] = {
    "pages": scripted.pages,
    "page_size": scripted.pages,
    "prefix": scripted.pages,
    "names": scripted.names,
    "contents": scripted.contents,
    "ranges": scripted.contents,
    "exit_codes": round_trips.commands,
    "output": round_trips.commands,
    "surroundings": round_trips.commands,
    "signals": round_trips.signals,
    "logs": round_trips.logs,
    "policies": round_trips.policies,
    "settings": round_trips.settings,
    "refusals": round_trips.refusals,
    "new_life": round_trips.new_life,
}
FOUND_ELSEWHERE = {"survives_restart"}
"""By a test of its own below."""
_LAW = re.compile(r'(?:hold\(|LawBrokenError\(|law: str = |_look\()\s*"(\w+)"')


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for this module; it keeps files only, which is faster."""
    with LocalServer(process_state="off") as server:
        yield server


def hold(server: LocalServer, mutant: LawMutant, laws: Laws) -> list[str]:
    """Hold laws against a broken server, and return which were found broken."""
    evidence = Evidence()
    with broken(server.url, server.token, mutant.fault) as url:
        target = Target(url=url, token=server.token, sprite=new_prefix())
        hold_laws(target, laws, evidence)
    return [finding.check for finding in evidence.findings]


@pytest.mark.parametrize("mutant", law_mutants(), ids=str)
def test_a_mutant_is_found_by_its_law(server: LocalServer, mutant: LawMutant) -> None:
    """Each is found, by the law that is meant for it, without luck."""
    law = SCRIPTED.get(mutant.law)
    laws = Laws(programs=0, scripted=(law,) if law else (), walked=law is None)

    assert hold(server, mutant, laws) == [mutant.law]


@pytest.mark.parametrize("mutant", mutants_for_luck(), ids=str)
def test_random_programs_find_what_the_plain_one_does_not(
    server: LocalServer, mutant: LawMutant
) -> None:
    """The search is no decoration: it meets what nobody thought of when writing the program."""
    assert hold(server, mutant, Laws(programs=0, scripted=())) == []
    assert hold(server, mutant, Laws(30, 6, scripted=(), walked=False)) == [mutant.law]


def test_each_law_has_a_mutant() -> None:
    """No law is there that was never seen to find anything."""
    sources = Path(machine.__file__).parent.glob("*.py")
    laws = {law for source in sources for law in _LAW.findall(source.read_text())}

    assert len(laws) > 30
    assert laws | {"program"} == {mutant.law for mutant in law_mutants()} | FOUND_ELSEWHERE


def test_known_differences_are_told_and_no_failures_elsewhere(server: LocalServer) -> None:
    """On a server that is not ours, what the hosted platform is known for breaks nothing."""
    evidence = Evidence()
    known = next(mutant for mutant in law_mutants() if str(mutant) == "time-an-hour-off")
    with broken(server.url, server.token, known.fault) as url:
        target = Target(url=url, token=server.token, local=False, sprite=new_prefix())
        hold_laws(target, Laws(programs=2, steps=6, scripted=()), evidence)

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

        laws = Laws(programs=0, scripted=(), restart=change)
        hold_laws(server.target(), laws, evidence)

    assert [finding.check for finding in evidence.findings] == ["survives_restart"]
