"""Sprites: create, list, get, update, delete; restart, upgrade, check."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import names, times, views
from sprites_local.errors import ValidationError
from sprites_local.http import BadBodyError, json_response, ndjson_response, parse_object, read_json
from sprites_local.routing import resource
from sprites_local.sprites import SpriteManager
from sprites_local.state.records import SpriteRecord
from sprites_local.state.sprites import NewSprite
from sprites_local.watching import watch

_STREAM = "application/x-ndjson"
_AUTH = ("sprite", "public")
_PRIVATE_ACCESS = ("admins", "organization", "org_users")
_RUNTIMES = ("default", "dev")
_PAGE_DEFAULT, _PAGE_MOST = 50, 500


class SpriteRoutes:
    """Answers about sprites as such."""

    def __init__(self, sprites: SpriteManager) -> None:
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        one = "/v1/sprites/{name}"
        return [
            resource("/v1/sprites", get=self.list, post=self.create),
            resource(one, get=self.get, put=self.update, delete=self.delete),
            resource(f"{one}/restart", post=self.restart),
            resource(f"{one}/upgrade", post=self.upgrade),
            resource(f"{one}/check", get=self.check),
        ]

    async def create(self, request: Request) -> Response:
        """Create a sprite."""
        body = await read_json(request)
        name = body.get("name")
        if not isinstance(name, str) or not names.is_sprite_name(name):
            raise ValidationError("invalid sprite name format")
        auth, private_access = _url_settings(body)
        _check_options(body)
        new = NewSprite(
            id=names.new_sprite_id(),
            name=name,
            auth=auth or "sprite",
            private_access=private_access,
            labels=_labels(body) or (),
        )
        record = await self._sprites.create(new)
        return json_response(self._view(record, request), 201)

    async def list(self, request: Request) -> Response:
        """List sprites by name, a page at a time, or follow their states as a stream."""
        query = request.query_params
        if query.get("bulk_load", "true") not in ("true", "false"):
            raise ValidationError("bulk_load must be true or false")
        limit = _limit(query.get("max_results"))
        accepted = request.headers.get("accept", "")
        # Who takes both has not asked for a stream that never ends.
        streams = _STREAM in accepted and "application/json" not in accepted
        if streams and request.method == "GET":
            return ndjson_response(watch(self._sprites, query.get("prefix", "")))
        page = await self._sprites.page(
            prefix=query.get("prefix", ""),
            after=_after(query.get("continuation_token", "")),
            limit=limit,
        )
        token = _token(page.sprites[-1].name) if page.more else None
        shown = [self._view(record, request) for record in page.sprites]
        return json_response(views.page_view(shown, token))

    async def get(self, request: Request) -> Response:
        """Show a sprite."""
        record = await self._sprites.get(request.path_params["name"])
        return json_response(self._view(record, request))

    async def update(self, request: Request) -> Response:
        """Change a sprite's URL settings or labels."""
        body = await read_json(request)
        auth, private_access = _url_settings(body)
        clear = body.get("clear_labels")
        if not isinstance(clear, bool | None):
            raise ValidationError("clear_labels must be a boolean")
        labels = () if clear else _labels(body)
        if all(body.get(key) is None for key in ("url_settings", "labels", "clear_labels")):
            raise ValidationError("nothing to update: give url_settings or labels")
        record = await self._sprites.update(
            request.path_params["name"], auth=auth, private_access=private_access, labels=labels
        )
        return json_response(self._view(record, request))

    async def delete(self, request: Request) -> Response:
        """Delete a sprite and all that is its own."""
        await self._sprites.delete(request.path_params["name"])
        return Response(status_code=204)

    async def restart(self, request: Request) -> Response:
        """End a sprite's processes and boot it again."""
        record = await self._sprites.restart(request.path_params["name"])
        return json_response(
            {
                "sprite_name": record.name,
                "machine_id": record.id,
                "message": "Sprite restarted",
            }
        )

    async def upgrade(self, request: Request) -> Response:
        """Accept an upgrade; the environment is the server's own and always the latest."""
        body = await read_json(request)
        if not isinstance(body.get("version"), str | None):
            raise ValidationError("version must be a string")
        record = await self._sprites.get(request.path_params["name"])
        return json_response({"name": record.name, "status": "upgraded"})

    async def check(self, request: Request) -> Response:
        """Tell how a sprite is, without waking it."""
        begun = time.monotonic()
        record = await self._sprites.get(request.path_params["name"])
        running = self._sprites.status(record) == "running"
        return json_response(
            {
                "sprite_name": record.name,
                "sprite_id": record.id,
                "status": "healthy" if running else "hibernated",
                "reason": None,
                "checked_at": times.now(),
                "elapsed": int((time.monotonic() - begun) * 1000),
            }
        )

    def _view(self, record: SpriteRecord, request: Request) -> dict[str, Any]:
        port = request.scope["server"][1]
        return views.sprite_view(
            record,
            status=self._sprites.status(record),
            port=port,
            warmed_at=self._sprites.life.warmed_at(record.id),
        )


def _url_settings(body: dict[str, Any]) -> tuple[str | None, str | None]:
    settings = body.get("url_settings")
    if settings is None:
        return None, None
    if not isinstance(settings, dict):
        raise ValidationError("url_settings must be an object")
    auth, access = settings.get("auth"), settings.get("private_access")
    if auth is not None and auth not in _AUTH:
        raise ValidationError(f"invalid auth type, must be one of: {', '.join(_AUTH)}")
    if access is not None and access not in _PRIVATE_ACCESS:
        raise ValidationError(
            f"invalid private_access, must be one of: {', '.join(_PRIVATE_ACCESS)}"
        )
    return auth, access


def _labels(body: dict[str, Any]) -> tuple[str, ...] | None:
    labels = body.get("labels")
    if labels is None:
        return None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValidationError("labels must be a list of strings")
    return tuple(labels)


def _check_options(body: dict[str, Any]) -> None:
    if not isinstance(body.get("wait_for_capacity", False), bool | None):
        raise ValidationError("invalid wait_for_capacity parameter")
    if body.get("runtime", "default") not in (None, *_RUNTIMES):
        raise ValidationError(f"invalid runtime, must be one of: {', '.join(_RUNTIMES)}")
    # Neither has an effect on the hosted platform that anybody saw; they are checked all the same.
    config = body.get("config") or {}
    if not isinstance(config, dict) or not _is_config(config):
        raise ValidationError("config must be an object of sizes, and a region")
    environment = body.get("environment") or {}
    if not isinstance(environment, dict) or not all(
        isinstance(value, str) for value in environment.values()
    ):
        raise ValidationError("environment must be an object of strings")


def _is_config(config: dict[str, Any]) -> bool:
    sizes = (config.get(key, 0) for key in ("ram_mb", "cpus", "storage_gb"))
    return isinstance(config.get("region"), str | None) and all(map(_is_size, sizes))


def _is_size(value: Any) -> bool:
    # JSON knows one kind of number: 2.0 is an integer too, and true is none.
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return False
    return value is None or (value >= 0 and (isinstance(value, int) or value.is_integer()))


def _limit(text: str | None) -> int:
    if text is None:
        return _PAGE_DEFAULT
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        raise ValidationError("max_results must be a number")
    if len(digits) > len(str(_PAGE_MOST)):
        return 1 if text.startswith("-") else _PAGE_MOST
    return max(1, min(int(text), _PAGE_MOST))


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(f'{{"last":"{name}"}}'.encode()).decode()


def _after(token: str) -> str:
    if not token:
        return ""
    try:
        last = parse_object(base64.urlsafe_b64decode(token)).get("last")
    except (binascii.Error, ValueError, BadBodyError):
        last = None
    if not isinstance(last, str):
        raise ValidationError("invalid continuation_token parameter")
    return last
