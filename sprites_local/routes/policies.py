"""Policies of sprites over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local.errors import TextError
from sprites_local.http import JSON_LIMIT, body_chunks, json_response, parse_object
from sprites_local.policies.manager import Kind, PolicyManager
from sprites_local.policies.parsing import PolicyError
from sprites_local.routing import resource

_KINDS: tuple[Kind, ...] = ("network", "privileges", "resources")
_ENFORCEMENT = "X-Sprite-Policy-Enforcement"


class PolicyRoutes:
    """Answers about policies."""

    def __init__(self, policies: PolicyManager) -> None:
        self._policies = policies

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [route for kind in _KINDS for route in _Policy(self._policies, kind).routes()]


class _Policy:
    """Answers about one kind of policy, and says with each what it changes here."""

    def __init__(self, policies: PolicyManager, kind: Kind) -> None:
        self._policies = policies
        self._kind = kind

    def routes(self) -> list[BaseRoute]:
        path = f"/v1/sprites/{{name}}/policy/{self._kind}"
        if self._kind == "network":  # lifted by an empty list of rules
            return [resource(path, get=self.get, post=self.put)]
        return [resource(path, get=self.get, post=self.put, delete=self.delete)]

    async def get(self, request: Request) -> Response:
        policy = await self._policies.get(request.path_params["name"], self._kind)
        return json_response(policy, headers=self._headers())

    async def put(self, request: Request) -> Response:
        raw = b"".join([chunk async for chunk in body_chunks(request, JSON_LIMIT)])
        if not raw.strip():
            raise TextError(400, "Invalid policy: the body is empty")
        try:
            await self._policies.put(request.path_params["name"], self._kind, parse_object(raw))
        except PolicyError as error:
            raise TextError(400, f"Invalid policy: {error}") from error
        return Response(status_code=204, headers=self._headers())

    async def delete(self, request: Request) -> Response:
        await self._policies.remove(request.path_params["name"], self._kind)
        return Response(status_code=204, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {_ENFORCEMENT: self._policies.enforcement(self._kind)}
