"""What the socket answers: the sprite's own affairs, by the handlers of the API, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from attrs import frozen
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from sprites_local.answers import ENVIRONMENT_VERSION, Answers
from sprites_local.checkpoints.manager import CheckpointManager
from sprites_local.errors import ApiError, SpriteNotFoundError, TextError
from sprites_local.http import json_response, read_json
from sprites_local.inside import tasks
from sprites_local.inside.tasks import Tasks
from sprites_local.names import CURRENT
from sprites_local.policies import PolicyManager
from sprites_local.routes.checkpoints import CheckpointRoutes
from sprites_local.routes.services import ServiceRoutes
from sprites_local.routing import has_hidden_separator, not_found, resource
from sprites_local.services.manager import ServiceManager
from sprites_local.sprites import SpriteManager
from sprites_local.state.records import SpriteRecord
from sprites_local.views import ORGANIZATION, sprite_url
from sprites_local.work import Work

BODY_LIMIT: Final = 256 << 10
_ACCEPTED = "Restore initiated. Environment will restart shortly."
_SHORTLY: Final = 0.2
"""Seconds in which whoever asked for a restore can read the answer, before the restore ends it."""

Handler = Callable[[Request], Awaitable[Response]]


@frozen
class Parts:
    """What answers come from."""

    sprites: SpriteManager
    checkpoints: CheckpointManager
    services: ServiceManager
    policies: PolicyManager
    work: Work
    port: int
    """The port of the server, which is part of a sprite's URL."""


def create_app(parts: Parts, sprite: SpriteRecord, live: Tasks) -> ASGIApp:
    """Build what answers for one sprite."""
    return Answers(_Own(parts, sprite, live))


class _Own:
    """Answers about one sprite; its name is never taken from a request."""

    def __init__(self, parts: Parts, sprite: SpriteRecord, live: Tasks) -> None:
        self._parts = parts
        self._sprite = sprite
        self._tasks = live
        self._router = Router(self._routes(), redirect_slashes=False, default=not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        current = await self._parts.sprites.get(self._sprite.name)
        if current.id != self._sprite.id:
            raise SpriteNotFoundError
        hidden = scope["type"] != "http" or has_hidden_separator(scope.get("raw_path") or b"")
        await (not_found if hidden else self._router)(scope, receive, send)

    def _routes(self) -> list[BaseRoute]:
        one = "/v1/tasks/{task}"
        return [
            resource("/info", get=self.info),
            resource("/v1/tasks", get=self.list_tasks, post=self.add_task, put=self.put_task),
            resource(one, get=self.get_task, put=self.put_task, delete=self.remove_task),
            resource("/policy/network", get=self.network_policy),
            *self._checkpoint_routes(),
            *self._service_routes(),
        ]

    def _checkpoint_routes(self) -> list[BaseRoute]:
        routes = CheckpointRoutes(self._parts.checkpoints)
        one = "/v1/checkpoints/{checkpoint}"
        return [
            resource("/v1/checkpoint", post=self._of(routes.create)),
            resource("/v1/checkpoints", get=self._of(routes.list)),
            resource(one, get=self._of(routes.get), delete=self._of(routes.delete)),
            resource(f"{one}/restore", post=self.restore),
        ]

    def _service_routes(self) -> list[BaseRoute]:
        routes = ServiceRoutes(self._parts.services)
        one = "/v1/services/{service}"
        methods = {
            "get": self._of(routes.get),
            "put": self._of(routes.put),
            "delete": self._of(routes.delete),
        }
        return [
            resource("/v1/services", get=self._of(routes.list)),
            resource("/v1/services/signal", **methods, post=self._of(routes.signal)),
            resource(one, **methods),
            resource(f"{one}/start", post=self._of(routes.start)),
            resource(f"{one}/stop", post=self._of(routes.stop)),
            resource(f"{one}/restart", post=self._of(routes.restart)),
        ]

    def _of(self, handler: Handler) -> Handler:
        """Bind a handler of the API to this sprite."""

        async def bound(request: Request) -> Response:
            request.path_params["name"] = self._sprite.name
            return await handler(request)

        return bound

    async def info(self, request: Request) -> Response:
        """Say where we are."""
        del request
        name = self._sprite.name
        return json_response(
            {
                "version": ENVIRONMENT_VERSION,
                "sprite_name": name,
                "sprite_url": sprite_url(name, self._parts.port),
                "sprite_id": self._sprite.id,
                "org": ORGANIZATION,
            }
        )

    async def network_policy(self, request: Request) -> Response:
        """Show the network policy."""
        del request
        return json_response(await self._parts.policies.get(self._sprite.name, "network"))

    async def restore(self, request: Request) -> Response:
        """Accept a restore, which ends whoever asked for it."""
        checkpoint = request.path_params["checkpoint"]
        await self._parts.checkpoints.catalog.get(self._sprite.name, checkpoint)
        if checkpoint == CURRENT:
            raise TextError(409, f"{CURRENT} is the live state and cannot be restored")
        accepted = {"status": "accepted", "checkpoint_id": checkpoint, "message": _ACCEPTED}
        response = json_response(accepted, 202)
        response.background = BackgroundTask(self._begin_restore, checkpoint)
        return response

    async def _begin_restore(self, checkpoint: str) -> None:
        async def restore() -> None:
            await asyncio.sleep(_SHORTLY)
            with suppress(ApiError):  # the checkpoint or the sprite was deleted meanwhile
                await self._parts.checkpoints.restore(self._sprite.name, checkpoint)

        self._parts.work.start(restore())

    async def list_tasks(self, request: Request) -> Response:
        """List the tasks."""
        del request
        return json_response({"tasks": [tasks.view(task) for task in self._tasks.listing()]})

    async def get_task(self, request: Request) -> Response:
        """Show a task."""
        return json_response(tasks.view(self._tasks.get(request.path_params["task"])))

    async def add_task(self, request: Request) -> Response:
        """Begin a task."""
        body = await read_json(request, limit=BODY_LIMIT)
        name, seconds = tasks.parse_name(body.get("name")), tasks.parse_expire(body.get("expire"))
        return json_response(tasks.view(self._tasks.add(name, seconds)), 201)

    async def put_task(self, request: Request) -> Response:
        """Begin a task or refresh one, by the path's name or the body's."""
        body: dict[str, Any] = await read_json(request, limit=BODY_LIMIT)
        name = tasks.parse_name(request.path_params.get("task", body.get("name")))
        return json_response(
            tasks.view(self._tasks.put(name, tasks.parse_expire(body.get("expire"))))
        )

    async def remove_task(self, request: Request) -> Response:
        """End a task."""
        self._tasks.remove(request.path_params["task"])
        return Response(status_code=204)
