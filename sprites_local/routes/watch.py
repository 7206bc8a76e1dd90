"""Following a sprite's files over a WebSocket."""

from __future__ import annotations

import asyncio
import os
import posixpath
from contextlib import suppress
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sprites_local.engines.base import Engine, EngineError
from sprites_local.errors import FileError
from sprites_local.file_watch import (
    MOST_PATHS,
    FileWatch,
    error_message,
    reason,
    shown,
    without_repeats,
)
from sprites_local.files import refusing, resolve
from sprites_local.http import BadBodyError, parse_object
from sprites_local.sockets import GOING_AWAY, SocketHandler, close, first_of, send_json
from sprites_local.sprites import SpriteManager

_LONGEST_MESSAGE = 1 << 20


class WatchRoutes:
    """Answers WebSocket handshakes about changes of files."""

    def __init__(self, engine: Engine, sprites: SpriteManager) -> None:
        self._engine = engine
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [WebSocketRoute("/v1/sprites/{name}/fs/watch", SocketHandler(self.watch))]

    async def watch(self, socket: WebSocket) -> None:
        """Follow what the client subscribes to."""
        async with self._sprites.awake(socket.path_params["name"]) as sprite:
            pass
        async with self._engine.files(sprite.id) as files:
            with refusing(""):
                descriptor = await files.open_watch()
            try:
                await socket.accept()
                with suppress(WebSocketDisconnect):
                    client = _Client(socket, FileWatch(files, descriptor))
                    await self._serve(socket, client, sprite.id)
            finally:
                os.close(descriptor)

    async def _serve(self, socket: WebSocket, client: _Client, sprite_id: str) -> None:
        try:
            ended = self._engine.ended(sprite_id)
            if await first_of(client.listen(), ended, client.tell()) == 1:
                await close(socket, GOING_AWAY, "the sprite stopped")
        except EngineError as error:
            await close(socket, GOING_AWAY, str(error))


class _Client:
    """One connection."""

    def __init__(self, socket: WebSocket, watch: FileWatch) -> None:
        self._socket = socket
        self._watch = watch
        self._turn = asyncio.Lock()

    async def listen(self) -> None:
        """Obey the client until it is gone."""
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            # No event overtakes the answer to its subscription.
            async with self._turn:
                for answer in await self._answers(message.get("text")):
                    await send_json(self._socket, answer)

    async def tell(self) -> None:
        """Send what changes."""
        while True:
            await self._watch.ready()
            async with self._turn:
                for event in without_repeats(await self._watch.events()):
                    await send_json(self._socket, event)

    async def _answers(self, text: str | None) -> list[dict[str, Any]]:
        try:
            request = _request(text)
            paths = _paths(request)
        except (BadBodyError, FileError) as error:
            return [error_message(str(error))]
        if request["type"] == "unsubscribe":
            for path in paths:
                self._watch.unsubscribe(path)
            return []
        done, failures = [], []
        for path in paths:
            try:
                failures += await self._watch.subscribe(path, recursive=request["recursive"])
                done.append(path)
            except OSError as error:
                failures.append(error_message(reason(error), path))
        subscribed = {"type": "subscribed", "paths": [shown(path) for path in done]}
        return [subscribed, *failures] if done else failures


def _request(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > _LONGEST_MESSAGE:
        raise BadBodyError("a message must be JSON text of at most 1 MB")
    request = parse_object(text)
    if request.get("type") not in {"subscribe", "unsubscribe"}:
        raise BadBodyError("type must be subscribe or unsubscribe")
    if request.setdefault("recursive", False) is None:
        request["recursive"] = False
    if not isinstance(request["recursive"], bool):
        raise BadBodyError("recursive must be true or false")
    return request


def _paths(request: dict[str, Any]) -> list[str]:
    paths, start = request.get("paths"), request.get("workingDir") or "/"
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise BadBodyError("paths must be a list of strings")
    if not 0 < len(paths) <= MOST_PATHS:
        raise BadBodyError(f"paths must hold 1 to {MOST_PATHS} paths")
    if not isinstance(start, str):
        raise BadBodyError("workingDir must be a string")
    return [posixpath.normpath(f"/{resolve(path, start).lstrip('/')}") for path in paths]
