"""What a sprite of the rootless tier can see and do: nothing of the host's."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.engines.base import EngineError
from sprites_local.engines.rootless import RootlessEngine
from tests.local.engines.tiers.helpers import live, needs_user_namespaces, run

pytestmark = [pytest.mark.anyio, needs_user_namespaces]


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RootlessEngine]:
    opened = RootlessEngine(tmp_path_factory.mktemp("data"))
    await opened.open()
    await opened.create("s1", hostname="kiwi")
    await opened.create("s2")
    await opened.start("s1")
    await opened.start("s2")
    yield opened
    await opened.close()


async def test_a_sprite_is_its_only_user(engine: RootlessEngine) -> None:
    """There is one user, without privileges, on a machine with the sprite's name."""
    script = "id -un; id -u; hostname; grep CapEff /proc/self/status | tr -d '[:blank:]'"
    expected = "sprite\n1000\nkiwi\nCapEff:0000000000000000\n"
    assert await run(engine, "s1", script) == (0, expected, "")


async def test_the_hosts_files_are_not_there(engine: RootlessEngine, tmp_path: Path) -> None:
    """No directory of the host but its programs can be seen, by path or through /proc."""
    secret = tmp_path / "secret"
    secret.write_text("host")
    script = f"cat {secret} /proc/1/root{secret} /proc/*/root{secret} /proc/*/cwd{secret}"
    code, out, _ = await run(engine, "s1", script)
    assert (code, out) == (1, "")
    directories = await run(engine, "s1", "ls -A /tmp /var/tmp /home /root /mnt /media /run")
    expected = "/home:\nsprite\n\n/media:\n\n/mnt:\n\n/root:\n\n/run:\nlock\n\n/tmp:\n\n/var/tmp:\n"
    assert directories == (0, expected, "")


async def test_secret_configuration_was_not_copied(engine: RootlessEngine) -> None:
    """Neither passwords nor keys are in /etc, and its users are the sprite's."""
    code, out, _ = await run(
        engine, "s1", "ls -d /etc/shadow* /etc/ssh /etc/ssl/private /etc/sudo*"
    )
    assert (code, out) == (2, "")
    assert (await run(engine, "s1", "cut -d: -f1 /etc/passwd | xargs"))[1] == "root nobody sprite\n"


async def test_programs_are_read_only(engine: RootlessEngine) -> None:
    """The host's programs cannot be changed, whatever the owner."""
    for path in ("/usr/planted", "/bin/planted", "/etc/alternatives/planted"):
        code, _, err = await run(engine, "s1", f"touch {path}")
        assert (code, "Read-only file system" in err) == (1, True)


async def test_the_hosts_processes_are_not_there(engine: RootlessEngine) -> None:
    """A sprite sees its own processes only, and the init cannot be killed from inside."""
    script = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; kill -9 1; echo; cat /proc/1/comm"
    code, out, err = await run(engine, "s1", script)
    assert (code, err, "pytest" in out, out.splitlines()[-1][:6]) == (0, "", False, "python")
    assert engine.is_running("s1")


async def test_mounts_and_host_name_cannot_be_changed(engine: RootlessEngine) -> None:
    """No privilege of the namespaces is left inside."""
    for script in (
        "mount -t tmpfs x /mnt",
        "umount /proc",
        "hostname other",
        "mknod /tmp/disk b 254 0",
        "ip link set lo down",
        "chroot / true",
        "echo 1 > /proc/sys/kernel/panic",
    ):
        code, _, err = await run(engine, "s1", script)
        assert (code != 0, err != "") == (True, True), script


async def test_the_kernels_settings_are_closed_to_the_server_too(engine: RootlessEngine) -> None:
    """A link to a setting of the kernel gives nobody the server's rights, even if it is root."""
    setting = "/proc/sys/kernel/hostname"
    assert (await run(engine, "s1", f"ln -sf {setting} link"))[0] == 0
    async with engine.files("s1") as files:
        for path in (setting, "/home/sprite/link", "/proc/sysrq-trigger"):
            with pytest.raises(OSError):
                await files.open(path, os.O_WRONLY)


async def test_sprites_do_not_see_each_other(engine: RootlessEngine) -> None:
    """Files, processes, ports and shared memory of one are not the other's."""
    assert (await run(engine, "s1", "echo 1 > ~/mine; echo 1 > /dev/shm/mine; ipcmk -M 10"))[0] == 0
    script = "ls ~ /dev/shm; ipcs -m | grep -c 0x; hostname"
    assert await run(engine, "s2", script) == (0, "/dev/shm:\n\n/home/sprite:\n0\ns2\n", "")


async def test_the_hosts_sockets_cannot_be_reached(engine: RootlessEngine) -> None:
    """Neither ports nor abstract sockets of the host answer inside; the own loopback works."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0sprites-test-{os.getpid()}")
        abstract.listen()
        port = server.getsockname()[1]
        script = f"""python3 - <<'END'
import socket
own = socket.create_server(("127.0.0.1", 80))
socket.create_connection(("127.0.0.1", 80)).close()
for family, address in (
    (socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_UNIX, "\\0sprites-test-{os.getpid()}"),
):
    try:
        socket.socket(family).connect(address)
    except ConnectionRefusedError:
        print("refused")
END"""
        assert await run(engine, "s1", script) == (0, "refused\nrefused\n", "")


async def test_io_uring_is_filtered(engine: RootlessEngine) -> None:
    """The system call filter is in place."""
    script = "grep Seccomp: /proc/self/status | tr -d '[:blank:]'"
    assert await run(engine, "s1", script) == (0, "Seccomp:2\n", "")


async def test_a_hostile_root_cannot_mislead_the_boot(
    engine: RootlessEngine, tmp_path: Path
) -> None:
    """Links in place of mount points lead the next boot nowhere outside; a restore repairs."""
    await engine.checkpoint("s2", "good")
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o777)
    root = live(engine, "s2")
    await engine.stop("s2")
    for name in ("etc", "dev", "run"):
        (root / name).rename(root / f"old-{name}")
        (root / name).symlink_to(outside)
    with pytest.raises(EngineError, match="could not boot"):
        await engine.start("s2")
    assert list(outside.iterdir()) == []
    await engine.restore("s2", "good")
    assert await run(engine, "s2", "echo fine") == (0, "fine\n", "")


async def test_a_replaced_control_socket_is_noticed(engine: RootlessEngine) -> None:
    """Whatever answers in the init's place is not taken for it."""
    await engine.create("s3")
    await engine.start("s3")
    code, _, _ = await run(engine, "s3", "rm /.sprite/control && ln -s /dev/null /.sprite/control")
    assert code == 0
    assert await run(engine, "s3", "echo still") == (0, "still\n", "")
    await engine.stop("s3")
    await engine.start("s3")
    assert await run(engine, "s3", "echo again") == (0, "again\n", "")
    await engine.destroy("s3")


async def test_files_belong_to_the_sprite(engine: RootlessEngine) -> None:
    """What the server writes has the sprite's owner and just the mode asked for."""
    async with engine.files("s1") as files:
        os.close(await files.open("/home/sprite/new", os.O_WRONLY | os.O_CREAT, 0o666))
        await files.mkdir("/home/sprite/dir", 0o777)
        with pytest.raises(OSError):
            await files.open("/usr/planted", os.O_WRONLY | os.O_CREAT)
    script = "stat -c '%U %G %a' new dir"
    assert await run(engine, "s1", script) == (0, "sprite sprite 666\nsprite sprite 777\n", "")


async def test_sprites_boot_at_the_same_time(engine: RootlessEngine) -> None:
    """Nothing of one boot is in the way of another."""
    names = [f"many{number}" for number in range(4)]
    await asyncio.gather(*map(engine.create, names))
    await asyncio.gather(*map(engine.start, names))
    results = await asyncio.gather(*(run(engine, name, "hostname") for name in names))
    assert [(0, f"{name}\n", "") for name in names] == results
    await asyncio.gather(*map(engine.destroy, names))
