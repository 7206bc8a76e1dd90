"""Sprites: create, get, list, update, delete."""

from sprites import AuthenticationError, NotFoundError, SpriteError, SpritesClient, URLSettings
from sprites.types import ListOptions


def created(client, sprite):
    made = client.create_sprite(
        "py-made", labels=["a", "b"], url_settings=URLSettings(auth="public")
    )
    shown = client.get_sprite("py-made")
    client.delete_sprite("py-made")
    return {
        "id": made.id.startswith("sprite-"),
        "same": made.id == shown.id,
        "name": made.name,
        "labels": made.labels,
        "auth": made.url_settings.auth,
        "status": shown.status,
        "utc": made.created_at.utcoffset().total_seconds() == 0,
    }


def pages(client, sprite):
    names = [f"py-page-{number}" for number in range(5)]
    for name in names:
        client.create_sprite(name)
    sizes, seen, token = [], [], None
    while True:
        options = ListOptions(prefix="py-page-", max_results=2, continuation_token=token)
        page = client.list_sprites(options)
        sizes.append(len(page.sprites))
        seen += [info.name for info in page.sprites]
        if not page.has_more:
            break
        token = page.next_continuation_token
    everything = [one.name for one in client.list_all_sprites("py-page-")]
    for name in names[1:]:
        client.sprite(name).destroy()
    client.sprite(names[0]).delete()
    left = client.list_all_sprites("py-page-")
    return {"sizes": sizes, "all": sorted(seen) == names == sorted(everything), "left": len(left)}


def updated(client, sprite):
    sprite.update(labels=["x"], url_settings=URLSettings(auth="public"))
    only = sprite.update(labels=["y"])
    sprite.update_url_settings(URLSettings(auth="sprite", private_access="admins"))
    shown = client.get_sprite(sprite.name)
    return {
        "kept": [only.labels, only.url_settings.auth],
        "shown": [shown.labels, shown.url_settings.auth, shown.url_settings.private_access],
    }


def upgraded(client, sprite):
    return sprite.upgrade()


def refusals(client, sprite):
    found = {}
    try:
        client.get_sprite("py-nobody")
    except NotFoundError as error:
        found["unknown"] = 404 if type(error) is NotFoundError else str(error)
    try:
        client.create_sprite(sprite.name)
    except SpriteError as error:
        found["taken"] = 409 if "status 409" in str(error) else str(error)
    try:
        client.create_sprite("-no-")
    except SpriteError as error:
        found["name"] = 400 if "status 400" in str(error) else str(error)
    with SpritesClient("wrong", client.base_url) as other:
        try:
            other.list_sprites()
        except SpriteError as error:
            found["token"] = 401 if type(error) is AuthenticationError else str(error)
    return found
