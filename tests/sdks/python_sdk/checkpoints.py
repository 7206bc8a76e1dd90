"""Checkpoints: create, list, get, restore."""

from sprites import NotFoundError, SpriteError


def workflow(client, sprite):
    state = sprite.filesystem() / "tmp" / "state"
    state.write_text("before")
    messages = list(sprite.create_checkpoint("pre-migration"))
    state.write_text("after")
    checkpoint = next(c for c in sprite.list_checkpoints() if c.comment == "pre-migration")
    shown = sprite.get_checkpoint(checkpoint.id)
    restored = list(sprite.restore_checkpoint(checkpoint.id))
    return {
        "id": checkpoint.id,
        "types": [messages[0].type, messages[-1].type, restored[-1].type],
        "told": any(m.data.split() == ["ID:", checkpoint.id] for m in messages),
        "last": [messages[-1].data, restored[-1].data],
        "same": [shown.id, shown.comment, shown.create_time == checkpoint.create_time],
        "state": state.read_text(),
        "file": sprite.run("cat", "/tmp/state", capture_output=True).stdout.decode(),
    }


def lists(client, sprite):
    for comment in ("one", "two"):
        list(sprite.create_checkpoint(comment))
    list(sprite.restore_checkpoint("v1"))
    list(sprite.create_checkpoint())
    found = sprite.list_checkpoints()
    return {
        "ids": [one.id for one in found],
        "comments": [one.comment for one in found],
        "aware": all(one.create_time.tzinfo is not None for one in found),
        "ancestors": [one.id for one in sprite.list_checkpoints(history_filter="v3")],
    }


def refusals(client, sprite):
    found = {}
    try:
        sprite.get_checkpoint("v9")
    except NotFoundError as error:
        found["get"] = str(error)
    try:
        sprite.restore_checkpoint("v9")
    except SpriteError as error:
        found["restore"] = [error.status_code, error.response]
    try:
        sprite.restore_checkpoint("Current")
    except SpriteError as error:
        found["current"] = [error.status_code, error.response]
    try:
        client.sprite("py-nobody").create_checkpoint()
    except SpriteError as error:
        found["sprite"] = [error.status_code, error.response]
    return found
