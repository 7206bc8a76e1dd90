"""Runs the programs, and tells the broken law with the shortest program at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from sprites_contract.evidence import Evidence
from sprites_contract.laws.bench import Bench
from sprites_contract.laws.machine import Machine
from sprites_contract.laws.scripted import SCRIPTED, Law, hold_scripted
from sprites_contract.laws.walk import walk
from sprites_contract.laws.wire import LawBrokenError
from sprites_contract.target import Target


@frozen
class Laws:
    """How much to try."""

    programs: int = 20
    """Random programs, besides the one that touches every law."""
    steps: int = 15
    services: bool = True
    scripted: tuple[Law, ...] = SCRIPTED
    """The laws to hold that need no program."""
    walked: bool = True
    """Whether to begin with the program that touches every law."""
    restart: Callable[[], Target] | None = None


def hold_laws(target: Target, laws: Laws, evidence: Evidence) -> None:
    """Run programs, the same ones each time, and note which laws were broken."""
    bench = Bench(target, evidence, laws.services, laws.restart)

    class Program(Machine):
        pass

    Program.bench = bench
    try:
        for law in laws.scripted:
            _noted(evidence, partial(hold_scripted, bench, law))
        # A server that fails on the plain way would fail every random one, too.
        kept = not laws.walked or _noted(evidence, lambda: _walk(Program()))
        if kept and laws.programs:
            _noted(evidence, lambda: _run_programs(Program, laws))
    finally:
        bench.close()


def _noted(evidence: Evidence, hold: Callable[[], None]) -> bool:
    """Hold laws, note what was broken, and tell whether nothing was."""
    try:
        hold()
    except LawBrokenError as error:
        evidence.find("", "laws", error.law, "\n".join([error.message, *_notes(error)]))
    except (httpx.HTTPError, HypothesisException, ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"
        evidence.find("", "laws", "program", "\n".join([told, *_notes(error)]))
    else:
        return True
    return False


def _walk(machine: Machine) -> None:
    try:
        walk(machine)
    finally:
        machine.teardown()


def _run_programs(program: type[Machine], laws: Laws) -> None:
    run_state_machine_as_test(
        program,
        settings=settings(
            max_examples=laws.programs,
            stateful_step_count=laws.steps,
            deadline=None,
            derandomize=True,
            database=None,
            # Shrinking costs minutes of somebody's server, and programs are short.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))
