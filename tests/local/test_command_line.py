"""The command line where it is started in odd ways: by scripts, in terminals, on poor machines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sprites_facade import ConfigurationError
from sprites_facade.testing import LocalServer
from tests.local.needs import needs_full_tier

COMMAND = (sys.executable, "-m", "sprites_local")
SHELL = ("sh", "-c")
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, wrapper: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*wrapper, *COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serving(
    data_dir: Path, *, wrapper: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server in a session of its own, wait until it is ready, and tell its first lines."""
    ready, ready_end = os.pipe()
    command = [*wrapper, *COMMAND, "serve", "--data-dir", str(data_dir), "--engine", "portable"]
    with subprocess.Popen(
        [*command, "--ready-fd", str(ready_end)],
        pass_fds=[ready_end],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(ready_end)
        try:
            with os.fdopen(ready) as file:
                yield process, file.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("files", [5, 7, 12, 24, 95])
@pytest.mark.parametrize("command", ["serve", "doctor", "tokens"])
def test_too_few_open_files_are_told(tmp_path: Path, command: str, files: int) -> None:
    """A tier that lacks nothing else is not passed over, for one without isolation, for that."""
    more = () if command == "doctor" else ("--data-dir", str(tmp_path / "data"))
    done = run(command, *more, wrapper=(*SHELL, f'ulimit -n {files}; exec "$@"', "sh"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"sprites_local: this process may have {files} files open, and needs 96 at least;"
        " raise the limit (ulimit -n)\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", [">&-", ">/dev/full", "<&- >&- 2>&-"])
def test_a_server_needs_nobody_who_reads_where_it_is(tmp_path: Path, output: str) -> None:
    with serving(tmp_path, wrapper=(*SHELL, f'exec "$@" {output}', "sh")) as (process, line):
        assert '"url"' in line
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_whoever_reads_one_line_ends_no_server(tmp_path: Path) -> None:
    """As `serve | head -1` does."""
    reader, writer = os.pipe()
    with subprocess.Popen(
        [*COMMAND, "serve", "--data-dir", str(tmp_path), "--engine", "portable"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writer)
        os.close(reader)
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        assert any("told where it serves" in line for line in said)
        process.terminate()
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(("output", "status"), [(">&-", 0), (">/dev/full", 2), ("| :", 0)])
def test_doctor_whose_output_is_not_wanted(output: str, status: int) -> None:
    done = run("doctor", wrapper=(*SHELL, f'"$@" {output}', "sh"))
    assert done.returncode == status
    told = "sprites_local: cannot write what there is to say: [Errno 28] No space left on device\n"
    assert done.stderr == (told if status else "")


@contextmanager
def examining(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `doctor`, and wait until it tries something."""
    with subprocess.Popen(
        [*COMMAND, "doctor"],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not list(temporary.iterdir()):
            assert process.poll() is None
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_doctor_that_is_stopped_leaves_nothing(tmp_path: Path, number: int) -> None:
    with examining(tmp_path) as process:
        process.send_signal(number)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


@needs_full_tier
@pytest.mark.parametrize("name", [b"\xff", "a\u2028b\xa0c d\x85".encode()])
def test_odd_mounts_of_the_machine(tmp_path: Path, name: bytes) -> None:
    """They neither end the search for a tier nor hide one."""
    place = tmp_path / os.fsdecode(name)
    place.mkdir()
    script = 'mount -t tmpfs none "$0" && exec "$@"'
    command = ["unshare", "--mount", *SHELL, script, str(place), *COMMAND, "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("doctor").stdout


def as_stranger(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user of whom the machine knows nothing but the number, without HOME."""
    needed = (sys.base_prefix, sys.prefix, str(ROOT))
    become = (sys.executable, str(ROOT / "tests/local/engines/ordinary_user.py"), "4242")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*become, *needed, "--", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_full_tier
def test_a_user_without_a_home() -> None:
    """As in containers with a number for a user."""
    done = as_stranger(*COMMAND, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    for command, option in (
        ("serve", "--data-dir"),
        ("tokens", "--data-dir"),
        ("install-criu", "--prefix"),
    ):
        done = as_stranger(*COMMAND, command)
        assert done.returncode == 2
        assert f"the following arguments are required: {option}" in done.stderr


@needs_full_tier
def test_too_few_threads_are_told() -> None:
    done = as_stranger("/bin/bash", "-c", 'ulimit -u 1; exec "$@"', "bash", *COMMAND, "doctor")
    assert (done.returncode, done.stderr) == (
        2,
        "sprites_local: this user may have no more threads and processes; raise the limit"
        " (ulimit -u)\n",
    )


def test_ctrl_c_while_the_server_is_loaded() -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", *COMMAND[1:], "doctor"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        assert any(line.endswith(" argparse\n") for line in said)
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == 128 + signal.SIGINT


def test_a_closed_terminal_ends_a_server_in_order(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        os.killpg(process.pid, signal.SIGHUP)
        assert process.wait(20) == 0


def test_nohup_lets_a_server_outlive_its_terminal(tmp_path: Path) -> None:
    """Signals are delivered in the order of their numbers: it could not answer after this one."""
    with serving(tmp_path, wrapper=["nohup"]) as (process, line):
        process.send_signal(signal.SIGHUP)
        url = line.split('"')[3]
        assert httpx.get(f"{url}/v1/sprites").status_code == 401
        process.terminate()
        assert process.wait(20) == 0


def test_a_data_directory_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an unset variable of a script is: it is not the current directory."""
    monkeypatch.chdir(tmp_path)
    done = run("serve", "--data-dir", "")
    assert done.returncode == 2
    assert "argument --data-dir: a directory has a name" in done.stderr
    with pytest.raises(ConfigurationError, match="data_dir is empty"):
        LocalServer(data_dir="")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "dangling"])
def test_a_data_directory_that_is_none(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    done = run("serve", "--data-dir", str(tmp_path / what))
    assert (done.returncode, done.stderr) == (
        2,
        f"sprites_local: cannot use the data directory: {tmp_path / what} is no directory\n",
    )


def test_a_refusal_that_nobody_reads(tmp_path: Path) -> None:
    """The exit status says it."""
    (tmp_path / "file").touch()
    arguments = ("serve", "--data-dir", str(tmp_path / "file"))
    assert run(*arguments, wrapper=(*SHELL, 'exec "$@" 2>&-', "sh")).returncode == 2


def test_no_isolation_is_told_once(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read().count("NO ISOLATION") == 1
