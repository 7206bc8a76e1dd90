"""The verdict: a table for people, JUnit and JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import attrs
from attrs import frozen

from sprites_contract.drift import Fact
from sprites_contract.evidence import Evidence, Finding, Seen

_WIDEST_MESSAGE = 600
_SHOWN_DRIFT = 24
_SHOWN_MEMBERS = 8
REPORTS = JUNIT, JSON = "junit.xml", "verdict.json"


@frozen
class Verdict:
    """What came of a run."""

    url: str
    seconds: float
    evidence: Evidence
    tried: tuple[str, ...]
    """The operations that were to be proved."""
    untried: tuple[str, ...] = ()
    """The operations that this run left out."""

    @property
    def kept(self) -> bool:
        """Whether the contract is kept."""
        return not self.evidence.findings

    def save(self, reports: Path) -> None:
        """Write junit.xml and verdict.json."""
        Xml.ElementTree(_junit(self)).write(reports / JUNIT, encoding="utf-8", xml_declaration=True)
        (reports / JSON).write_text(json.dumps(_json(self), indent=1) + "\n")

    def __str__(self) -> str:
        lines = [*_table(self), ""]
        for title, entries in (
            ("FINDING", self.evidence.findings),
            ("known difference", self.evidence.differences),
        ):
            lines += [_told(title, entry) for entry in entries]
        return "\n".join([*lines, *_drift_lines(self)])


def _statuses(seen: Seen) -> str:
    return " ".join(f"{status}x{count}" for status, count in sorted(seen.statuses.items()))


def _table(verdict: Verdict) -> list[str]:
    rows = [("operation", "tried", "checks", "findings", "statuses seen")]
    for name in verdict.tried:
        seen = verdict.evidence.seen.get(name, Seen())
        found = len(verdict.evidence.of(name))
        rows.append(
            (name, str(seen.tried), str(seen.checks.total()), str(found or "-"), _statuses(seen))
        )
    if laws := verdict.evidence.seen.get(""):
        found = len(verdict.evidence.of(""))
        rows.append(("(server)", "-", str(laws.checks.total()), str(found or "-"), ""))
    rows += [(name, "-", "-", "-", "not tried") for name in verdict.untried]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}"
        f"  {row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]


def _told(title: str, finding: Finding) -> str:
    head = f"{title} {finding.operation or 'server'} [{finding.part}/{finding.check}]"
    text = finding.message.strip()[:_WIDEST_MESSAGE].replace("\n", "\n    ")
    return f"{head}\n    {text}"


def _drift_lines(verdict: Verdict) -> list[str]:
    drift = verdict.evidence.drift
    lines = []
    for title, facts in (
        ("seen, but not in the document", drift.undocumented()),
        ("in the document, but never seen", drift.unseen(verdict.tried)),
    ):
        told = _grouped(facts)
        shown = ", ".join(told[:_SHOWN_DRIFT])
        more = f" and {len(told) - _SHOWN_DRIFT} more" if len(told) > _SHOWN_DRIFT else ""
        lines.append(f"drift: {len(facts)} {title}{f': {shown}{more}' if facts else ''}")
    return lines


def _grouped(facts: Iterable[Fact]) -> list[str]:
    """Say facts in few words: a status with its operations, a component with its fields."""
    groups: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        component, _, name = fact.where.partition(".")
        if fact.kind == "status":
            groups.setdefault((f"status {fact.what} of", "operations"), []).append(fact.where)
        else:
            what = f"{name} = {fact.what}" if fact.what else name
            groups.setdefault((f"{component}:", "fields and values"), []).append(what)
    return [
        f"{title} {len(members)} {kind}"
        if len(members) > _SHOWN_MEMBERS
        else f"{title} {', '.join(members)}"
        for (title, kind), members in groups.items()
    ]


def _json(verdict: Verdict) -> dict[str, Any]:
    evidence = verdict.evidence
    return {
        "url": verdict.url,
        "kept": verdict.kept,
        "seconds": round(verdict.seconds, 1),
        "operations": {
            name: {
                "tried": seen.tried,
                "statuses": {str(status): count for status, count in seen.statuses.items()},
                "checks": dict(seen.checks),
                "findings": [_finding(each) for each in evidence.of(name)],
            }
            for name in verdict.tried
            for seen in [evidence.seen.get(name, Seen())]
        },
        "not_tried": list(verdict.untried),
        "findings": [_finding(each) for each in evidence.findings],
        "differences": [_finding(each) for each in evidence.differences],
        "drift": {
            "undocumented": list(map(str, evidence.drift.undocumented())),
            "unseen": list(map(str, evidence.drift.unseen(verdict.tried))),
        },
    }


def _finding(finding: Finding) -> dict[str, str]:
    return attrs.asdict(finding)


def _junit(verdict: Verdict) -> Xml.Element:
    suites = Xml.Element("testsuites", name="contract", time=f"{verdict.seconds:.1f}")
    grouped: dict[str, list[Finding]] = {name: [] for name in verdict.tried}
    for finding in verdict.evidence.findings:
        grouped.setdefault(finding.operation or "server", []).append(finding)
    failed = sum(1 for findings in grouped.values() if findings)
    suite = Xml.SubElement(
        suites, "testsuite", name="contract", tests=str(len(grouped)), failures=str(failed)
    )
    for name, findings in grouped.items():
        _case(suite, name, findings)
    return suites


def _case(suite: Xml.Element, name: str, findings: Iterable[Finding]) -> None:
    case = Xml.SubElement(suite, "testcase", classname="contract", name=name)
    for finding in findings:
        failure = Xml.SubElement(
            case, "failure", type=finding.check, message=_clean(finding.message[:200])
        )
        failure.text = _clean(finding.message)


def _clean(text: str) -> str:
    """Leave out what XML cannot hold; fuzzers like such characters."""
    return "".join(
        letter if letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter < "\ufffe"
        else "\ufffd"
        for letter in text
    )  # fmt: skip
