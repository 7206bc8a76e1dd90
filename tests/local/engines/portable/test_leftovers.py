"""What is left of a sprite whose supervisor was killed is found and ended; nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sprites_local import processes
from sprites_local.engines.portable.leftovers import Leftovers
from sprites_local.engines.portable.mapping import MARK
from sprites_local.init import started
from tests.local.needs import needs_linux

pytestmark = [needs_linux, pytest.mark.parametrize("system", ["linux", "elsewhere"], indirect=True)]

_FAMILY = "sleep 1000 & setsid sleep 1001 & echo $!; exec sleep 1002"


@pytest.fixture
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Look at processes as Linux shows them, or as `ps` does."""
    if request.param == "elsewhere":
        monkeypatch.setattr(processes, "_LINUX", False)
    return str(request.param)


@contextmanager
def family(**env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a shell in a session of its own with a child in its group, and one out of it."""
    environment = {"PATH": os.environ["PATH"], **env}
    with subprocess.Popen(
        ["sh", "-c", _FAMILY], stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as shell:
        try:
            assert shell.stdout is not None
            shell.stdout.readline()
            yield shell
        finally:
            for task in [*processes.descendants(shell.pid)]:
                processes.kill(task)
            shell.kill()


def end(leftovers: Leftovers, system: str) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "if sys.argv[1] == 'elsewhere':\n"
        "    sys.platform = 'darwin'\n"
        "from sprites_local.engines.portable.leftovers import Leftovers\n"
        "Leftovers(*map(Path, sys.argv[2:])).end()\n"
    )
    command = [sys.executable, "-c", program, system, str(leftovers.live), str(leftovers.notes)]
    subprocess.run(command, check=True, timeout=30)


def test_what_was_noted_ends_with_its_family(tmp_path: Path, system: str) -> None:
    leftovers = Leftovers(tmp_path / "live", tmp_path / "notes")
    with family() as mine, family() as other:
        below = processes.descendants(mine.pid)
        assert len(below) == 2
        started.Notes(str(leftovers.notes)).write([mine.pid])
        end(leftovers, system)
        assert mine.wait(10) == -9
        for task in below:
            gone(task)
        assert other.poll() is None
        assert len(processes.descendants(other.pid)) == 2
    assert not leftovers.notes.exists()


def test_a_later_process_of_a_noted_number_is_somebody_elses(tmp_path: Path, system: str) -> None:
    leftovers = Leftovers(tmp_path / "live", tmp_path / "notes")
    with family() as other:
        identity = processes.identity(other.pid)
        digit = str((int(identity[-3]) + 1) % 10)  # the hundreds, of ticks or of seconds
        leftovers.notes.write_text(f"{other.pid} {identity[:-3]}{digit}{identity[-2:]}\nend\n")
        end(leftovers, system)
        assert other.poll() is None


def test_the_mark_tells_whose_a_process_is(tmp_path: Path, system: str) -> None:
    """Where environments are shown: also of one whose parents are gone."""
    leftovers = Leftovers(tmp_path / "live", tmp_path / "notes")
    if system == "elsewhere":
        end(leftovers, system)  # no notes, nothing to do
        return
    with family(**{MARK: str(tmp_path / "live")}) as mine, family(**{MARK: "/other"}) as other:
        below = processes.descendants(mine.pid)
        mine.kill()
        mine.wait()
        end(leftovers, system)
        for task in below:
            gone(task)
        assert other.poll() is None


def test_notes_are_read_as_they_were_written(tmp_path: Path, system: str) -> None:
    """Whatever was longer before."""
    notes = started.Notes(str(tmp_path / "notes"))
    notes.write([os.getpid(), os.getppid()])
    notes.write([os.getpid()])
    assert started.read(tmp_path / "notes").keys() == {os.getpid()}
    with (tmp_path / "notes").open("a") as file:
        file.write("1 rubbish\n")
    assert [*started.read(tmp_path / "notes")] == [os.getpid()]
    assert started.read(tmp_path / "none") == {}


def gone(task: processes.Task) -> None:
    deadline = time.monotonic() + 10
    while any(
        one.pid == task.pid and one.started == task.started and processes.is_alive(one)
        for one in processes.everything()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)
