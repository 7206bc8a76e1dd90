"""The command that installs CRIU; that CRIU works is shown by the tests that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sprites_local.engines.full import criu
from sprites_local.engines.full import install as installing

_RELEASE = (
    "Origin: Debian\nSuite: forky\nCodename: forky\nArchitectures: amd64 arm64\nComponents: main\n"
)
_FORGED = f"""-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

{_RELEASE}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEETKvWkxMpIHk0bXBhb3JnZWRmb3JnZWQFAmkAAAAACgkQb3Jn
=Zm9y
-----END PGP SIGNATURE-----
"""


def install(prefix: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sprites_local", "install-criu", "--prefix", str(prefix)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={**os.environ, **environment},
    )


def test_elsewhere_than_on_debian_it_says_what_to_do(tmp_path: Path) -> None:
    done = install(tmp_path / "prefix", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "on Debian only; elsewhere put a `criu` on the PATH" in done.stderr
    assert not (tmp_path / "prefix").exists()


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt")
def test_offline_it_fails_in_few_words_and_leaves_nothing(tmp_path: Path) -> None:
    configuration = tmp_path / "apt.conf"
    configuration.write_text(
        'Acquire::http::Proxy "http://127.0.0.1:9"; Acquire::https::Proxy "http://127.0.0.1:9";'
    )
    done = install(tmp_path / "prefix", APT_CONFIG=str(configuration))
    assert done.returncode == 2
    assert "is this machine offline?" in done.stderr or "Debian" in done.stderr
    assert "Traceback" not in done.stderr
    prefix = tmp_path / "prefix"
    assert not prefix.exists() or list(prefix.iterdir()) == []


@pytest.mark.skipif(installing._os_id() != "debian", reason="it installs on Debian only")
@pytest.mark.parametrize(("file", "text"), [("Release", _RELEASE), ("InRelease", _FORGED)])
def test_a_mirror_without_debians_signature_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    """Nothing is fetched from one that is not signed, or signed by somebody else."""
    suite = tmp_path / "mirror/dists" / installing.SUITE
    suite.mkdir(parents=True)
    (suite / file).write_text(text)
    monkeypatch.setattr(installing, "_mirror", lambda: f"file:{tmp_path / 'mirror'}")
    with pytest.raises(installing.InstallError, match="signed by Debian"):
        installing.install(tmp_path / "prefix", lambda _: None)
    assert list((tmp_path / "prefix").iterdir()) == []


@pytest.mark.skipif(
    criu.in_prefix(criu.default_prefix()) is None, reason="CRIU was not installed by the command"
)
def test_a_second_time_it_says_that_it_is_there() -> None:
    prefix = criu.default_prefix()
    assert prefix
    before = prefix.stat().st_mtime_ns
    done = install(prefix)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("CRIU ")
    assert str(prefix) in done.stdout
    assert prefix.stat().st_mtime_ns == before


def test_the_place_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv(criu.PREFIX_VARIABLE, raising=False)
    assert criu.default_prefix() == tmp_path / "sprites/criu"
    monkeypatch.setenv(criu.PREFIX_VARIABLE, str(tmp_path / "own"))
    assert criu.default_prefix() == tmp_path / "own"
    assert criu.in_prefix(tmp_path / "own") is None


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("Error (criu/seize.c:335): zombie 9 (comm ) found while seizing", "being traced"),
        ("Error (criu/sk-unix.c:479): unix: Dangling connection 9", "connected to the outside"),
        ("Error (criu/x.c:1): strange \x1b[31m thing", "CRIU refused: strange ?[31m thing"),
        ("Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: no", "code 1"),
        ("", "CRIU refused: code 1"),
    ],
)
def test_complaints_are_explained(tmp_path: Path, log: str, reason: str) -> None:
    file = tmp_path / "log"
    file.write_text(f"{log}\n")
    assert reason in criu.explain(1, file)
    assert criu.explain(-9, file) == "CRIU was ended by signal 9"
    assert criu.explain(1, tmp_path / "none") == "CRIU refused: code 1"
