"""The layer between the guard and the routes in which faults happen."""

from __future__ import annotations

from starlette import requests
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sprites_local.faults.exchange import Exchange
from sprites_local.faults.lasting import answer_stale, begin, refuse_unready
from sprites_local.faults.model import Fault, Faults, parse
from sprites_local.faults.operations import Request, identify
from sprites_local.faults.refusals import refusal
from sprites_local.faults.tampering import Tampering
from sprites_local.http import json_response, read_json
from sprites_local.routing import not_found, resource

_PATH = "/_faults"


class FaultLayer:
    """Serves `/_faults`, and does to other requests what was ordered there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._faults = Faults()
        self._control = Router(self._routes(), redirect_slashes=False, default=not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as well as the faults allow."""
        if scope["path"] == _PATH or scope["path"].startswith(f"{_PATH}/"):
            await self._control(scope, receive, send)
            return
        exchange = Exchange(self._app, scope, receive, send)
        request = identify(scope)
        if request is None:
            await exchange.answer()
        elif not await self._lasting(request, exchange):
            await self._befall(self._faults.next_for(request), request, exchange)

    async def _lasting(self, request: Request, exchange: Exchange) -> bool:
        """Tell whether a fault of an earlier request has answered this one."""
        for fault in self._faults:
            if fault.order.sprite not in (None, request.sprite):
                continue
            if fault.order.kind == "not_ready":
                refuse_unready(fault, request)
            elif fault.order.kind == "stale_files" and await answer_stale(fault, request, exchange):
                return True
        return False

    async def _befall(self, fault: Fault | None, request: Request, exchange: Exchange) -> None:
        if fault is None:
            await exchange.answer()
        elif fault.order.kind == "status":
            fault.take()
            raise refusal(fault.order, request)
        elif fault.order.kind in ("not_ready", "stale_files"):
            await exchange.answer(_noting(fault, request.sprite or "", exchange.send))
        else:
            await _tamper(fault, request, exchange)

    def _routes(self) -> list[BaseRoute]:
        return [
            resource(_PATH, get=self._list, post=self._add, delete=self._clear),
            resource(f"{_PATH}/{{fault}}", delete=self._clear),
        ]

    async def _list(self, request: requests.Request) -> Response:
        return json_response({"faults": [fault.view() for fault in self._faults]})

    async def _add(self, request: requests.Request) -> Response:
        fault = self._faults.add(parse(await read_json(request)))
        return json_response(fault.view(), 201)

    async def _clear(self, request: requests.Request) -> Response:
        self._faults.clear(request.path_params.get("fault"))
        return Response(status_code=204)


async def _tamper(fault: Fault, request: Request, exchange: Exchange) -> None:
    tampering = Tampering(fault, request.operation.name, exchange.send)
    try:
        await exchange.answer(tampering)
    except Exception:
        # What an application makes of a client that is gone is its own affair. Where the answer
        # is not whole now, the server below drops the connection.
        if not tampering.over:
            raise


def _noting(fault: Fault, sprite: str, send: Send) -> Send:
    """Begin a lasting fault when a restore is answered with a stream."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and fault.take():
            begin(fault, sprite)
        await send(message)

    return noting
