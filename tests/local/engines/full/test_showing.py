"""Checkpoints inside a running sprite: as they were, and nothing that anybody in it can change."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sprites_local.engines.base import Command, EngineError
from sprites_local.init import showing
from tests.local.engines.full.conftest import ENVIRONMENT, Machine

pytestmark = pytest.mark.anyio

TOP = showing.PLACE
V1 = f"{TOP}/v1"
CHANGE = """
echo one > /home/sprite/x; chown 1000:1000 /home/sprite/x; chmod 640 /home/sprite/x
ln -s /etc/passwd /home/sprite/link
cp /usr/bin/id /home/sprite/root-id; chmod 4755 /home/sprite/root-id
echo mine > /usr/local/added
rm /usr/bin/tac
rm -r /usr/share/perl5 2>/dev/null; mkdir -p /usr/share/perl5; echo new > /usr/share/perl5/only
"""
UNDO = """
rm -r /home/sprite/x /home/sprite/link /usr/local/added /usr/share/perl5
cp /usr/bin/cat /usr/bin/tac
"""
ESCAPE = "surrogateescape"
UNMOUNT = """
import os, sys
from sprites_local import linux
linux.setns(os.pidfd_open(int(sys.argv[1])), linux.CLONE_NEWNS)
linux.unmount(sys.argv[2], linux.MNT_DETACH)
"""
IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


@pytest.fixture(scope="module")
async def shown(machine: Machine) -> Machine:
    """The sprite of the module, which was changed after `v1` and shows it."""
    assert (await machine.sh(CHANGE, user="root")).code == 0
    await machine.engine.checkpoint(machine.name, "v1")
    await machine.engine.show(machine.name, ["v1"])
    assert (await machine.sh(UNDO, user="root")).code == 0
    return machine


async def listed(machine: Machine) -> list[str]:
    return (await machine.sh(f"ls {TOP}")).text.split()


async def mounts(machine: Machine) -> list[str]:
    lines = (await machine.sh("cat /proc/self/mountinfo")).text.splitlines()
    return [line for line in lines if "checkpoints" in line]


def mounts_of_the_host() -> str:
    return Path("/proc/self/mountinfo").read_text(errors="surrogateescape")


def unmount(pid: int, path: str) -> None:
    """Take a mount away from a sprite, from outside."""
    subprocess.run([sys.executable, "-c", UNMOUNT, str(pid), path], check=True, timeout=30)


def kept(machine: Machine) -> list[str]:
    return machine.engine._opened.pool.names(f"sprites/{machine.name}/checkpoints")


async def test_files_are_as_they_were(shown: Machine) -> None:
    script = f"stat -c '%U %G %a' {V1}/home/sprite/x; cat {V1}/home/sprite/x; id -un"

    assert (await shown.sh(script)).text.split() == ["sprite", "sprite", "640", "one", "sprite"]
    assert (await shown.sh(f"readlink {V1}/home/sprite/link")).text == "/etc/passwd\n"
    assert (await shown.sh("ls /home/sprite/x")).code != 0


async def test_usr_is_merged_as_the_sprite_saw_it(shown: Machine) -> None:
    script = f"""
cat {V1}/usr/local/added
ls {V1}/usr/bin/tac {V1}/usr/share/perl5
cmp /usr/bin/cat {V1}/usr/bin/cat && {V1}/usr/bin/cat {V1}/usr/share/perl5/only
"""

    result = await shown.sh(script)

    assert result.text == f"mine\n{V1}/usr/share/perl5:\nonly\nnew\n"
    assert f"cannot access '{V1}/usr/bin/tac'" in result.stderr.decode()
    assert (await shown.sh("ls /usr/bin/tac /usr/local/bin")).code == 0


async def test_a_checkpoint_holds_nothing_of_what_was_shown(fresh: Machine) -> None:
    await fresh.engine.checkpoint(fresh.name, "v1")
    await fresh.engine.show(fresh.name, ["v1"])
    await fresh.engine.checkpoint(fresh.name, "v2")
    await fresh.engine.show(fresh.name, ["v1", "v2"])

    assert (await fresh.sh(f"ls -A {TOP}/v2/.sprite/checkpoints")).text == ""
    assert await listed(fresh) == ["v1", "v2"]


@pytest.mark.parametrize(
    "attempt",
    [
        f"echo x > {V1}/home/sprite/x",
        f"echo x > {V1}/usr/local/added",
        f"touch {V1}/new",
        f"touch {V1}/usr/new",
        f"rm {V1}/home/sprite/x",
        f"chmod 777 {V1}/home/sprite/x",
        f"chown 0 {V1}/usr/local/added",
        f"mv {V1}/etc/passwd {V1}/etc/other",
        f"ln {V1}/etc/passwd {V1}/etc/other",
        f"mknod {V1}/dev/disk c 1 3",
        f"setfattr -n user.x -v y {V1}/etc/passwd || touch {V1}/etc/passwd",
        f"mkdir {TOP}/v2",
        f"touch {TOP}/file",
        f"chmod 700 {TOP}",
    ],
)
async def test_root_can_change_nothing(shown: Machine, attempt: str) -> None:
    result = await shown.sh(f"LC_ALL=C; {attempt}", user="root")

    assert result.code != 0
    assert b"Read-only file system" in result.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        f"umount {V1}",
        f"umount -l {V1}/usr",
        f"umount -l {TOP}",
        f"mount -o remount,rw {V1}",
        f"mount -o remount,bind,rw {V1}",
        f"mount -o remount,bind,suid,ro,nodev {V1}",
        f"mount -o remount,bind,dev,ro,nosuid {V1}",
        f"mount -o remount,bind,rw {V1}/usr",
        f"mount -o remount,bind,rw {TOP}",
        f"mount --bind {V1} /mnt",  # would show what is below its /usr
        f"mount --rbind {V1} /mnt && touch /mnt/x",
        f"mount --rbind / /mnt && umount -l /mnt{TOP}",
        f"rmdir {TOP} || mv {TOP} /.sprite/elsewhere",
        f"cat {V1}/dev/zero",
    ],
)
async def test_no_mount_can_be_loosened(shown: Machine, attempt: str) -> None:
    """Not by root, nor in a namespace of a user's own, where everybody may mount."""
    before = await mounts(shown)

    assert (await shown.sh(attempt, user="root")).code != 0
    for user in ("root", "sprite"):
        assert (await shown.run(*IN_A_NAMESPACE, attempt, user=user)).code != 0

    assert await mounts(shown) == before


async def test_the_attempts_fail_for_the_mounts_and_not_for_want_of_rights(shown: Machine) -> None:
    script = "mount -t tmpfs x /mnt && mount -o remount,bind,ro /mnt && umount /mnt"

    assert (await shown.run(*IN_A_NAMESPACE, script)).code == 0


async def test_programs_have_no_more_rights_than_who_runs_them(shown: Machine) -> None:
    assert (await shown.sh("/home/sprite/root-id -u")).text == "0\n"
    assert (await shown.sh(f"{V1}/home/sprite/root-id -u")).text == "1000\n"


async def test_there_is_no_way_up(shown: Machine, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    up = "/.." * 9
    script = f"cat {V1}{up}{secret} {V1}/usr{up}{secret}; ls {V1}/.. ; ls -d {V1}/../../init.py"

    result = await shown.sh(script, user="root")

    assert result.text == "v1\n" + f"{V1}/../../init.py\n"


async def test_the_file_api_reads_and_is_refused_to_write(shown: Machine) -> None:
    async with shown.engine.files(shown.name, as_root=True) as files:
        with os.fdopen(await files.open(f"{V1}/home/sprite/x", os.O_RDONLY), "rb") as file:
            assert file.read() == b"one\n"
        assert [info.name for info in await files.list(TOP)] == ["v1"]
        for refused in (
            files.open(f"{V1}/home/sprite/x", os.O_WRONLY),
            files.open(f"{V1}/new", os.O_WRONLY | os.O_CREAT),
            files.mkdir(f"{V1}/usr/new"),
            files.remove(f"{V1}/home/sprite/x"),
            files.rename(f"{V1}/home/sprite/x", f"{V1}/home/sprite/y"),
            files.chmod(f"{V1}/usr/local/added", 0o777),
            files.chown(f"{V1}/home/sprite/x", 0, 0),
        ):
            with pytest.raises(OSError) as caught:
                await refused
            assert caught.value.errno == errno.EROFS


async def test_what_is_shown_is_brought_in_line(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    for checkpoint in ("v1", "v2", "v3", "auto-1"):
        await engine.checkpoint(name, checkpoint)

    for wanted in (["v1"], ["v1", "v2"], ["v2", "v3", "auto-1"], ["v3"], [], ["v3", "v1"]):
        await engine.show(name, wanted)
        before = await mounts(fresh)
        await engine.show(name, wanted)

        assert await listed(fresh) == sorted(wanted)
        assert await mounts(fresh) == before
        assert len(before) == 1 + 2 * len(wanted)

    with pytest.raises(EngineError, match="no checkpoint v9"):
        await engine.show(name, ["v9"])
    await engine.restore(name, "v3")
    assert await mounts(fresh) == []
    await engine.show(name, ["v1"])
    assert await listed(fresh) == ["v1"]


async def test_a_call_that_was_cut_short_is_completed_by_the_next(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    for checkpoint in ("v1", "v2"):
        await engine.checkpoint(name, checkpoint)
    await engine.show(name, ["v1", "v2"])
    for wanted in (["v1", "v2"], ["v1"], []):
        for place in wanted:  # leaves directories without mounts, as a kill in mid-call would
            unmount(engine._running[name].pid, f"{TOP}/{place}")

        await engine.show(name, wanted)

        assert await listed(fresh) == wanted
        assert len(await mounts(fresh)) == 1 + 2 * len(wanted)


async def test_the_host_sees_no_mount(shown: Machine) -> None:
    before = mounts_of_the_host()

    await shown.engine.show(shown.name, [])
    await shown.engine.show(shown.name, ["v1"])

    assert mounts_of_the_host() == before


async def test_use_keeps_neither_a_checkpoint_nor_a_sprite(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    await fresh.sh("mkdir /tmp/d; echo one > /tmp/d/file")
    await engine.checkpoint(name, "v1")
    await engine.show(name, ["v1"])
    script = f"cd {V1}/tmp/d; exec 3<file; echo ready; read line; cat <&3; cat file; exec sleep 60"
    command = Command(argv=("sh", "-c", script), env=ENVIRONMENT, cwd="/")
    process = await engine.spawn(name, command)
    output = process.stdout()
    assert await anext(output) == (1, b"ready\n")

    await engine.checkpoint(name, "v2")
    await engine.delete_checkpoint(name, "v1")

    assert kept(fresh) == ["v2"]
    assert await listed(fresh) == []
    await process.write(b"\n")
    assert (await anext(output))[1].startswith(b"one\n")
    await engine.stop(name)
    assert await process.wait() == 137


@pytest.mark.parametrize(
    ("mess", "complaint"),
    [
        ("ln -s /etc /.sprite/checkpoints", "/.sprite/checkpoints is no plain directory"),
        ("touch /.sprite/checkpoints", "/.sprite/checkpoints is no plain directory"),
        ("mv /.sprite /other; ln -s /other /.sprite", "/.sprite is no plain directory"),
        ("mv /.sprite /other", "/.sprite is no plain directory: No such file"),
    ],
)
async def test_no_link_is_followed_to_the_place(fresh: Machine, mess: str, complaint: str) -> None:
    engine, name = fresh.engine, fresh.name
    await engine.checkpoint(name, "v1")
    assert (await fresh.sh(mess, user="root")).code == 0
    before = (await fresh.sh("ls -AR /etc /other", user="root")).text

    with pytest.raises(EngineError, match=complaint):
        await engine.show(name, ["v1"])

    assert await mounts(fresh) == []
    assert (await fresh.sh("ls -AR /etc /other", user="root")).text == before
    await engine.delete_checkpoint(name, "v1")
    assert kept(fresh) == []


@pytest.mark.parametrize(
    "away", ["a b\\c", "a\tb\n", "\r\x0b\x85\u2028", b"\xff".decode(errors=ESCAPE)]
)
async def test_a_place_that_was_moved_is_given_up(fresh: Machine, away: str) -> None:
    engine, name = fresh.engine, fresh.name
    for checkpoint in ("v1", "v2"):
        await engine.checkpoint(name, checkpoint)
    await engine.show(name, ["v1", "v2"])
    assert (await fresh.run("mv", "/.sprite", f"/{away}", user="root")).code == 0
    await fresh.sh("mkdir -p /.sprite/checkpoints", user="root")

    await engine.show(name, ["v2"])

    assert (await fresh.run("ls", "-A", f"/{away}/checkpoints")).text == ""
    assert await listed(fresh) == ["v2"]
    assert len(await mounts(fresh)) == 3


def test_a_table_of_mounts_is_understood() -> None:
    place = "30 20 0:50 / /.sprite/checkpoints ro - tmpfs sprites-checkpoints rw\n"
    stray = "31 20 0:51 / /x\\040y/checkpoints ro - tmpfs sprites-checkpoints rw\n"
    other = "32 20 0:52 / /.sprite/checkpoints ro - tmpfs tmpfs rw\n"
    trees = (
        "40 30 0:40 /s/v1/root /.sprite/checkpoints/v1 ro shared:1 - btrfs /dev/loop0 rw\n"
        "41 40 0:60 / /.sprite/checkpoints/v1/usr ro - overlay overlay ro\n"
    )

    assert showing.parse("") == (None, "", [])
    assert showing.parse(other + trees) == (None, "", [])
    assert showing.parse(place) == ([], "0:50", [])
    assert showing.parse(stray + trees + place) == (["v1"], "0:50", ["/x\\040y/checkpoints"])
