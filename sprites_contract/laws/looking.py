"""What the programs look at: each look holds laws against what the model says."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from sprites_contract.laws import commands
from sprites_contract.laws.bench import Bench
from sprites_contract.laws.history import (
    LIVE,
    History,
    Saved,
    new_entries,
    number,
    number_fault,
    order_fault,
    time_fault,
)
from sprites_contract.laws.services import Services
from sprites_contract.laws.tree import Tree, observe
from sprites_contract.laws.wire import Wire


class Looks(RuleBasedStateMachine):
    """One program's sprite and the model of it, and how they are compared."""

    bench: ClassVar[Bench]
    wire: Wire

    def start(self) -> None:
        """Make the sprite, and take note of what it comes with."""
        self.wire = self.bench.new_wire()
        self.tree = Tree()
        self.history = History()
        self.commands: list[commands.Command] = []
        self.markers: set[str] = set()
        self.ids: dict[str, str] = {}
        self.revived: frozenset[str] = frozenset()
        self.services = Services()
        self.wire.create()
        listed = self.wire.listing(includeAuto="true") or []
        self.origin = {entry["id"] for entry in listed if entry["id"] != LIVE}
        self.history.numbers = [n for id_ in self.origin if (n := number(id_)) is not None]
        self.history.base = tuple(sorted(self.origin))

    def teardown(self) -> None:
        """Delete the sprite."""
        for command in getattr(self, "commands", ()):
            command.close()
        if hasattr(self, "wire"):
            self.wire.delete()

    def _look(self, law: str = "files") -> dict[str, Any]:
        """Compare the files with the model."""
        seen = observe(self.wire)
        faults = self.tree.faults(seen)
        self.bench.hold(law, not faults, "; ".join(faults[:5]))
        return seen

    def _look_at_commands(self, wanted: set[str]) -> None:
        found = commands.running(self.wire, self.markers) & wanted
        self.bench.hold("commands_run_on", found == wanted, f"{found} run, not {wanted}")

    def _running(self) -> frozenset[str]:
        """Return the commands that run: started here, or brought back by a restore."""
        return frozenset(command.marker for command in self.commands) | self.revived

    def _look_at_ended(self, gone: list[commands.Command]) -> None:
        patience = self.bench.patience
        for command in gone:
            told = f"the socket of session {command.session} stays open"
            self.bench.hold("sockets_end", commands.ended(command, patience), told)
            command.close()
        listed = commands.listed(self.wire) if gone else {}
        back = {self.ids[marker] for marker in self.revived}
        active = [
            one.session for one in gone if listed.get(one.session) and one.session not in back
        ]
        self.bench.hold("sessions_end", not active, f"{active} are still active")

    def _look_at_services(self) -> None:
        if not self.bench.services:
            return
        late = self.services.late(self.wire)
        self.bench.hold("services_run", not late, f"{late} do not run")
        active = self.services.still_active(self.wire)
        self.bench.hold("services_stop", not active, f"{active} were stopped, and run")
        there = self.services.gone & self.wire.services().keys()
        self.bench.hold("services_gone", not there, f"{there} were deleted, and are there")

    def _one_new(self) -> dict[str, Any]:
        listed = self.wire.listing() or []
        new = new_entries(listed, self.history, self.origin)
        ids = [entry["id"] for entry in new]
        self.bench.hold("one_more", len(new) == 1, f"{ids} are new")
        fault = number_fault(new[0]["id"], self.history)
        self.bench.hold("ids_grow", not fault, fault)
        self.history.numbers.append(number(new[0]["id"]) or 0)
        return new[0]

    def _look_at_entry(self, saved: Saved, entry: dict[str, Any]) -> None:
        got = self.wire.call("get_checkpoint", "GET", f"/checkpoints/{saved.id}", 200).json()
        self.bench.hold("get_is_listed", got == entry, f"{got} is not {entry}")
        comment = entry.get("comment") or None
        told = f"{comment!r}, not {saved.comment!r}"
        self.bench.hold("comment", comment == saved.comment, told)
        slack = self.bench.clock_slack
        fault = time_fault(entry["create_time"], saved.before, saved.after, slack)
        self.bench.hold("create_time", not fault, fault)
        found = tuple(entry.get("history") or ())
        self.bench.hold("history", found == saved.ancestors, f"{found}, not {saved.ancestors}")

    def _look_at_list(self) -> None:
        fault = order_fault(self.wire.listing() or [], self.history, self.origin)
        self.bench.hold("listed", not fault, fault)

    def _look_at_automatic(self, kept: Saved) -> None:
        """Take note of the automatic checkpoint of what a restore replaced."""
        listed = self.wire.listing(includeAuto="true") or []
        ids = {entry["id"] for entry in listed}
        new = new_entries(listed, self.history, self.origin)
        ok = len(new) == 1 and new[0].get("is_auto") is True
        if self.bench.hold("kept_automatically", ok, f"new after a restore: {new}"):
            saved = Saved(
                new[0]["id"], kept.ancestors, None, kept.before, kept.after,
                kept.tree, kept.observed, kept.running, kept.services, is_auto=True,
            )  # fmt: skip
            self.history.saved[saved.id] = saved
        pruned = [c.id for c in self.history.saved.values() if c.is_auto and c.id not in ids]
        for checkpoint in pruned:
            del self.history.saved[checkpoint]
