"""Servers whose WebSockets break the contract, one plausible bug each, and the check that tells."""

from __future__ import annotations

import json

from attrs import frozen

from tests.contract.proxy import Frame, SocketFault

_EXEC, _CONTROL = r".*/exec", r".*/control"


@frozen
class SocketMutant:
    """A bug, the operation that has it, and the check that must find it."""

    operation: str
    check: str
    fault: SocketFault

    def __str__(self) -> str:
        return self.fault.name


def _lose_the_code(frame: Frame) -> Frame:
    return frame[:1] if frame[:1] == b"\x03" else frame


def _lose_the_exit(frame: Frame) -> Frame | None:
    return None if frame[:1] == b"\x03" else frame


def _rename_output(frame: Frame) -> Frame:
    return b"\x07" + frame[1:] if isinstance(frame, bytes) and frame[0] == 1 else frame


def _lose_a_byte(frame: Frame) -> Frame:
    return frame[:-1] if isinstance(frame, bytes) and frame[0] not in {3} else frame


def _lose_the_session(frame: Frame) -> Frame:
    return frame.replace("session_id", "id") if isinstance(frame, str) else frame


def _tell_success(frame: Frame) -> Frame:
    return frame.replace('"exitCode":0', '"ok":true') if isinstance(frame, str) else frame


def _lose_the_end(frame: Frame) -> Frame:
    return frame.replace(b"</html>", b"") if isinstance(frame, bytes) else frame


def _own_everything(frame: Frame) -> Frame:
    return frame.replace('"is_owner":false', '"is_owner":true') if isinstance(frame, str) else frame


def _be_no_json(frame: Frame) -> Frame:
    return frame.replace('"', "'") if isinstance(frame, str) else frame


def _lose_zeros(frame: Frame) -> Frame:
    if isinstance(frame, bytes) and frame[:1] == b"\x01":
        return frame[:1] + frame[1:].replace(b"\x00", b"")
    return frame


def _never_fail(frame: Frame) -> Frame:
    return frame.replace("op.error", "op.complete") if isinstance(frame, str) else frame


def _list_nothing(frame: Frame) -> Frame:
    return frame.replace('"entries"', '"things"') if isinstance(frame, str) else frame


def _rename_nothing(frame: Frame) -> Frame | None:
    return None if isinstance(frame, str) and '"rename"' in frame else frame


def _close_nothing(frame: Frame) -> Frame | None:
    return None if isinstance(frame, str) and "port_closed" in frame else frame


def socket_mutants() -> list[SocketMutant]:
    """Return them all."""
    opened = json.dumps({"type": "port_opened", "port": 80})
    return [
        SocketMutant(operation, check, fault)
        for operation, check, fault in (
            (
                "list_sessions",
                "handshake_refused",
                SocketFault("handshake-without-token", _EXEC, drop_auth=True),
            ),
            (
                "watch_ports",
                "handshake_refused",
                SocketFault("watch-without-token", r".*/ports/watch", drop_auth=True),
            ),
            (
                "list_sessions",
                "socket_order",
                SocketFault("output-before-info", _EXEC, before=(b"\x01hello",)),
            ),
            ("list_sessions", "socket_order", SocketFault("no-exit-frame", _EXEC, _lose_the_exit)),
            (
                "list_sessions",
                "socket_frames",
                SocketFault("exit-without-code", _EXEC, _lose_the_code),
            ),
            ("list_sessions", "socket_frames", SocketFault("unknown-frame", _EXEC, _rename_output)),
            ("list_sessions", "socket_input", SocketFault("lost-byte", _EXEC, _lose_a_byte)),
            (
                "list_sessions",
                "socket_messages",
                SocketFault("info-without-id", _EXEC, _lose_the_session),
            ),
            (
                "list_sessions",
                "socket_close",
                SocketFault("undocumented-close-code", _EXEC, close_code=3000),
            ),
            (
                "attach_session",
                "socket_order",
                SocketFault("guest-is-owner", r".*/exec/[^/]+", _own_everything),
            ),
            (
                "open_control",
                "socket_input",
                SocketFault("complete-without-code", _CONTROL, _tell_success),
            ),
            ("list_sessions", "socket_input", SocketFault("zeros-lost", _EXEC, _lose_zeros)),
            (
                "open_control",
                "socket_input",
                SocketFault("failure-told-as-success", _CONTROL, _never_fail),
            ),
            (
                "open_control",
                "socket_input",
                SocketFault("unknown-answer", _CONTROL, _list_nothing),
            ),
            (
                "watch_files",
                "socket_ends",
                SocketFault("rename-not-told", r".*/fs/watch", _rename_nothing),
            ),
            (
                "watch_ports",
                "port_told",
                SocketFault("close-not-told", r".*/ports/watch", _close_nothing),
            ),
            (
                "open_proxy",
                "socket_input",
                SocketFault("tunnel-loses-the-end", r".*/proxy", _lose_the_end),
            ),
            (
                "watch_files",
                "socket_messages",
                SocketFault("message-that-is-no-json", r".*/fs/watch", _be_no_json),
            ),
            (
                "watch_ports",
                "socket_order",
                SocketFault("change-before-list", r".*/ports/watch", before=(opened,)),
            ),
        )
    ]
