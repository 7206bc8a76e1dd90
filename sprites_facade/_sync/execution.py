# Written by scripts/unasync.py from sprites_facade/_async/execution.py. Do not edit.
"""The commands of one sprite, over WebSockets."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from sprites_facade._core import operations
from sprites_facade._core.calls import Call, given
from sprites_facade._core.commands import Words, duration, own, seconds, signal_name
from sprites_facade._core.config import validate_path_segment
from sprites_facade._core.errors import (
    APIResponseError,
    APIStatusError,
    CommandFailedError,
    CommandTimeoutError,
    NotFoundError,
)
from sprites_facade._core.exec_options import (
    AttachOptions,
    Plan,
    RunOptions,
    StartOptions,
    is_plain,
    plan_attach,
    plan_run,
    plan_start,
)
from sprites_facade._core.exec_protocol import ERR, OUT, ExecProtocol
from sprites_facade._core.models import Completed
from sprites_facade._core.output import OutputBuffer
from sprites_facade._core.sessions import KillEvent, KillResult, Session, kill_event
from sprites_facade._core.stream import MessageStream
from sprites_facade._duplex import Deadline, ExpiredError, sheltered, undoable
from sprites_facade._sync.base import SpriteBase
from sprites_facade._sync.control import Lane, start
from sprites_facade._sync.link import Link, never
from sprites_facade._sync.process import Process
from sprites_facade._sync.streams import EventStream

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket

_GONE = 410
_INTRODUCTION = 10.0
_MARGIN = 30.0
_HURRY = 5.0
# For a handshake that is under way, when who wanted the command does not want it any more.
_GRACE = 2.0


class SpriteExecution(SpriteBase):
    """Run commands, and follow those that run."""

    @overload
    def run(
        self, args: Words, *, text: Literal[True] = ..., **options: Unpack[RunOptions]
    ) -> Completed[str]: ...

    @overload
    def run(
        self, args: Words, *, text: Literal[False], **options: Unpack[RunOptions]
    ) -> Completed[bytes]: ...

    def run(
        self, args: Words, *, text: bool = True, **options: Unpack[RunOptions]
    ) -> Completed[Any]:
        """Run a command, wait for its end, and return what it wrote; as `subprocess.run`.

        Args:
            args: The words of the command, or a text which is run by `bash -c`.
            text: Whether to decode the output; otherwise it is bytes.
            **options: See `RunOptions`: `cwd`, `env`, `input`, `timeout`, `check`, `tty`,
                `stdin`, `stdout`, `stderr`, and more.

        Raises:
            CommandFailedError: If `check` was asked for and the exit status is not 0.
            CommandTimeoutError: If `timeout` passed; the command was killed, and what it wrote
                is in the error.
            APIConnectionError: If the connection ended before the exit status came.
            ConfigurationError: If the options make no sense; nothing was sent.
        """
        own(self._name, args, options.get("cwd"))
        plan = plan_run(args, text=text, **options)
        deadline = Deadline(plan.timeout)
        with self._launch(plan, deadline, warm=True) as link:
            try:
                link.until(never, deadline)
            except ExpiredError:
                link.put_down()
                raise _overdue(link, plan) from None
        return _completed(args, link, plan)

    @overload
    def start(
        self, args: Words, *, text: Literal[True] = ..., **options: Unpack[StartOptions]
    ) -> Process[str]: ...

    @overload
    def start(
        self, args: Words, *, text: Literal[False], **options: Unpack[StartOptions]
    ) -> Process[bytes]: ...

    def start(
        self, args: Words, *, text: bool = True, **options: Unpack[StartOptions]
    ) -> Process[Any]:
        """Start a command and return it while it runs; as `subprocess.Popen` with pipes.

        Use it as a context manager: a command that runs still at the end of the block is killed.

        Args:
            args: The words of the command, or a text which is run by `bash -c`.
            text: Whether to decode the output; otherwise it is bytes.
            **options: See `StartOptions`: `cwd`, `env`, `tty`, `stdin`, `stdout`, `stderr`, and
                more. The command can be written to unless `stdin` says otherwise.

        Raises:
            APIConnectionError: If the connection ended before anything came.
            ConfigurationError: If the options make no sense; nothing was sent.
        """
        own(self._name, args, options.get("cwd"))
        return self._start(args, plan_start(args, text=text, **options))

    @overload
    def attach(
        self, session_id: str, *, text: Literal[True] = ..., **options: Unpack[AttachOptions]
    ) -> Process[str]: ...

    @overload
    def attach(
        self, session_id: str, *, text: Literal[False], **options: Unpack[AttachOptions]
    ) -> Process[bytes]: ...

    def attach(
        self, session_id: str, *, text: bool = True, **options: Unpack[AttachOptions]
    ) -> Process[Any]:
        """Connect to a command that runs; first comes what the server kept of its output.

        As with `start`, leaving the block kills the command; `detach()` leaves it running.

        Args:
            session_id: From `list_sessions`, or from `session_id` of a process.
            text: Whether to decode the output; otherwise it is bytes.
            **options: See `AttachOptions`.

        Raises:
            NotFoundError: If there is no such session, or it has ended.
        """
        plan = plan_attach(text=text, **options)
        valid = validate_path_segment(session_id, "session id")
        return self._attach(valid, plan)

    def list_sessions(self) -> list[Session]:
        """Return the commands that run in the sprite, attached or not."""
        return self._transport.send(operations.list_sessions(self._name).about(self._self))

    def kill_session(
        self, session_id: str, signal: int | str = "TERM", timeout: float | None = None
    ) -> KillResult:
        """Send a signal to a command, wait for its end, and return what became of it.

        Args:
            session_id: From `list_sessions`, or from `session_id` of a process.
            signal: A number or a name, such as `signal.SIGINT` or `"INT"`.
            timeout: After how many seconds the server kills a command that has not ended; 0 sends
                the signal and does not wait; the server's choice (10 s) if left out.

        Raises:
            NotFoundError: If there is no such session.
            OperationFailedError: If the server could not send the signal.
        """
        patience = seconds(timeout, "timeout")
        call = operations.kill_session(
            self._name,
            validate_path_segment(session_id, "session id"),
            signal=f"SIG{signal_name(signal)}",
            timeout=given(None if patience is None else duration(patience)),
        ).about(f"session {session_id!r} of {self._self}")
        idle = self._transport.config.stream_timeout
        if idle is not None and patience:
            idle = max(idle, patience + _MARGIN)
        return self._follow_kill(call, idle)

    def _follow_kill(self, call: Call[Any], idle: float | None) -> KillResult:
        what = "the end of the session"
        try:
            body = self._transport.view(stream_timeout=idle).open(call)
        except APIStatusError as exc:
            if exc.status == _GONE:
                return KillResult(already_exited=True)
            raise
        machine = MessageStream(kill_event, what=what)
        events: list[KillEvent] = []
        EventStream(body, machine, what).process_all(events.append)
        codes = [event.exit_code for event in events if event.type == "complete"]
        return KillResult(exit_code=codes[-1] if codes else None, events=tuple(events))

    def _start(self, args: Words, plan: Plan) -> Process[Any]:
        link = self._launch(plan, Deadline(None))
        try:
            # The first message names the session.
            link.until(lambda: link.protocol.heard > 0, Deadline(_INTRODUCTION))
        except ExpiredError:
            pass
        except BaseException:
            link.end()
            raise
        return _process(link, plan, args)

    def _attach(self, session_id: str, plan: Plan) -> Process[Any]:
        call = operations.attach_session(self._name, session_id, **plan.params)
        link = self._connect(
            call.about(f"session {session_id!r} of {self._self}"), plan, Deadline(None), tty=None
        )
        try:
            link.until(lambda: link.protocol.session is not None, Deadline(_INTRODUCTION))
        except ExpiredError:
            link.close()
            raise APIResponseError(
                f"GET {call.path}: the server did not say what the session is",
                method="GET",
                path=call.path,
            ) from None
        except BaseException:
            link.close()
            raise
        return _process(link, plan, None)

    def _launch(self, plan: Plan, deadline: Deadline, *, warm: bool = False) -> Link:
        """Start the command, and whatever brings its input; one that is cancelled is ended."""
        return undoable(lambda: self._begin(plan, deadline, warm=warm), Link.end, _GRACE)

    def _begin(self, plan: Plan, deadline: Deadline, *, warm: bool) -> Link:
        call = operations.start_session(self._name, **plan.params)
        link = self._send_for(call, plan, deadline) if warm and is_plain(plan) else None
        if link is None:
            link = sheltered(
                lambda: self._connect(call.about(self._self), plan, deadline, tty=plan.tty),
                Link.end,
                _GRACE,
            )
            self._transport.lanes.seen(call.path)
        try:
            if plan.source is not None:
                link.feed(plan.source, plan.codec.encoding or "utf-8")
            elif not plan.has_input:
                link.no_input()
        except BaseException:
            link.end()
            raise
        return link

    def _send_for(self, call: Call[None], plan: Plan, deadline: Deadline) -> Link | None:
        """Start the command on a connection that is open already; None if there cannot be one."""
        lane = start(self._transport, self._control, call.params, deadline.rest())
        return None if lane is None else self._link(lane, lane.protocol, plan)

    @cached_property
    def _control(self) -> Call[None]:
        return operations.open_control(self._name).about(self._self)

    def _connect(
        self, call: Call[None], plan: Plan, deadline: Deadline, *, tty: bool | None
    ) -> Link:
        """Open a connection for one command."""
        from sprites_facade._sync.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
            open_socket,
        )

        socket = open_socket(
            self._transport, call, timeout=deadline.rest(), max_frame=plan.max_frame
        )
        return self._link(socket, ExecProtocol(tty=tty), plan)

    def _link(self, socket: Socket | Lane, protocol: ExecProtocol, plan: Plan) -> Link:
        return Link(
            socket,
            protocol,
            OutputBuffer(plan.codec),
            sinks=plan.sinks,
            merge=plan.merge,
            post_signal=self._post_signal,
        )

    def _post_signal(self, session_id: str, name: str) -> None:
        # Somebody may be waiting to be cancelled.
        hurried = self._transport.view(timeout=_HURRY, stream_timeout=_HURRY)
        try:
            SpriteExecution(hurried, self._name).kill_session(session_id, name, 0)
        except NotFoundError:
            return  # it has ended, which is no failure of a signal


def _process(link: Link, plan: Plan, args: Words | None) -> Process[Any]:
    writable = plan.source is None and plan.has_input
    readable = plan.readable - {ERR} if link.protocol.tty else plan.readable
    return Process(link, plan.codec, args, stdin=writable, readable=readable)


def _overdue(link: Link, plan: Plan) -> CommandTimeoutError:
    return CommandTimeoutError(
        f"the command was running still after {plan.timeout:g} s, and was killed",
        timeout=plan.timeout,
        stdout=link.buffer.take_all(OUT) if OUT in plan.readable else None,
        stderr=link.buffer.take_all(ERR) if ERR in plan.readable else None,
    )


def _completed(args: Words, link: Link, plan: Plan) -> Completed[Any]:
    code = link.protocol.returncode
    if code is None:
        raise AssertionError("a command that ended without a status is an error before this")
    out, err = link.buffer.take_all(OUT), link.buffer.take_all(ERR)
    if plan.check and code != 0:
        raise CommandFailedError(
            returncode=code,
            stdout=out if OUT in plan.readable else None,
            stderr=err if ERR in plan.readable else None,
        )
    return Completed(args, code, out, err)
