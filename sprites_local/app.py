"""The ASGI application: the routes behind the guard behind the answers."""

from __future__ import annotations

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from sprites_local.answers import Answers
from sprites_local.auth import Credentials, Guard
from sprites_local.control import Operations
from sprites_local.control.file_operations import FileOperations
from sprites_local.faults.layer import FaultLayer
from sprites_local.platform import Platform
from sprites_local.ports import PortWatches
from sprites_local.routes.checkpoints import CheckpointRoutes
from sprites_local.routes.control import ControlRoutes
from sprites_local.routes.exec import ExecRoutes
from sprites_local.routes.exec_socket import ExecSocketRoutes
from sprites_local.routes.files import FileRoutes
from sprites_local.routes.organization import OrganizationRoutes
from sprites_local.routes.policies import PolicyRoutes
from sprites_local.routes.ports import PortRoutes
from sprites_local.routes.proxy import ProxyRoutes
from sprites_local.routes.services import ServiceRoutes
from sprites_local.routes.sprites import SpriteRoutes
from sprites_local.routes.status import StatusRoutes
from sprites_local.routes.watch import WatchRoutes
from sprites_local.routing import has_hidden_separator, not_found
from sprites_local.url.app import Urls
from sprites_local.url.reach import Patience, Reach


def create_app(
    platform: Platform, token: str, *, faults: bool = False, url_wait: float = Patience().port
) -> ASGIApp:
    """Build the application.

    Args:
        platform: What it serves.
        token: What requests must bring, unless they bring one that was minted here.
        faults: Whether the token's holder may make it fail.
        url_wait: How many seconds a request to a sprite's URL waits until something listens.
    """
    ports = PortWatches(platform.chosen.engine)
    credentials = Credentials(token, platform.tokens.knows)
    router = Router(
        [
            *SpriteRoutes(platform.sprites).routes(),
            *CheckpointRoutes(platform.checkpoints).routes(),
            *ExecRoutes(
                platform.executor, platform.sprites, platform.sessions, platform.work
            ).routes(),
            *ExecSocketRoutes(platform.executor, platform.sessions, ports).routes(),
            *FileRoutes(platform.files).routes(),
            *ServiceRoutes(platform.services).routes(),
            *ProxyRoutes(platform.chosen.engine, platform.sprites).routes(),
            *WatchRoutes(platform.chosen.engine, platform.sprites).routes(),
            *ControlRoutes(_operations(platform, ports), platform.sprites).routes(),
            *PolicyRoutes(platform.policies).routes(),
            *OrganizationRoutes(platform.sprites, platform.tokens, credentials).routes(),
            *PortRoutes(platform.chosen.engine, ports, platform.sprites).routes(),
            *StatusRoutes(platform.chosen, platform.sprites).routes(),
        ],
        redirect_slashes=False,
        default=not_found,
    )

    async def strict(scope: Scope, receive: Receive, send: Send) -> None:
        hidden = has_hidden_separator(scope.get("raw_path") or b"")
        await (not_found if hidden else router)(scope, receive, send)

    api = Answers(Guard(FaultLayer(strict) if faults else strict, credentials))
    patience = Patience(port=url_wait)
    reach = Reach(platform.chosen.engine, platform.sprites, platform.services, patience)
    return Urls(api, reach, credentials)


def _operations(platform: Platform, ports: PortWatches) -> Operations:
    """Put together what the operations of a control socket need."""
    return Operations(
        platform.chosen.engine,
        platform.executor,
        platform.sessions,
        ports,
        FileOperations(platform.files),
    )
