"""Commands over a control socket."""

from __future__ import annotations

import asyncio

from starlette.datastructures import QueryParams

from sprites_local.control.operation import Operation, OperationError
from sprites_local.errors import ApiError
from sprites_local.execution import Executor, parse_exec
from sprites_local.frames import STDIN, STDIN_END, exit_frame, output_frames
from sprites_local.http import BadBodyError, parse_object
from sprites_local.outputs import Output, Subscriber
from sprites_local.ports import PortWatches
from sprites_local.session import Session, SessionRegistry
from sprites_local.session_messages import obey, session_info, tell_ports
from sprites_local.sockets import first_of, send_json

_NOT_STARTED = 127
_LONGEST_COMMAND = 256
_COMMANDS = ({"type", "signal"}, {"type", "cols", "rows"})


async def run(
    operation: Operation, executor: Executor, sessions: SessionRegistry, ports: PortWatches
) -> None:
    """Run a command, or attach to one, to its end or until the client leaves."""
    try:
        session, client, owner = await _open(operation, executor, sessions)
    except ApiError as error:
        # One client of terminals waits for an exit, whatever else it is told.
        await send_json(operation.socket, {"type": "error", "message": error.text})
        await send_json(operation.socket, {"type": "exit", "exit_code": _NOT_STARTED})
        raise OperationError(error.text) from error
    operation.raw = session.tty
    beside = asyncio.ensure_future(tell_ports(operation.socket, session, ports))
    try:
        await send_json(operation.socket, session_info(session, owner=owner))
        output = _output(operation, session, client, beside)
        await first_of(output, _input(operation, session))
    finally:
        session.detach(client)
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)


async def _open(
    operation: Operation, executor: Executor, sessions: SessionRegistry
) -> tuple[Session, Subscriber, bool]:
    query = QueryParams(operation.start.pairs())
    if session_id := query.get("id"):
        session = await executor.find(operation.sprite, session_id)
        return session, session.attach(), False
    session = await executor.start(operation.sprite, parse_exec(query))
    client = session.attach()
    sessions.add(session)
    return session, client, True


async def _output(
    operation: Operation, session: Session, client: Subscriber, beside: asyncio.Future[None]
) -> None:
    """Send output to the end, the exit, and at once that nothing more comes, `beside` neither."""
    socket = operation.socket
    async for event in client.events():
        if isinstance(event, Output):
            for frame in output_frames(event, prefix=not session.tty):
                await socket.send_bytes(frame)
    if session.tty:
        await send_json(socket, {"type": "exit", "exit_code": session.exit_code})
    else:
        await socket.send_bytes(exit_frame(session.exit_code or 0))
    beside.cancel()
    await operation.complete(exitCode=session.exit_code)


async def _input(operation: Operation, session: Session) -> None:
    """Pass the client's input on until it leaves."""
    while (message := await operation.inbox.get()) is not None:
        text, data = message.get("text"), message.get("bytes")
        if text is not None:
            await obey(session, text)
        elif data and _is_command(data):
            await obey(session, data.decode())
        elif data and session.tty:
            await session.process.write(data)
        elif data:
            await _feed(session, data)
        await asyncio.sleep(0)  # others get their turn, however much there is to read


async def _feed(session: Session, frame: bytes) -> None:
    """Pass input on; some clients leave its first byte out, but all mark its end."""
    if frame == bytes([STDIN_END]):
        await session.process.close_stdin()
    else:
        await session.process.write(frame[1:] if frame[0] == STDIN else frame)


def _is_command(data: bytes) -> bool:
    """Tell whether a frame is a message for the terminal or a signal: one client sends these so."""
    if not data.startswith(b"{") or len(data) > _LONGEST_COMMAND:
        return False
    try:
        message = parse_object(data)
    except BadBodyError:
        return False
    return set(message) in _COMMANDS and message["type"] in ("signal", "resize")
