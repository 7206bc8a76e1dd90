"""Tunnels over a control socket."""

from __future__ import annotations

from sprites_local import proxy
from sprites_local.control.operation import Operation, OperationError
from sprites_local.engines.base import Engine
from sprites_local.sockets import GOING_AWAY, NORMAL, close, first_of, send_json


async def run(operation: Operation, engine: Engine) -> None:
    """Connect, and pass bytes both ways until one side is done.

    What the client has under way when the remote side ends cannot be told from the beginning of
    something else, so the socket is closed then.
    """
    try:
        target = proxy.parse_target(dict(operation.start.pairs()))
        remote = await proxy.connect(engine, operation.sprite_id, target)
    except (proxy.BadTargetError, proxy.UnreachableError) as error:
        raise OperationError(str(error)) from error
    tunnel = proxy.Tunnel(operation.socket, remote)
    try:
        await send_json(operation.socket, {"status": "connected", "target": str(target)})
        operation.raw = True
        if await first_of(tunnel.to_client(), _to_remote(operation, tunnel)) == 1:
            await tunnel.finish()
            return
        await operation.complete()
        await close(operation.socket, NORMAL)
    except proxy.BrokenError as error:
        await operation.fail(f"reading from the target failed: {error}")
        await close(operation.socket, GOING_AWAY, "reading from the target failed")
    finally:
        tunnel.close()


async def _to_remote(operation: Operation, tunnel: proxy.Tunnel) -> None:
    while (message := await operation.inbox.get()) is not None:
        if data := message.get("bytes"):
            await tunnel.to_remote(data)
