"""The command line: chooses the target, runs the parts, tells the verdict."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import httpx
from attrs import evolve, frozen

from sprites_contract.changes import follow_changes
from sprites_contract.configuration import Plan, selected
from sprites_contract.document import ROOT, operations
from sprites_contract.evidence import Evidence
from sprites_contract.fuzzing import JOURNAL, fuzz
from sprites_contract.guardian import GuardianError
from sprites_contract.laws import Laws, hold_laws
from sprites_contract.sockets import prove_sockets
from sprites_contract.target import (
    CannotBeginError,
    Engine,
    Pace,
    Target,
    local_target,
    new_prefix,
    require_access,
    restartable_server,
)
from sprites_contract.verdict import REPORTS, Verdict
from sprites_contract.world import WorldError, world, world_to_look_at

NOT_SERVED = ROOT / "tests" / "contract" / "not_served.txt"
PARTS = ("http", "sockets", "laws")
ENGINES: tuple[Engine, ...] = ("auto", "full", "rootless", "portable")
DESCRIPTION = """Prove a server against openapi.yaml: a fresh local one, or any other.

    scripts/contract.py                        the local server
    TOKEN=... scripts/contract.py --url https://...

Schemathesis sends examples, boundary cases, random cases and sequences to every HTTP operation;
each answer is held against the document, each line of a stream against its schema. Only sprites
under the run's own random prefix are touched, and they are deleted at the end, also after Ctrl-C.
"""


def not_served() -> frozenset[str]:
    """Return the operations that the local server does not have yet; a test keeps it honest."""
    lines = NOT_SERVED.read_text().splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and line[0] != "#")


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--url", help="the server to prove; without it a local one is started")
    add("--engine", default="auto", choices=ENGINES, help="tier of the local server")
    add("--read-only", action="store_true", help="send nothing that changes anything")
    add("--sprite", default="", help="what a read-only run looks at; the first sprite otherwise")
    add("--only", action="append", default=[], help="prove only this operation; repeatable")
    add("--parts", default=",".join(PARTS), help="which of %(default)s to run")
    add("--phases", default="examples,coverage,fuzzing,stateful", help="of schemathesis")
    add("--examples", type=int, default=25, help="random cases per operation")
    add("--programs", type=int, help="programs of checkpoints and restores; 20, elsewhere 3")
    add("--rate", default="5/s", help="bound on requests to another server, such as 90/m")
    add("--budget", type=float, help="seconds for the HTTP part; 400, elsewhere 3600")
    add("--reports", type=Path, default=ROOT / "reports" / "contract")
    options = parser.parse_args(given)
    if unknown := set(options.only) - set(operations()):
        parser.error(f"no such operation: {', '.join(sorted(unknown))}")
    if unknown := set(options.parts.split(",")) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if options.url and options.engine != "auto":
        parser.error("--engine is for a local server; that of --url has its own")
    if options.read_only and not options.url:
        parser.error("--read-only goes with --url: a local server of its own has no sprites")
    if options.sprite and not options.read_only:
        parser.error("--sprite goes with --read-only: a run that changes things makes its own")
    try:
        per_second(options.rate)
    except ValueError:
        parser.error(f"--rate {options.rate} is not like 5/s or 90/m")
    return options


def per_second(rate: str) -> float:
    """Read a rate such as `5/s`.

    Raises:
        ValueError: If it is none.
    """
    count, _, unit = rate.partition("/")
    found = float(count) / {"s": 1, "m": 60, "h": 3600}.get(unit, 0) if unit in "smh" else 0.0
    if not found > 0:
        raise ValueError(rate)
    return found


def remote_target(options: argparse.Namespace) -> Target:
    """Describe the server that the user named; its token comes from the environment only."""
    token = os.environ.get("TOKEN") or os.environ.get("CONTRACT_TOKEN")
    if not token:
        sys.exit("contract: set TOKEN to a token of that server; it is not taken as an argument")
    if not token.isascii() or not token.isprintable() or " " in token:
        sys.exit("contract: TOKEN is not like a token: printable ASCII without spaces")
    return Target(
        url=options.url.rstrip("/"),
        token=token,
        local=False,
        sprite=options.sprite if options.read_only else new_prefix(),
        pace=Pace(per_second(options.rate)),
    )


@frozen
class Run:
    """One run: where, how, and what it saw."""

    target: Target
    plan: Plan
    parts: frozenset[str]
    evidence: Evidence
    programs: int = 20
    """How many random programs of checkpoints and restores to try."""
    engine: Engine = "auto"
    """The tier of the local server that the programs restart."""

    def prove(self) -> None:
        """Run the parts."""
        plan, missing = self.plan, set(self.plan.missing)
        made = (
            world_to_look_at(self.target)
            if plan.read_only
            else world(self.target, plan.reports / JOURNAL, missing)
        )
        with made as there:
            if "http" in self.parts and selected(plan):
                tell("http ...")
                fuzz(there, plan, self.evidence)
                if "list_sprites" in selected(plan) and not plan.read_only:
                    follow_changes(there.target, self.evidence)
                self._want_success()
            if "sockets" in self.parts:
                tell("sockets ...")
                self._prove_sockets(there.target)
            # Within the same clean-up: a program that is stopped leaves its sprites behind.
            if "laws" in self.parts and not plan.read_only and not plan.only:
                tell("laws ...")
                self._hold_laws()

    def _prove_sockets(self, target: Target) -> None:
        prove_sockets(
            target,
            self.evidence,
            examples=max(1, self.plan.examples // (1 if target.local else 5)),
            missing=self.plan.missing,
            only=self.plan.only,
            read_only=self.plan.read_only,
        )

    def _hold_laws(self) -> None:
        laws = Laws(self.programs, services="put_service" not in self.plan.missing)
        if not self.target.local:
            return hold_laws(self.target, laws, self.evidence)
        with restartable_server(self.engine) as server:
            target = server.target()
            return hold_laws(target, evolve(laws, restart=server.restart), self.evidence)

    def _want_success(self) -> None:
        """Find the operations of which no success was seen: they are not proved."""
        for name in sorted(selected(self.plan)):
            seen = self.evidence.seen.get(name)
            statuses = sorted(seen.statuses) if seen else []
            if not any(200 <= status < 300 for status in statuses):
                told = ", ".join(map(str, statuses)) or "no answer at all"
                told = f"no 2xx was seen, but {told}"
                if self.plan.read_only:  # it can only use what is there
                    self.evidence.differ(name, "http", "success_seen", told)
                else:
                    local = self.target.local
                    self.evidence.judge(name, "http", "success_seen", told, local=local)


def tell(news: str) -> None:
    """Say where a run is, which may take long."""
    print(f"contract: {news}", file=sys.stderr, flush=True)


def plan_for(target: Target, options: argparse.Namespace) -> Plan:
    """Say how schemathesis shall run."""
    options.reports.mkdir(parents=True, exist_ok=True)
    # What an earlier run said must not pass for the verdict of one that is stopped.
    for stale in (JOURNAL, *REPORTS):
        (options.reports / stale).unlink(missing_ok=True)
    return Plan(
        url=target.url,
        reports=options.reports.resolve(),
        phases=options.phases,
        examples=options.examples,
        rate="" if target.local else options.rate,
        only=frozenset(options.only),
        missing=not_served() if target.local else frozenset(),
        local=target.local,
        read_only=options.read_only,
        budget=options.budget or (400.0 if target.local else 3600.0),
    )


def run_for(target: Target, plan: Plan, options: argparse.Namespace, evidence: Evidence) -> Run:
    """Say what shall be run."""
    programs = (20 if target.local else 3) if options.programs is None else options.programs
    parts = frozenset(options.parts.split(","))
    return Run(target, plan, parts, evidence, programs, options.engine)


@contextmanager
def interruptible() -> Iterator[None]:
    """Clean up when the run is told to end, and not only after Ctrl-C; say that it proved nothing.

    Raises:
        SystemExit: If it was told to end, with the status that a shell expects.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        print("contract: stopped before the end; nothing is proved", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    finally:
        signal.signal(signal.SIGTERM, before)


def main(given: list[str] | None = None) -> int:
    """Prove, print, and return the exit status."""
    options = arguments(given)
    started = time.monotonic()
    evidence = Evidence()
    with ExitStack() as stack:
        stack.enter_context(interruptible())
        target = stack.enter_context(
            nullcontext(remote_target(options)) if options.url else local_target(options.engine)
        )
        plan = plan_for(target, options)
        tell(f"proving {plan.url}" + (f", at most {plan.rate} requests" if plan.rate else ""))
        try:
            if options.url:
                require_access(target)
            run_for(target, plan, options, evidence).prove()
        except CannotBeginError as error:
            sys.exit(f"contract: {error}")
        except (WorldError, GuardianError, httpx.HTTPError) as error:
            evidence.find("", "world", "world", str(error))
    wanted = selected(plan) if "http" in options.parts.split(",") else set()
    return conclude(plan, wanted, evidence, time.monotonic() - started)


def conclude(plan: Plan, wanted: set[str], evidence: Evidence, seconds: float) -> int:
    """Tell the verdict, and return the exit status."""
    tried = sorted(wanted | (set(evidence.seen) & set(operations())))
    untried = sorted(set(operations()) - set(tried)) if not plan.only else []
    verdict = Verdict(plan.url, seconds, evidence, tuple(tried), tuple(untried))
    verdict.save(plan.reports)
    print(verdict)
    word = "kept" if verdict.kept else "BROKEN"
    print(f"contract: {word} after {seconds:.0f} s; see {plan.reports}")
    return 0 if verdict.kept else 1
