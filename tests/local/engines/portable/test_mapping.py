"""What the portable tier maps into a sprite's directory, and what it cannot."""

from pathlib import Path

import pytest

from sprites_local.engines.base import Command, CommandNotFoundError
from sprites_local.engines.portable import PortableEngine
from sprites_local.engines.portable.mapping import map_command, on_host
from tests.local.engines.tiers.helpers import command, live, run

LIVE = Path("/data/live")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/data/live"),
        ("/home/sprite", "/data/live/home/sprite"),
        ("/../../etc", "/data/live/etc"),
        ("/a/./b//c/..", "/data/live/a/b"),
    ],
)
def test_paths_stay_below_the_sprite(path: str, expected: str) -> None:
    """Whatever a path says, it is mapped below the sprite's directory."""
    assert on_host(LIVE, path) == Path(expected)


def test_the_environment_is_mapped() -> None:
    """Directories of the sprite come first; the rest of the environment is passed on as it is."""
    env = {
        "HOME": "/home/sprite",
        "PATH": "/home/sprite/.local/bin:/usr/bin:relative",
        "OTHER": "/home/sprite",
    }
    mapped = map_command(Command(argv=("true",), env=env, cwd="/tmp"), LIVE)
    assert mapped.argv == ("true",)
    assert mapped.cwd == "/data/live/tmp"
    assert mapped.env == {
        "HOME": "/data/live/home/sprite",
        "TMPDIR": "/data/live/tmp",
        "PATH": "/data/live/home/sprite/.local/bin:/data/live/usr/bin:/usr/bin",
        "SPRITES_LOCAL_LIVE": "/data/live",
        "OTHER": "/home/sprite",
    }


@pytest.mark.anyio
async def test_there_is_no_isolation(tmp_path: Path) -> None:
    """Absolute paths inside a command are the host's, as the tier's hints say loudly."""
    (tmp_path / "host").write_text("seen")
    engine = PortableEngine(tmp_path / "data")
    await engine.open()
    try:
        await engine.create("s1")
        await engine.start("s1")
        assert await run(engine, "s1", f"cat {tmp_path}/host") == (0, "seen", "")
        script = 'echo $HOME $TMPDIR; test -d "$TMPDIR" && pwd'
        root = live(engine, "s1")
        expected = f"{root}/home/sprite {root}/tmp\n{root}/home/sprite\n"
        assert await run(engine, "s1", script) == (0, expected, "")
        with pytest.raises(CommandNotFoundError, match=r"^cannot run /home/sprite/x: No such file"):
            await engine.spawn("s1", command("/home/sprite/x"))
        assert engine.capabilities().isolation == ()
        assert engine.capabilities().hints[0].startswith("NO ISOLATION")
    finally:
        await engine.close()
