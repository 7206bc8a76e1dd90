# Written by scripts/unasync.py from sprites_facade/_async/services.py. Do not edit.
"""The services of one sprite."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sprites_facade._core import operations
from sprites_facade._core import services as core
from sprites_facade._core.calls import Call, given
from sprites_facade._core.commands import InSprite, Word, duration, own, seconds
from sprites_facade._core.errors import APIResponseError
from sprites_facade._core.reading import UnexpectedShapeError
from sprites_facade._core.services import Service, ServiceLogEvent
from sprites_facade._core.stream import MessageStream
from sprites_facade._sync.base import SpriteBase
from sprites_facade._sync.streams import EventStream

if TYPE_CHECKING:
    from sprites_facade._sync.body import Body

# How much longer than it was asked to report a server may be silent.
_MARGIN = 30.0
_NEVER: frozenset[str] = frozenset()


class ServiceStream(EventStream[ServiceLogEvent]):
    """What a service does and prints, live.

    It ends with a `complete` event, or where the server ends it. After an `error` event the rest is
    delivered too, and then `OperationFailedError` is raised. Closing the stream does not stop the
    service.
    """

    def __init__(
        self,
        body: Body,
        what: str,
        fetch: Callable[[], Service],
    ) -> None:
        machine = MessageStream(
            core.service_event, what=what, end_is_success=True, failure_is_last=False
        )
        super().__init__(body, machine, what)
        self._fetch = fetch
        self._answer: Service | None = None

    def result(self) -> Service:
        """Read to the end and return the service as the server then describes it.

        A service that ended at once is no failure of the operation: see the `state`.

        Raises:
            OperationFailedError: If an `error` was reported.
            StreamTruncatedError: If the connection broke.
        """
        self._drain()
        return self._answer or self._fetch()

    def _accept_other_forms(self, call: Call[Any]) -> None:
        """Take an answer that is no stream: the service itself, or nothing at all."""
        kind = self._body.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._body.status == 204:
            self._machine.end()
            self._body.close()
        elif kind == "application/json":
            self._answer = self._read_service(call)
            self._machine.end()

    def _read_service(self, call: Call[Any]) -> Service | None:
        plain = MessageStream(
            core.service, what=self._what, success=_NEVER, failure=_NEVER, end_is_success=True
        )
        try:
            with EventStream(self._body, plain, self._what) as answer:
                return answer.next()
        except UnexpectedShapeError as exc:
            raise APIResponseError(
                f"{call.method} {call.path} answered {self._body.status}, but {exc}",
                status=self._body.status,
                method=call.method,
                path=call.path,
            ) from None


class SpriteServices(SpriteBase):
    """Define, start, stop and follow services."""

    def list_services(self) -> list[Service]:
        """Return the services of the sprite with their states."""
        return self._transport.send(operations.list_services(self._name).about(self._self))

    def get_service(self, service_name: str) -> Service:
        """Return one service with its state.

        Raises:
            NotFoundError: If the sprite has no such service.
        """
        call = operations.get_service(self._name, core.service_name(service_name))
        return self._transport.send(call.about(self._service(service_name)))

    def put_service(
        self,
        service_name: str,
        cmd: Word,
        args: Sequence[Word] | None = None,
        *,
        needs: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        dir: str | os.PathLike[str] | InSprite | None = None,
        http_port: int | None = None,
        duration: float | None = None,
    ) -> ServiceStream:
        """Define a service, or replace its definition, start it and follow what it prints.

        It runs on when the stream ends or is closed, and starts again with the sprite.

        Args:
            service_name: Its name.
            cmd: The program, without arguments and without a shell.
            args: Its arguments.
            needs: Services that have to start before it.
            env: What to add to the environment that services have.
            dir: Its working directory; a relative one begins at the home of the user.
            http_port: The port that the URL of the sprite leads to; one service can have one.
            duration: How many seconds to follow it; the server's choice (5 s) if left out.

        Raises:
            BadRequestError: If a service that it needs does not exist, or needs it.
            ConflictError: If another service has a port for HTTP.
            ConfigurationError: If an argument cannot be right; nothing was sent.
        """
        own(self._name, cmd, args, dir)
        body = core.service_create(cmd, args, needs=needs, env=env, dir=dir, http_port=http_port)
        call = operations.put_service(
            self._name,
            core.service_name(service_name),
            body=body,
            duration=given(_wire(duration, "duration")),
        )
        return self._opening("the start", service_name, call, duration)

    def start_service(self, service_name: str, *, duration: float | None = None) -> ServiceStream:
        """Start a service and follow what it prints; it runs on afterwards.

        Args:
            service_name: The service.
            duration: How many seconds to follow it; the server's choice (5 s) if left out.

        Raises:
            NotFoundError: If there is no such service.
        """
        call = operations.start_service(
            self._name,
            core.service_name(service_name),
            duration=given(_wire(duration, "duration")),
        )
        return self._opening("the start", service_name, call, duration)

    def stop_service(self, service_name: str, *, timeout: float | None = None) -> ServiceStream:
        """End a service and follow how; it stays stopped until it is started.

        Args:
            service_name: The service.
            timeout: After how many seconds it is killed if it has not ended; the server's choice
                (10 s) if left out.

        Raises:
            ConflictError: If it does not run, or a service that runs needs it.
            NotFoundError: If there is no such service.
        """
        call = operations.stop_service(
            self._name,
            core.service_name(service_name),
            timeout=given(_wire(timeout, "timeout")),
        )
        return self._opening("the stop", service_name, call, timeout)

    def restart_service(self, service_name: str, *, duration: float | None = None) -> ServiceStream:
        """Stop a service, start it again, and follow both.

        Args:
            service_name: The service.
            duration: How many seconds to follow it; the server's choice (5 s) if left out.

        Raises:
            NotFoundError: If there is no such service.
        """
        call = operations.restart_service(
            self._name,
            core.service_name(service_name),
            duration=given(_wire(duration, "duration")),
        )
        return self._opening("the restart", service_name, call, duration)

    def service_logs(
        self, service_name: str, *, lines: int | None = None, follow: float | None = None
    ) -> ServiceStream:
        """Return what a service printed, and, if asked for, what it will print.

        Args:
            service_name: The service.
            lines: How many of the last lines; all that are kept if left out.
            follow: For how many seconds to go on with what it prints then.

        Raises:
            NotFoundError: If there is no such service.
        """
        call = operations.get_service_logs(
            self._name,
            core.service_name(service_name),
            lines=given(core.line_count(lines)),
            duration=given(_wire(follow, "follow")),
        )
        return self._opening("the log", service_name, call, follow)

    def signal_service(self, service_name: str, signal: int | str) -> None:
        """Send a signal to a service; one that ends by it has crashed, so it is started again.

        Args:
            service_name: The service.
            signal: A number or a name, such as `signal.SIGHUP` or `"HUP"`.

        Raises:
            ConflictError: If it does not run.
            NotFoundError: If there is no such service.
        """
        body = core.service_signal(service_name, signal)
        call = operations.signal_service(self._name, body=body)
        self._transport.send(call.about(self._service(service_name)))

    def delete_service(self, service_name: str) -> None:
        """Stop a service and forget its definition.

        Raises:
            ConflictError: If another service needs it.
            NotFoundError: If there is no such service.
        """
        call = operations.delete_service(self._name, core.service_name(service_name))
        self._transport.send(call.about(self._service(service_name)))

    def _opening(
        self, step: str, service_name: str, call: Call[Any], patience: float | None
    ) -> ServiceStream:
        return self._follow(step, service_name, call, patience)

    def _follow(
        self, step: str, service_name: str, call: Call[Any], patience: float | None
    ) -> ServiceStream:
        service = self._service(service_name)
        transport, idle = self._transport, self._transport.config.stream_timeout
        if idle is not None and patience is not None:
            transport = transport.view(stream_timeout=max(idle, patience + _MARGIN))
        body = transport.open(call.about(service))
        stream = ServiceStream(body, f"{step} of {service}", lambda: self.get_service(service_name))
        stream._accept_other_forms(call)
        return stream

    def _service(self, service_name: str) -> str:
        return f"service {service_name!r} of {self._self}"


def _wire(value: float | None, what: str) -> str | None:
    """Return a number of seconds as the wire spells a duration."""
    found = seconds(value, what)
    return None if found is None else duration(found)
