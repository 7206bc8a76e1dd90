"""Checkpoints: create, list, get, delete, restore."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import views
from sprites_local.checkpoints.manager import CheckpointManager
from sprites_local.errors import TextError
from sprites_local.execution import flag
from sprites_local.http import json_response, json_text, ndjson_response, read_json
from sprites_local.routing import resource


class CheckpointRoutes:
    """Answers about checkpoints."""

    def __init__(self, checkpoints: CheckpointManager) -> None:
        self._checkpoints = checkpoints

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        sprite = "/v1/sprites/{name}"
        one = f"{sprite}/checkpoints/{{checkpoint}}"
        return [
            resource(f"{sprite}/checkpoint", post=self.create),
            resource(f"{sprite}/checkpoints", get=self.list),
            resource(one, get=self.get, delete=self.delete),
            resource(f"{one}/restore", post=self.restore),
        ]

    async def create(self, request: Request) -> Response:
        """Take a checkpoint and stream the progress."""
        comment = (await read_json(request)).get("comment")
        if not isinstance(comment, str | None):
            raise TextError(400, "comment must be a string")
        progress = await self._checkpoints.create(request.path_params["name"], comment or None)
        return ndjson_response(progress.lines())

    async def list(self, request: Request) -> Response:
        """List the live state and the checkpoints, or one checkpoint's ancestors."""
        query = request.query_params
        listed = await self._checkpoints.catalog.listing(
            request.path_params["name"],
            history=query.get("history", ""),
            automatic=flag(query, "includeAuto", default=False),
        )
        return json_text(views.checkpoint_list(listed))

    async def get(self, request: Request) -> Response:
        """Show a checkpoint."""
        name, checkpoint = _path(request)
        return json_response(
            views.checkpoint_view(await self._checkpoints.catalog.get(name, checkpoint))
        )

    async def delete(self, request: Request) -> Response:
        """Delete a checkpoint."""
        await self._checkpoints.delete(*_path(request))
        return Response(status_code=204)

    async def restore(self, request: Request) -> Response:
        """Restore a checkpoint and stream the progress."""
        progress = await self._checkpoints.restore(*_path(request))
        return ndjson_response(progress.lines())


def _path(request: Request) -> tuple[str, str]:
    return request.path_params["name"], request.path_params["checkpoint"]
