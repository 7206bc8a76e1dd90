"""When an unused sprite goes to rest, as decisions over a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sprites_local.life.machine import Due, Life, Limits, Phase, Step

LIMITS = Limits(idle=30.0, cold=600.0)


def running(now: float = 0.0, limits: Limits = LIMITS) -> Life:
    life = Life(limits)
    life.booted(now)
    return life


def test_an_idle_sprite_is_paused_and_then_stopped() -> None:
    life = running(100.0)
    assert life.next() == Due(Step.PAUSE, 130.0)
    assert life.step(129.9) is None
    assert life.step(130.0) is Step.PAUSE
    life.pausing()
    assert life.next() is None
    life.paused(131.0)
    assert life.next() == Due(Step.STOP, 731.0)
    life.stopped()
    assert life.next() is None
    assert life.over


def test_use_puts_off_the_rest() -> None:
    life = running()
    life.hold()
    life.hold()
    assert life.step(1e9) is None
    life.release(50.0)
    assert life.step(1e9) is None
    life.release(60.0)
    assert life.next() == Due(Step.PAUSE, 90.0)


def test_sprites_never_rest_unless_asked() -> None:
    assert Limits().idle is None
    assert running(limits=Limits()).next() is None


@given(st.floats(0, 1e9))
def test_without_limits_nothing_is_ever_due(now: float) -> None:
    life = running(limits=Limits(idle=None, cold=None))
    assert life.step(now) is None
    life.paused(0.0)
    assert life.step(now) is None


class Shell(RuleBasedStateMachine):
    """A shell that does what the decisions say, and events in any order and at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(Limits(idle=3.0, cold=5.0))
        self.now = 0.0
        self.used = 0.0
        self.rested = 0.0

    @rule(seconds=st.floats(0, 10))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.life.phase is Phase.COLD)
    @rule()
    def boot(self) -> None:
        self.life.booted(self.now)
        self.used = self.now

    @rule()
    def hold(self) -> None:
        self.life.hold()
        if self.life.rests:
            self.life.booted(self.now)

    @precondition(lambda self: self.life.holds > 0)
    @rule()
    def release(self) -> None:
        self.life.release(self.now)
        self.used = self.now

    @rule()
    def crash(self) -> None:
        self.life.stopped()

    @rule()
    def act(self) -> None:
        step = self.life.step(self.now)
        if step is not None:
            assert self.life.holds == 0, "what is used rests"
        if step is Step.PAUSE:
            assert self.life.phase is Phase.RUNNING
            assert self.now - self.used >= 3.0
            self.life.pausing()
            self.life.paused(self.now)
            self.rested = self.now
        elif step is Step.STOP:
            assert self.life.phase is Phase.WARM
            assert self.now - self.rested >= 5.0
            self.life.stopped()

    @invariant()
    def what_is_due_is_done_at_its_time_and_not_before(self) -> None:
        due = self.life.next()
        if due is None:
            assert self.life.holds or self.life.phase is Phase.COLD
            assert self.life.step(1e12) is None
        else:
            assert self.life.step(due.at) is due.step
            assert self.life.step(due.at - 0.001) is None


TestShell = Shell.TestCase
