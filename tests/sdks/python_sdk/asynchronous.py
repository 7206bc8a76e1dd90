"""The asynchronous client of the SDK."""

import asyncio

from sprites import AsyncSpritesClient, NotFoundError


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
