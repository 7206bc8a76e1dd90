"""What a run saw: answers, checks and findings, by operation."""

from __future__ import annotations

from collections import Counter

from attrs import define, field, frozen

from sprites_contract.differences import CHECKS
from sprites_contract.drift import Drift

_MOST_ALIKE = 3


@frozen
class Answer:
    """One answer over HTTP."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


@frozen
class Finding:
    """A broken promise."""

    operation: str
    """Id of the operation; empty when it is about the whole server."""
    part: str
    """Which part of the harness found it: `http`, `sockets` or `laws`."""
    check: str
    message: str


@define
class Seen:
    """What was seen of one operation."""

    tried: int = 0
    statuses: Counter[int] = field(factory=Counter)
    checks: Counter[str] = field(factory=Counter)


@define
class Evidence:
    """Everything that a run saw."""

    seen: dict[str, Seen] = field(factory=dict)
    findings: list[Finding] = field(factory=list)
    differences: list[Finding] = field(factory=list)
    """Known habits of the hosted platform: told, but no failures there."""
    drift: Drift = field(factory=Drift)

    def see(self, operation: str, answer: Answer) -> None:
        """Count an answer."""
        entry = self._entry(operation)
        entry.tried += 1
        entry.statuses[answer.status] += 1
        self.drift.see_answer(operation, answer.status, answer.content_type, answer.body)

    def check(self, operation: str, name: str, times: int = 1) -> None:
        """Count a check that was made."""
        self._entry(operation).checks[name] += times

    def find(self, operation: str, part: str, check: str, message: str) -> None:
        """Note a finding; a few of each kind are enough."""
        _add(self.findings, Finding(operation, part, check, message))

    def differ(self, operation: str, part: str, check: str, message: str) -> None:
        """Note a known difference; a few of each kind are enough."""
        _add(self.differences, Finding(operation, part, check, message))

    def judge(self, operation: str, part: str, check: str, message: str, *, local: bool) -> None:
        """Note a finding, or a difference if the hosted platform is known for it."""
        known = None if local else CHECKS.get((operation, check))
        if known is None:
            self.find(operation, part, check, message)
        else:
            self.differ(operation, part, check, f"{known}; here: {message}")

    def of(self, operation: str) -> list[Finding]:
        """Return the findings about an operation."""
        return [finding for finding in self.findings if finding.operation == operation]

    def _entry(self, operation: str) -> Seen:
        return self.seen.setdefault(operation, Seen())


def _add(findings: list[Finding], finding: Finding) -> None:
    def kind(one: Finding) -> tuple[str, str, str]:
        return one.operation, one.part, one.check

    alike = [each for each in findings if kind(each) == kind(finding)]
    if finding not in alike and len(alike) < _MOST_ALIKE:
        findings.append(finding)
