"""The asynchronous client of the SDK."""

import asyncio
import os

from sprites import (
    AsyncSpritesClient,
    ExecError,
    NetworkPolicy,
    NotFoundError,
    PolicyRule,
    URLSettings,
)
from sprites.types import ListOptions


def workflow(client, sprite):
    return asyncio.run(_workflow(client, sprite.name))


async def _workflow(client, name):
    async with AsyncSpritesClient(client.token, client.base_url) as one:
        sprite = await one.get_sprite(name)
        folder = sprite.filesystem("/tmp/box")
        await (folder / "state").write_text("before")
        made = [message.type for message in await sprite.create_checkpoint("label")]
        await (folder / "state").write_text("after")
        checkpoint = next(c for c in await sprite.list_checkpoints() if c.comment == "label")
        restored = [message.type for message in await sprite.restore_checkpoint(checkpoint.id)]
        script = "echo out; echo err >&2; exit 3"
        done = await sprite.run("sh", "-c", script, capture_output=True)
        service = await sprite.create_service("main", "sleep", ["600"], duration=0.2)
        return {
            "id": checkpoint.id,
            "last": [made[-1], restored[-1]],
            "state": await (folder / "state").read_text(),
            "run": [done.returncode, done.stdout.decode(), done.stderr.decode()],
            "listed": await sprite.filesystem("/tmp").path("/tmp/box").listdir(),
            "service": [event.type for event in service],
            "status": (await sprite.get_service("main")).state.status,
            "control": await _control(client, name),
            "unknown": await _unknown(one),
        }


async def _control(client, name):
    options = {"control_mode": True}
    async with AsyncSpritesClient(client.token, client.base_url, **options) as one:
        sprite = one.sprite(name)
        done = await sprite.run("sh", "-c", "echo by control; exit 4", capture_output=True)
        return [done.returncode, done.stdout.decode(), sprite.has_control_connection()]


async def _unknown(one):
    try:
        await one.get_sprite("py-nobody")
    except NotFoundError as error:
        return type(error).__name__


def lifecycle(client, sprite):
    return asyncio.run(_lifecycle(client))


async def _lifecycle(client):
    async with AsyncSpritesClient(client.token, client.base_url) as one:
        first = await one.create_sprite("py-async-1", labels=["a"])
        second = await one.create_sprite("py-async-2")
        await one.create_sprite("py-async-3")
        page = await one.list_sprites(ListOptions(prefix="py-async-", max_results=2))
        updated = await one.update_sprite("py-async-1", labels=["b"])
        await one.update_url_settings("py-async-1", URLSettings(auth="public"))
        await first.update(labels=["c"])
        await first.update_url_settings(URLSettings(auth="sprite"))
        shown = await one.get_sprite("py-async-1")
        found = {
            "page": [len(page.sprites), page.has_more],
            "all": [info.name for info in await one.list_all_sprites("py-async-")],
            "labels": [updated.labels, shown.labels],
            "auth": shown.url_settings.auth,
            "upgraded": [await one.upgrade_sprite("py-async-1"), await first.upgrade()],
            "raw": (await one.http_client.get(f"{client.base_url}/v1/sprites")).status_code,
        }
        await first.delete()
        await second.destroy()
        await one.delete_sprite("py-async-3")
        await one.create_sprite("py-async-4")
        await one.destroy_sprite("py-async-4")
        return found | {"left": await one.list_all_sprites("py-async-")}


def files(client, sprite):
    return asyncio.run(_files(client, sprite.name))


async def _files(client, name):
    async with AsyncSpritesClient(client.token, client.base_url) as one:
        files = one.sprite(name).filesystem("/tmp/async")
        await (files / "a/f").write_text("text", mode=0o640)
        stat = await (files / "a/f").stat()
        await (files / "a/f").copy_to("/tmp/async/a/g")
        await (files / "a/g").chmod(0o600)
        await (files / "a/g").rename("/tmp/async/a/h")
        await (files / "a/h").replace("/tmp/async/a/i")
        await (files / "a/new").touch()
        await (files / "made").mkdir(parents=True)
        found = {
            "stat": [stat.size, int(stat.mode, 8) & 0o777],
            "names": sorted([entry.name async for entry in (files / "a").iterdir()]),
            "kinds": [await (files / "a").is_dir(), await (files / "a/i").is_file()],
            "made": (await one.sprite(name).run("test", "-d", "/tmp/async/made")).returncode,
            "working": [str(files.cwd), str(files.root)],
        }
        await (files / "a/new").unlink()
        await one.sprite(name).run("mkdir", "/tmp/async/bare")
        await (files / "bare").rmdir()
        await (files / "a").rmtree()
        return found | {"left": await (files / "a/f").exists()}


def commands(client, sprite):
    return asyncio.run(_commands(client, sprite.name))


async def _commands(client, name):
    async with AsyncSpritesClient(client.token, client.base_url) as one:
        sprite = one.sprite(name)
        found = {"output": (await sprite.command("echo", "hi").output()).decode()}
        both = await sprite.command("sh", "-c", "echo out; echo err >&2").combined_output()
        found["both"] = sorted(both.decode().split())
        try:
            await sprite.command("sh", "-c", "exit 4").run()
        except ExecError as error:
            found["code"] = error.exit_code()
        found["codes"] = await _attached(sprite)
        return found


async def _attached(sprite):
    read, write = os.pipe()
    with (
        os.fdopen(read, "rb", buffering=0) as stdin,
        os.fdopen(write, "wb", buffering=0) as keys,
    ):
        script = "echo ready; read word; echo got $word; exit 5"
        began, joined = _Told(), _Told()
        options = {"tty": True, "stdin": stdin, "stdout": began}
        first = asyncio.ensure_future(_code(sprite.command("sh", "-c", script, **options)))
        await began.output()
        (session,) = await sprite.list_sessions()
        attached = sprite.attach_session(session.id)
        # Without any input, the end of it is typed into the terminal.
        attached.stdin, attached.stdout = stdin, joined
        second = asyncio.ensure_future(_code(attached))
        await joined.output()
        keys.write(b"hello\n")
        return await asyncio.gather(first, second)


class _Told:
    """Tells when output comes."""

    def __init__(self):
        self._came = asyncio.Event()

    def write(self, data):
        self._came.set()
        return len(data)

    async def output(self):
        async with asyncio.timeout(10):
            await self._came.wait()


async def _code(command):
    try:
        await command.run()
    except ExecError as error:
        return error.exit_code()
    return 0


def rest(client, sprite):
    return asyncio.run(_rest(client, sprite.name))


async def _rest(client, name):
    async with AsyncSpritesClient(client.token, client.base_url) as one:
        sprite = one.sprite(name)
        await sprite.create_checkpoint("label")
        await sprite.create_service("main", "sleep", ["600"], duration=0.1)
        stopped = await sprite.stop_service("main", timeout=5)
        started = await sprite.start_service("main", duration=0.1)
        await sprite.signal_service("main", "CONT")
        listed = [service.name for service in await sprite.list_services()]
        await sprite.stop_service("main")
        await sprite.delete_service("main")
        rules = [PolicyRule(domain="example.com", action="deny")]
        await sprite.update_network_policy(NetworkPolicy(rules=rules))
        found = {
            "checkpoint": (await sprite.get_checkpoint("v1")).comment,
            "service": [list(stopped)[-1].type, next(iter(started)).type, listed],
            "left": await sprite.list_services(),
            "rules": [rule.domain for rule in (await sprite.get_network_policy()).rules],
        }
        connection = await sprite.get_control_connection()
        operation = await connection.start_op("exec", cmd=["sh", "-c", "exit 7"])
        found["control"] = [await operation.wait(), sprite.has_control_connection()]
        await sprite.close_control_connection()
        return found | {"closed": sprite.has_control_connection()}
