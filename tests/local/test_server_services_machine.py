"""The decisions about services, against a world of processes that do as they like."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from graphlib import CycleError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sprites_local.services.actions import Action, Retry, Spawn, Tell, Terminate
from sprites_local.services.definitions import start_order
from sprites_local.services.machine import FIRST_DELAY, HEALTHY, LONGEST_DELAY, Machine
from sprites_local.services.unit import Phase

SECOND = 1_000_000_000
NAMES = "abcd"
Some = st.randoms(use_true_random=False)


class World(RuleBasedStateMachine):
    """Services a to d, each may need earlier ones; any event at any time, news in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine()
        self.now = 0
        self.spawns: list[Spawn] = []
        self.timers: list[Retry] = []
        self.processes: dict[tuple[str, int], float] = {}
        self.stopping: set[str] = set()
        self.must_stay: set[str] = set()
        self.ended = False

    def do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Spawn(name):
                    assert not self.ended
                    assert name not in self.must_stay
                    assert not self.running(name)
                    unit = self.machine.units[name]
                    assert all(self.running(need) for need in unit.needs)
                    self.spawns.append(action)
                case Retry(delay=delay):
                    assert FIRST_DELAY <= delay <= LONGEST_DELAY
                    self.timers.append(action)
                case Terminate(name, run, _):
                    assert (name, run) in self.processes
                case Tell(name, kind):
                    if kind == "stopping":
                        self.stopping.add(name)
                    elif kind == "stopped":
                        self.stopping.discard(name)

    def running(self, name: str) -> bool:
        return any(owner == name for owner, _ in self.processes)

    def some(self, name: str) -> None:
        """Wanted again: neither it nor what it needs has to stay stopped."""
        pending = [name]
        while pending:
            found = pending.pop()
            self.must_stay.discard(found)
            pending += self.machine.units[found].needs

    @rule(name=st.sampled_from(NAMES), needs=st.sets(st.sampled_from(NAMES)))
    def put(self, name: str, needs: set[str]) -> None:
        if self.ended:
            return
        known = {need for need in needs if need < name and need in self.machine.units}
        self.machine.define(name, sorted(known))
        self.some(name)
        self.do(self.machine.restart(name))

    @rule(name=st.sampled_from(NAMES))
    def start(self, name: str) -> None:
        if name in self.machine.units and not self.ended:
            self.some(name)
            self.do(self.machine.start(name))

    @rule(name=st.sampled_from(NAMES))
    def stop(self, name: str) -> None:
        if name not in self.machine.units:
            return
        refusal = self.machine.refusal_to_stop(name)
        unit = self.machine.units[name]
        users = [one for one in self.machine.units.values() if name in one.needs and one.active]
        assert bool(refusal) == (bool(users) or unit.phase is Phase.STOPPED)
        if refusal is None:
            self.must_stay.add(name)
            self.do(self.machine.stop(name))

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        unit = self.machine.units.get(name)
        needed = any(name in one.needs for one in self.machine.units.values())
        if unit is not None and unit.phase is Phase.STOPPED and not needed:
            self.machine.forget(name)
            self.must_stay.discard(name)

    @rule()
    def boot(self) -> None:
        if not self.ended:
            self.must_stay.clear()
            self.do(self.machine.boot())

    @rule(some=Some, outcome=st.sampled_from(["spawned", "failed"]))
    def spawn(self, some: object, outcome: str) -> None:
        if not self.spawns:
            return
        action = self.spawns.pop(some.randrange(len(self.spawns)))  # type: ignore[attr-defined]
        name, run = action.name, action.run
        if not self.machine.awaits(action):
            self.do(self.machine.abandoned(name, run))
        elif outcome == "failed":
            self.do(self.machine.spawn_failed(name, run, "cannot", self.now))
        else:
            assert not self.running(name)
            self.processes[name, run] = self.now
            self.do(self.machine.spawned(name, run, 1, self.now))

    @rule(some=Some, code=st.sampled_from([0, 1, 137, 143]))
    def exit(self, some: object, code: int) -> None:
        if self.processes:
            name, run = some.choice(sorted(self.processes))  # type: ignore[attr-defined]
            del self.processes[name, run]
            self.do(self.machine.exited(name, run, code, self.now))

    @rule(some=Some)
    def timer(self, some: object) -> None:
        if self.timers:
            action = self.timers.pop(some.randrange(len(self.timers)))  # type: ignore[attr-defined]
            self.do(self.machine.retry(action.name, action.run))

    @rule(seconds=st.integers(0, 100))
    def wait(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule()
    def old_news(self) -> None:
        """What an attempt that is over reports late changes nothing."""
        before = {name: (unit.phase, unit.run) for name, unit in self.machine.units.items()}
        for name, (_, run) in before.items():
            for old in range(run):
                assert self.machine.exited(name, old, 1, self.now) == []
                assert self.machine.spawned(name, old, 1, self.now) == []
                assert self.machine.retry(name, old) == []
        assert before == {name: (one.phase, one.run) for name, one in self.machine.units.items()}

    @rule()
    def shut_down(self) -> None:
        self.ended = True
        self.do(self.machine.shut_down())

    @invariant()
    def a_process_is_where_the_phase_says(self) -> None:
        for name, unit in self.machine.units.items():
            has_process = unit.phase in {Phase.RUNNING, Phase.STOPPING}
            assert self.running(name) == has_process
            assert (unit.pid is not None) == (unit.phase in {Phase.RUNNING, Phase.STOPPING})
        assert all(count == 1 for count in Counter(name for name, _ in self.processes).values())

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """Whatever is to run has an event to come that leads there."""
        spawning = {(one.name, one.run) for one in self.spawns}
        timers = {(one.name, one.run) for one in self.timers}
        for name, unit in self.machine.units.items():
            if unit.phase is Phase.WAITING:
                assert any(self.machine.units[n].phase is not Phase.RUNNING for n in unit.needs)
            elif unit.phase in {Phase.SPAWNING, Phase.CANCELLING}:
                assert (name, unit.run) in spawning
            elif unit.phase is Phase.FAILED:
                assert unit.error
                assert unit.next_restart_ns is not None
                assert (name, unit.run) in timers
            elif unit.phase is Phase.STOPPED:
                assert not unit.wanted or self.ended

    @invariant()
    def a_stop_that_was_told_is_under_way(self) -> None:
        under_way = {Phase.STOPPING, Phase.CANCELLING}
        units = self.machine.units.items()
        assert self.stopping == {name for name, unit in units if unit.phase in under_way}

    @invariant()
    def at_the_end_what_is_needed_stops_last(self) -> None:
        if not self.ended:
            return
        live = {Phase.RUNNING, Phase.STOPPING}
        for unit in self.machine.units.values():
            needed = any(
                one.phase in live and unit.name in one.needs for one in self.machine.units.values()
            )
            assert unit.phase is not Phase.RUNNING or needed


World.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestWorld = World.TestCase


def running(name: str = "a") -> Machine:
    machine = Machine()
    machine.define(name, [])
    assert machine.boot() == [Spawn(name, 1)]
    assert machine.spawned(name, 1, 7, 0) == [Tell(name, "started")]
    return machine


def crash(machine: Machine, now: int) -> float:
    """End the process and start it again; return the delay in between."""
    run = machine.units["a"].run
    told, retry = machine.exited("a", run, 1, now)
    assert told == Tell("a", "exit", exit_code=1)
    assert isinstance(retry, Retry)
    assert machine.retry("a", run) == [Spawn("a", run + 1)]
    machine.spawned("a", run + 1, 7, now)
    return retry.delay


def test_delays_double_up_to_a_bound_and_begin_anew_after_a_healthy_run() -> None:
    machine = running()
    delays = [crash(machine, 0) for _ in range(100)]
    assert delays[:8] == [0.5, 1, 2, 4, 8, 16, 32, 60]
    assert set(delays[8:]) == {60}
    assert machine.units["a"].restarts == 100
    assert crash(machine, int(HEALTHY * SECOND) - 1) == 60
    machine.units["a"].started_ns = 0
    assert crash(machine, int(HEALTHY * SECOND)) == 0.5


def test_a_stop_before_the_process_is_there_reaches_it() -> None:
    machine = Machine()
    machine.define("a", [])
    (spawn,) = machine.boot()
    assert isinstance(spawn, Spawn)
    assert machine.stop("a", 3) == [Tell("a", "stopping")]
    assert not machine.awaits(spawn)
    assert machine.start("a") == []
    assert machine.spawned("a", 1, 7, 0) == [Terminate("a", 1, 3)]
    assert machine.exited("a", 1, 0, 0) == [Tell("a", "stopped", exit_code=0), Spawn("a", 2)]


def test_a_second_stop_may_be_less_patient() -> None:
    machine = running()
    assert machine.stop("a", 10)[-1] == Terminate("a", 1, 10)
    assert machine.stop("a", 0)[-1] == Terminate("a", 1, 0)
    assert machine.exited("a", 1, 137, 0) == [Tell("a", "stopped", exit_code=137)]


def test_a_start_during_a_stop_follows_it() -> None:
    machine = running()
    machine.stop("a")
    assert machine.start("a") == []
    assert machine.exited("a", 1, 0, 0) == [Tell("a", "stopped", exit_code=0), Spawn("a", 2)]


def test_the_end_of_the_sprite_is_told_to_all_that_ran() -> None:
    machine = running()
    machine.define("b", [])
    assert machine.gone() == [Tell("a", "stopped", exit_code=137)]
    assert machine.exited("a", 1, 137, 0) == []


@given(st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)), max_size=4))
def test_the_order_puts_needs_first(graph: dict[str, set[str]]) -> None:
    needs = {name: tuple(needed) for name, needed in graph.items()}
    try:
        order = start_order(needs)
    except CycleError as error:
        circle = error.args[1]
        assert all(one in needs[other] for one, other in itertools.pairwise(circle))
        return
    for name, needed in needs.items():
        assert all(order.index(one) < order.index(name) for one in needed)


def test_a_graph_with_a_circle_has_no_order() -> None:
    with pytest.raises(CycleError):
        start_order({"a": ("b",), "b": ("a",)})
