"""What the SDK makes of a server that fails on purpose."""

import httpx
from sprites import NetworkError, SpriteError, SpritesClient


def _inject(client, sprite, kind, **options):
    headers = {"Authorization": f"Bearer {client.token}"}
    order = {"kind": kind, "sprite": sprite.name, **options}
    httpx.post(f"{client.base_url}/_faults", json=order, headers=headers).raise_for_status()


def streams(client, sprite):
    found = {}
    for kind, options in {
        "cut": {"after": 2},
        "error_event": {"after": 1},
        "garbage": {"after": 1},
    }.items():
        _inject(client, sprite, kind, operation="create_checkpoint", **options)
        messages = list(sprite.create_checkpoint())
        found[kind] = [len(messages), messages[-1].type]
    return found


def no_exit_code(client, sprite):
    _inject(client, sprite, "no_exit")
    try:
        return {"code": sprite.run("true").returncode}
    except NetworkError as error:
        return {"error": "before receiving command exit status" in str(error)}


def control_without_code(client, sprite):
    codes = []
    for kind in (None, "no_exit_code"):
        if kind:
            _inject(client, sprite, kind)
        with SpritesClient(client.token, client.base_url, control_mode=True) as controlling:
            done = controlling.sprite(sprite.name).run("sh", "-c", "exit 7")
            codes.append(done.returncode)
    return codes


def rate_limit(client, sprite):
    options = {"operation": "create_checkpoint", "status": 429, "retry_after": 7}
    _inject(client, sprite, "status", **options)
    try:
        sprite.create_checkpoint()
    except SpriteError as error:
        return {"status": error.status_code, "retry_after": getattr(error, "retry_after", None)}
