"""Machines differ: what the tier needs of one is tried, and what is missing is named."""

import subprocess
import sys
from pathlib import Path

from sprites_local.engines.rootless import host
from tests.local.engines.tiers.helpers import needs_user_namespaces

# Becomes root of a user namespace that knows this one user, as in a container without root.
_IN_CONTAINER = """
import asyncio, os, sys
from pathlib import Path
from sprites_local import linux
from sprites_local.engines.base import EngineUnavailableError
from sprites_local.engines.rootless import RootlessEngine
from tests.local.engines.tiers.helpers import run

uid, gid = os.getuid(), os.getgid()
linux.unshare(linux.CLONE_NEWUSER)
for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
    Path("/proc/self", name).write_text(text)
if sys.argv[2] == "forbidden":
    Path("/proc/sys/user/max_user_namespaces").write_text("0")

async def main():
    engine = RootlessEngine(Path(sys.argv[1]))
    try:
        await engine.open()
    except EngineUnavailableError as error:
        print(error)
        return
    await engine.create("s1")
    await engine.start("s1")
    print(await run(engine, "s1", "id -u; touch file; stat -c %u file"))
    await engine.destroy("s1")
    await engine.close()

asyncio.run(main())
"""


def _run(tmp_path: Path, mode: str) -> str:
    arguments = [sys.executable, "-c", _IN_CONTAINER, str(tmp_path / "data"), mode]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    return done.stdout


@needs_user_namespaces
def test_root_of_a_container_is_enough(tmp_path: Path) -> None:
    """Sprites run inside a user namespace with a single user, too."""
    assert _run(tmp_path, "free") == "(0, '1000\\n1000\\n', '')\n"


def test_a_refusal_says_what_to_change(tmp_path: Path) -> None:
    """Where user namespaces are switched off, the reason names the switch."""
    text = _run(tmp_path, "forbidden")
    assert "unshare: No space left on device" in text
    assert "`sysctl user.max_user_namespaces=15000`" in text
    assert "Traceback" not in text


def test_reasons_are_explained() -> None:
    """What the kernel says is kept, and what it means is added, where it is known."""
    explained = host.explain(OSError("mount proc on /tmp/root/proc: Operation not permitted"))
    assert explained.startswith(
        "mount proc on /tmp/root/proc: Operation not permitted (a container"
    )
    assert host.explain(OSError("something else")) == "something else"
