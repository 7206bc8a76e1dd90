"""Runs the programs, and tells the broken law with the shortest program at hand."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from sprites_contract.evidence import Evidence
from sprites_contract.laws.bench import Bench
from sprites_contract.laws.machine import Machine
from sprites_contract.laws.scripted import hold_scripted
from sprites_contract.laws.wire import LawBrokenError
from sprites_contract.target import Target


@frozen
class Laws:
    """How much to try."""

    programs: int = 20
    steps: int = 15
    services: bool = True
    scripted: bool = True
    """Whether to hold the laws as well that need no program."""
    restart: Callable[[], Target] | None = None


def hold_laws(target: Target, laws: Laws, evidence: Evidence) -> None:
    """Run random programs, the same ones each time, and note which law was broken."""
    bench = Bench(target, evidence, laws.services, laws.restart)

    class Program(Machine):
        pass

    Program.bench = bench
    try:
        if laws.scripted:
            hold_scripted(bench)
        run_state_machine_as_test(
            Program,
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
    except LawBrokenError as error:
        evidence.find("", "laws", error.law, "\n".join([error.message, *_notes(error)]))
    except (httpx.HTTPError, HypothesisException, ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"
        evidence.find("", "laws", "program", "\n".join([told, *_notes(error)]))
    finally:
        bench.close()


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))
