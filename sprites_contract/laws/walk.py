"""One program that touches every law, for every run: what it finds needs no luck.

Random programs go on where it ends. It is plain on purpose; what only odd programs show is theirs.
"""

from __future__ import annotations

from sprites_contract.laws.changes import Change
from sprites_contract.laws.machine import Machine

_BEFORE = (
    Change("write", "a", "", 1, "600"),
    Change("write", "d/a", "", 2, "755"),
    Change("write", "d/e/a", "", 0, "644"),
    Change("link", "l", "d/a", 0, ""),
    Change("name_twice", "a", "d/b", 0, ""),
)
_AFTER = (
    Change("remove", "d/e/a", "", 0, ""),
    Change("rename", "d/a", "b", 0, ""),
    Change("change_mode", "a", "", 0, "700"),
    Change("write", "d/a", "", 1, "644"),
    Change("copy", "b", "d/e/a", 0, ""),
    Change("remove", "l", "", 0, ""),
    Change("make_directory", "l", "", 0, ""),
)
_COMMENT = "before the migration, \u00fcml\u00e4ut, \u6f22 and \U0001f600"

_SPACED = '  after the "way back" & <so on>\t'


def walk(machine: Machine) -> None:
    """Take two checkpoints in the middle of everything, and go back and forth between them."""
    machine.begin()
    machine.change(list(_BEFORE))
    if machine.bench.services:
        for name in ("stays", "goes"):
            machine.put_service(name)
        machine.stop_service(1)
    machine.start_command()
    machine.start_command()
    machine.checkpoint(_COMMENT)
    machine.kill_command(1)
    machine.change(list(_AFTER))
    machine.checkpoint(None)
    machine.ask_for_ancestors(1)
    machine.restore(0, auto=False)
    machine.ask_for_ancestors(1)
    machine.restore_what_cannot_be()
    if machine.bench.services:
        machine.delete_service(1)
    machine.restore(0, auto=True)
    machine.delete_checkpoint(1)
    machine.checkpoint(_SPACED)
    if machine.bench.restart is not None:
        machine.restart_server()
    machine.change([Change("write", "a", "", 2, "644")])
