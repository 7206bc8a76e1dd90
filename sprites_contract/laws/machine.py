"""Random programs of changes, checkpoints and restores, with a model beside the server.

Each program has a sprite of its own. After every checkpoint and restore the whole tree is looked
at and compared with the model, and after a restore also, to the nanosecond, with what was seen
when the checkpoint was taken.
"""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from sprites_contract.laws import changes, commands
from sprites_contract.laws.history import LIVE, Saved
from sprites_contract.laws.looking import Looks
from sprites_contract.laws.tree import changes as tree_changes

_PICKS = st.integers(0, 1000)
_CHANGES = st.builds(
    changes.Change,
    kind=st.sampled_from(["write", "write", "write", *sorted(changes.KINDS)]),
    path=st.sampled_from(changes.PATHS),
    other=st.sampled_from(changes.PATHS),
    content=st.integers(0, len(changes.CONTENTS) - 1),
    mode=st.sampled_from(changes.MODES),
    pick=_PICKS,
)
_SEVERAL = st.lists(_CHANGES, min_size=3, max_size=8)
_COMMENTS = st.none() | st.text(
    st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=40
)
_MOST_COMMANDS = 3
_SERVICES = ("stays", "goes")


class Machine(Looks):
    """One program on one sprite."""

    @initialize()
    def begin(self) -> None:
        """Make the sprite."""
        self.start()
        self.restarts = 0
        self.refused = False
        # What comes first is what laws are mostly about; short programs get there as well.
        self.is_new = True

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

    @precondition(lambda self: self.bench.services and self.history.saved)
    @rule(name=st.sampled_from(_SERVICES))
    def put_service(self, name: str) -> None:
        """Define a service, or replace it; it comes to run."""
        self.services.put(self.wire, name, self.bench.new_marker())
        self._look_at_services()

    @precondition(lambda self: any(self.services.wanted.values()))
    @rule(pick=_PICKS)
    def stop_service(self, pick: int) -> None:
        """Stop a service that runs; it stays stopped."""
        runs = [name for name, wanted in self.services.wanted.items() if wanted]
        self.services.stop(self.wire, runs[pick % len(runs)])
        self._look_at_services()

    @precondition(lambda self: not all(self.services.wanted.values()))
    @rule(pick=_PICKS)
    def start_service(self, pick: int) -> None:
        """Start a service that was stopped; it comes to run."""
        stopped = [name for name, wanted in self.services.wanted.items() if not wanted]
        self.services.begin(self.wire, stopped[pick % len(stopped)])
        self._look_at_services()

    @precondition(lambda self: self.services.markers)
    @rule(pick=_PICKS)
    def delete_service(self, pick: int) -> None:
        """Delete a service; nothing brings it back."""
        names = list(self.services.markers)
        self.services.delete(self.wire, names[pick % len(names)])
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
            self.tree.copy(), seen, running, dict(self.services.wanted),
        )  # fmt: skip
        self.history.saved[saved.id] = saved
        self.history.base = (*self.history.base, saved.id)
        self._look_at_entry(saved, entry)
        self._look_at_list()
        self._look_at_commands(set(running))
        self._look_at_services()

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
        running, services = self._running(), dict(self.services.wanted)
        outcome = self.wire.restore(chosen.id)
        self.bench.hold("restore", outcome.succeeded, outcome.told)
        self.tree, self.history.base = chosen.tree.copy(), (*chosen.ancestors, chosen.id)
        now = self._look("restored_files")
        told = tree_changes(chosen.observed, now)
        self.bench.hold("restored_exactly", not told, "; ".join(told[:5]))
        self._after_restore(chosen, brought_back="brought back" in outcome.told)
        kept = Saved(
            "", base, None, before, datetime.now(UTC), present, seen, running, services,
            is_auto=True,
        )  # fmt: skip
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
        self.services.came_back(chosen.services if brought_back else None)
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
        self.services.came_back(None)
        self._look_at_services()
