"""Runs schemathesis in a process of its own, bounded, and reads what it did."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sprites_contract.configuration import Plan, events, render
from sprites_contract.document import PATH, ROOT, labels
from sprites_contract.evidence import Answer, Evidence
from sprites_contract.world import World

JOURNAL = "made.ndjson"
_PATIENCE = 3.0


def fuzz(world: World, plan: Plan, evidence: Evidence) -> None:
    """Send examples, boundary cases, random cases and sequences; add what came to the evidence."""
    events(plan).unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(render(plan, world.queries))
        file.flush()
        command = [
            str(Path(sys.executable).parent / "st"),
            "--config-file", file.name, "run", str(PATH),
            "--phases", plan.phases, "--continue-on-failure",
        ]  # fmt: skip
        status = _run(command, _environment(world, plan), plan)
    had_links = _read(plan, evidence)
    if status is None:
        evidence.find("", "http", "time", f"stopped after {plan.budget:.0f} s")
    elif status and had_links and not evidence.findings:
        evidence.find("", "http", "schemathesis", f"it failed by itself, with status {status}")


def _environment(world: World, plan: Plan) -> dict[str, str]:
    return {
        **os.environ,
        "CONTRACT_URL": world.target.url,
        "CONTRACT_TOKEN": world.target.token,
        "CONTRACT_SPRITE": world.target.sprite,
        "CONTRACT_PINS": json.dumps(world.pins),
        "CONTRACT_OWNER": json.dumps(world.owner),
        "CONTRACT_RATE": str(world.target.pace.per_second),
        "CONTRACT_READ_ONLY": "1" if plan.read_only else "0",
        "CONTRACT_JOURNAL": str(plan.reports / JOURNAL),
        "PYTHONPATH": str(ROOT),
    }


def _run(command: list[str], environment: dict[str, str], plan: Plan) -> int | None:
    """Run it for as long as the budget allows, and no longer than this process."""
    with (plan.reports / "schemathesis.txt").open("wb") as said, _life() as life:
        process = subprocess.Popen(
            command,
            env=environment | {"CONTRACT_LIFE": str(life)},
            cwd=ROOT,
            stdout=said,
            stderr=subprocess.STDOUT,
            pass_fds=(life,),
        )
        try:
            return process.wait(timeout=plan.budget)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(timeout=_PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def _life() -> Iterator[int]:
    """Yield a pipe that ends with this process, even when that is killed."""
    life, ours = os.pipe()
    try:
        yield life
    finally:
        os.close(life)
        os.close(ours)


def _read(plan: Plan, evidence: Evidence) -> bool:
    """Add what happened to the evidence; tell whether sequences could be made of what was chosen.

    If not, that is a failure for schemathesis.
    """
    had_links = True
    for kind, event in _events(events(plan)):
        if kind == "ScenarioFinished":
            _read_scenario(event["recorder"], evidence, local=plan.local)
        elif plan.only and _lacks_links(event):
            had_links = False
        elif kind in {"NonFatalError", "FatalError"}:
            evidence.find(_operation(event), "http", "error", _text_of(event))
    return had_links


def _events(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                return  # the last line of a run that was stopped
            yield from event.items()


def _read_scenario(recorder: dict[str, Any], evidence: Evidence, *, local: bool) -> None:
    operation_of = {
        case: labels().get(f"{entry['value']['method']} {entry['value']['path']}", "")
        for case, entry in recorder.get("cases", {}).items()
    }
    for case, interaction in recorder.get("interactions", {}).items():
        if response := interaction.get("response"):
            evidence.see(operation_of.get(case, ""), _answer(response))
    # A method that no operation has is sent on behalf of one that has the path.
    sender = labels().get(recorder["label"], "")
    for case, checks in recorder.get("checks", {}).items():
        operation = operation_of.get(case) or sender
        for check in checks:
            evidence.check(operation, check["name"])
            if check["status"] == "failure":
                evidence.judge(operation, "http", check["name"], _failure(check), local=local)


def _answer(response: dict[str, Any]) -> Answer:
    content = response.get("content") or {}
    headers = {name.lower(): values for name, values in response["headers"].items()}
    kind = (headers.get("content-type") or [""])[0]
    return Answer(
        status=response["status_code"],
        content_type=kind.partition(";")[0].strip(),
        body=base64.b64decode(content.get("$base64", "")),
    )


def _failure(check: dict[str, Any]) -> str:
    failure = (check.get("failure_info") or {}).get("failure") or {}
    return f"{failure.get('title', '')}: {failure.get('message', '')}".strip(": ")


def _lacks_links(event: dict[str, Any]) -> bool:
    """Tell whether it only says that the chosen operations make no sequences."""
    value = event.get("value")
    return isinstance(value, dict) and value.get("type") == "NoLinksFound"


def _operation(event: dict[str, Any]) -> str:
    return labels().get(str(event.get("label", "")), "")


def _text_of(event: dict[str, Any]) -> str:
    return str(event.get("value") or event.get("info") or event.get("message") or event)[:500]
