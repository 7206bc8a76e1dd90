"""Random programs of changes, checkpoints and restores, with a model beside the server.

Each program has a sprite of its own. After every checkpoint and restore the whole tree is looked
at and compared with the model, and after a restore also, to the nanosecond, with what was seen
when the checkpoint was taken.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sprites_contract.laws import changes, commands
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
from sprites_contract.laws.tree import Tree, observe
from sprites_contract.laws.tree import changes as tree_changes

_PICKS = st.integers(0, 1000)
_CHANGES = st.builds(
    changes.Change,
    kind=st.sampled_from(["write", "write", "write", *sorted(changes.KINDS)]),
    path=st.sampled_from(changes.PATHS),
    other=st.sampled_from(changes.PATHS),
    content=st.integers(0, len(changes.CONTENTS) - 1),
    mode=st.sampled_from(changes.MODES),
)
_SEVERAL = st.lists(_CHANGES, min_size=3, max_size=8)
_COMMENTS = st.none() | st.text(
    st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=40
)
_MOST_COMMANDS = 3


class Machine(RuleBasedStateMachine):
    """One program on one sprite."""

    bench: ClassVar[Bench]

    @initialize()
    def begin(self) -> None:
        """Make the sprite."""
        self.wire = self.bench.new_wire()
        self.tree = Tree()
        self.history = History()
        self.commands: list[commands.Command] = []
        self.markers: set[str] = set()
        self.ids: dict[str, str] = {}
        self.revived: frozenset[str] = frozenset()
        self.services: set[str] = set()
        self.restarts = 0
        self.refused = False
        # What comes first is what laws are mostly about; short programs get there as well.
        self.is_new = True
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

    @precondition(lambda self: not self.is_new)
    @rule(several=_SEVERAL)
    def change(self, several: list[changes.Change]) -> None:
        """Change files, and look."""
        for change in several:
            changes.apply(self.wire, self.tree, change)
        self._look()

    @rule(several=_SEVERAL, comment=_COMMENTS, afterwards=_SEVERAL, busy=st.booleans())
    def there_and_back(
        self,
        several: list[changes.Change],
        comment: str | None,
        afterwards: list[changes.Change],
        busy: bool,  # noqa: FBT001 - hypothesis names it
    ) -> None:
        """Change files, take a checkpoint, change more, and restore it: the usual way."""
        self.change(several)
        if busy and len(self.commands) < _MOST_COMMANDS:
            self.start_command()
        self.checkpoint(comment)
        self.change(afterwards)
        self._restore(list(self.history.saved.values())[-1])

    @precondition(lambda self: len(self.commands) < _MOST_COMMANDS and not self.is_new)
    @rule()
    def start_command(self) -> None:
        """Start a command; it is listed and it runs."""
        command = commands.start(self.bench.target, self.wire, self.bench.new_marker())
        self.commands.append(command)
        self.markers.add(command.marker)
        self.ids[command.marker] = command.session
        self.bench.hold(
            "sessions",
            commands.listed(self.wire).get(command.session) is True,
            f"session {command.session} is not listed as active",
        )
        self._look_at_commands({command.marker for command in self.commands})

    @precondition(lambda self: self.commands)
    @rule(pick=_PICKS)
    def kill_command(self, pick: int) -> None:
        """End a command; its socket ends, and it is listed no longer as active."""
        command = self.commands.pop(pick % len(self.commands))
        path = f"/exec/{command.session}/kill"
        self.wire.call("kill_session", "POST", path, 200, params={"signal": "KILL"})
        self._look_at_ended([command])

    @precondition(lambda self: self.bench.services and self.history.saved and not self.services)
    @rule()
    def put_service(self) -> None:
        """Define a service that stays; it comes to run."""
        body = {"cmd": "sleep", "args": [self.bench.new_marker()]}
        query = {"duration": "0s"}
        self.wire.call("put_service", "PUT", "/services/stays", 200, params=query, json=body)
        self.services.add("stays")
        self._look_at_services()

    @rule(comment=_COMMENTS)
    def checkpoint(self, comment: str | None) -> None:
        """Take a checkpoint; everything goes on as it was."""
        self.is_new = False
        seen, before = self._look(), datetime.now(UTC)
        outcome = self.wire.checkpoint(comment)
        after = datetime.now(UTC)
        self.bench.hold("checkpoint", outcome.succeeded, outcome.told)
        entry = self._one_new()
        self.bench.hold("named", entry["id"] in outcome.told, f"{entry['id']} is not told")
        running = self._running()
        saved = Saved(
            entry["id"], self.history.base, comment or None, before, after,
            self.tree.copy(), seen, running,
        )  # fmt: skip
        self.history.saved[saved.id] = saved
        self.history.base = (*self.history.base, saved.id)
        self._look_at_entry(saved, entry)
        self._look_at_list()
        self._look_at_commands(set(running))

    @precondition(lambda self: self.history.saved)
    @rule(pick=_PICKS, auto=st.booleans())
    def restore(self, pick: int, auto: bool) -> None:  # noqa: FBT001 - hypothesis names it
        """Restore a checkpoint; everything is as it was then."""
        saved = list(self.history.saved.values())
        saved = [entry for entry in saved if entry.is_auto == auto] or saved
        self._restore(saved[pick % len(saved)])

    def _restore(self, chosen: Saved) -> None:
        seen, before = self._look(), datetime.now(UTC)
        present, base = self.tree, self.history.base
        running = self._running()
        outcome = self.wire.restore(chosen.id)
        self.bench.hold("restore", outcome.succeeded, outcome.told)
        self.tree, self.history.base = chosen.tree.copy(), (*chosen.ancestors, chosen.id)
        now = self._look("restored_files")
        told = tree_changes(chosen.observed, now)
        self.bench.hold("restored_exactly", not told, "; ".join(told[:5]))
        self._after_restore(chosen, brought_back="brought back" in outcome.told)
        kept = Saved(
            "", base, None, before, datetime.now(UTC), present, seen, running, is_auto=True
        )
        self._look_at_automatic(kept)
        self._look_at_list()

    def _after_restore(self, chosen: Saved, *, brought_back: bool) -> None:
        """Hold sessions, processes and services after a restore against what was told."""
        gone, self.commands = self.commands, []
        self.revived = chosen.running if brought_back else frozenset()
        self._look_at_ended(gone)
        found = commands.running(self.wire, self.markers)
        wanted = set(self.revived)
        self.bench.hold("processes", found == wanted, f"{found} run, not {wanted}")
        self._look_at_services()

    @precondition(lambda self: self.history.saved and not self.refused)
    @rule()
    def restore_what_cannot_be(self) -> None:
        """Neither the live state nor an unknown checkpoint can be restored."""
        self.refused = True
        for checkpoint in (LIVE, "v99999"):
            outcome = self.wire.restore(checkpoint)
            refused = outcome.status >= 400 or not outcome.succeeded
            self.bench.hold("not_restorable", refused, f"{checkpoint} was restored")
            self.bench.hold(
                "refused_by_status",
                400 <= outcome.status < 500,
                f"restoring {checkpoint} was answered {outcome.status}",
            )
        self._look()

    @precondition(lambda self: self.history.saved)
    @rule(pick=_PICKS)
    def delete_checkpoint(self, pick: int) -> None:
        """Delete a checkpoint; it is gone, and nothing else is."""
        saved = list(self.history.saved)
        path = f"/checkpoints/{saved[pick % len(saved)]}"
        answer = self.wire.call("delete_checkpoint", "DELETE", path)
        if not self.bench.hold(
            "deletable", answer.status_code in {200, 204}, f"answered {answer.status_code}"
        ):
            return
        del self.history.saved[saved[pick % len(saved)]]
        for method, operation, action in (
            ("GET", "get_checkpoint", ""),
            ("DELETE", "delete_checkpoint", ""),
            ("POST", "restore_checkpoint", "/restore"),
        ):
            status = self.wire.call(operation, method, f"{path}{action}").status_code
            self.bench.hold("unknown_is_404", status == 404, f"{operation} gave {status}")
        self._look_at_list()
        self._look()

    @precondition(lambda self: self.history.saved)
    @rule(pick=_PICKS)
    def ask_for_ancestors(self, pick: int) -> None:
        """The list of a checkpoint's history is the chain of its ancestors, oldest first."""
        saved = list(self.history.saved.values())
        chosen = saved[pick % len(saved)]
        listed = self.wire.listing(history=chosen.id, includeAuto="true")
        known = {*self.origin, *self.history.saved}
        wanted = [ancestor for ancestor in chosen.ancestors if ancestor in known]
        found = None if listed is None else [entry["id"] for entry in listed]
        self.bench.hold("history_filter", found == wanted, f"{found}, not {wanted}")

    @precondition(lambda self: self.bench.restart is not None and self.restarts < 1)
    @rule()
    def restart_server(self) -> None:
        """Restart the server; everything that lasts is there."""
        seen = self._look()
        for command in self.commands:
            command.close()
        self.commands, self.revived, self.restarts = [], frozenset(), self.restarts + 1
        self.wire = self.bench.restarted(self.wire)
        told = tree_changes(seen, self._look("survives_restart"))
        self.bench.hold("survives_restart", not told, "; ".join(told[:5]))
        self._look_at_list()
        self._look_at_services()

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
        for command in gone:
            told = f"the socket of session {command.session} stays open"
            self.bench.hold("sockets_end", commands.ended(command), told)
            command.close()
        listed = commands.listed(self.wire) if gone else {}
        back = {self.ids[marker] for marker in self.revived}
        active = [
            one.session for one in gone if listed.get(one.session) and one.session not in back
        ]
        self.bench.hold("sessions_end", not active, f"{active} are still active")

    def _look_at_services(self) -> None:
        late = commands.become_running(self.wire, self.services) if self.services else set()
        self.bench.hold("services_run", not late, f"{late} did not come to run")

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
                kept.tree, kept.observed, kept.running, is_auto=True,
            )  # fmt: skip
            self.history.saved[saved.id] = saved
        pruned = [c.id for c in self.history.saved.values() if c.is_auto and c.id not in ids]
        for checkpoint in pruned:
            del self.history.saved[checkpoint]
