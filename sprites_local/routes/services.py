"""Services: define, list, start, stop, restart, signal, delete, read what they print."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local.errors import TextError
from sprites_local.execution import duration
from sprites_local.http import json_response, ndjson_response, read_json
from sprites_local.killing import signal_number
from sprites_local.routing import resource
from sprites_local.services.definitions import parse_definition
from sprites_local.services.manager import ServiceManager
from sprites_local.services.unit import PATIENCE
from sprites_local.services.views import service_view

_REPORT = 5.0
_MOST_LINES = 100_000
_SIGNAL = "signal"


class ServiceRoutes:
    """Answers about services."""

    def __init__(self, services: ServiceManager) -> None:
        self._services = services

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        path = "/v1/sprites/{name}/services"
        one = f"{path}/{{service}}"
        methods = {"get": self.get, "put": self.put, "delete": self.delete}
        return [
            resource(path, get=self.list),
            # A service may be called `signal` as well; it has all methods but this one.
            resource(f"{path}/{_SIGNAL}", **methods, post=self.signal),
            resource(one, **methods),
            resource(f"{one}/start", post=self.start),
            resource(f"{one}/stop", post=self.stop),
            resource(f"{one}/restart", post=self.restart),
            resource(f"{one}/logs", get=self.logs),
        ]

    async def list(self, request: Request) -> Response:
        """List all services."""
        listed = await self._services.listing(request.path_params["name"])
        return json_response([service_view(*found) for found in listed])

    async def get(self, request: Request) -> Response:
        """Show a service."""
        return json_response(service_view(*await self._services.get(*_path(request))))

    async def put(self, request: Request) -> Response:
        """Define a service, start it, and stream what becomes of it."""
        name, service = _path(request)
        report = duration(request.query_params, "duration", _REPORT)
        definition = parse_definition(service, await read_json(request))
        return ndjson_response(await self._services.put(name, definition, report))

    async def delete(self, request: Request) -> Response:
        """Stop and forget a service."""
        await self._services.delete(*_path(request))
        return Response(status_code=204)

    async def start(self, request: Request) -> Response:
        """Start a service and stream what becomes of it."""
        report = duration(request.query_params, "duration", _REPORT)
        return ndjson_response(await self._services.start(*_path(request), report))

    async def stop(self, request: Request) -> Response:
        """Stop a service and stream how it ends."""
        patience = duration(request.query_params, "timeout", PATIENCE)
        return ndjson_response(await self._services.stop(*_path(request), patience))

    async def restart(self, request: Request) -> Response:
        """Stop and start a service and stream both."""
        report = duration(request.query_params, "duration", _REPORT)
        return ndjson_response(await self._services.restart(*_path(request), report))

    async def signal(self, request: Request) -> Response:
        """Signal a service."""
        body = await read_json(request)
        service, signal = body.get("name"), body.get("signal")
        if not isinstance(service, str) or not service:
            raise TextError(400, "name field is required")
        if not isinstance(signal, str):
            raise TextError(400, "signal field is required")
        number = signal_number(signal)
        await self._services.signal(request.path_params["name"], service, number)
        return Response(status_code=204)

    async def logs(self, request: Request) -> Response:
        """Stream what a service printed and prints."""
        query = request.query_params
        count, report = _lines(query), duration(query, "duration", 0.0)
        return ndjson_response(await self._services.logs(*_path(request), count, report))


def _path(request: Request) -> tuple[str, str]:
    return request.path_params["name"], request.path_params.get("service", _SIGNAL)


def _lines(query: QueryParams) -> int | None:
    text = query.get("lines")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 8) or int(text) > _MOST_LINES:
        raise TextError(400, f"lines must be a number of at most {_MOST_LINES}")
    return int(text)
