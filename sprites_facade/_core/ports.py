"""Ports of a sprite: who listens, and the messages of a tunnel to one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from sprites_facade._core.errors import ConfigurationError, StreamFormatError
from sprites_facade._core.reading import Fields, UnexpectedShapeError, read_list
from sprites_facade._core.text import clip, redact

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENED: Final = "port_opened"
CLOSED: Final = "port_closed"
_LIST: Final = "port_list"
_MAX_TEXT: Final = 200
# Fields that a server sent and this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class PortEvent:
    """A process began or ceased to listen on a port."""

    type: str
    """`port_opened`, `port_closed`, or what a newer server says."""
    port: int
    address: str | None = None
    """The address it listens on, such as `127.0.0.1`; some servers tell a URL."""
    pid: int | None = None
    """The id of the process."""
    extra: Mapping[str, Any] = _extra


class OpenPorts:
    """The ports that are open, as far as a server told: events out of messages."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, str | None], PortEvent] = {}
        self.listed = False
        """Whether the list came, which is the first message."""

    @property
    def ports(self) -> tuple[PortEvent, ...]:
        """What is open now."""
        return tuple(self._open.values())

    def receive(self, message: str | bytes) -> list[PortEvent]:
        """Return the changes that a message tells of.

        Raises:
            StreamFormatError: If it is no message of this kind.
        """
        try:
            return self._read(json.loads(message))
        except (ValueError, RecursionError) as exc:
            # The texts of our own errors say more than those of the JSON library.
            why = str(exc) if isinstance(exc, UnexpectedShapeError) else "it is not JSON"
            sample = clip(redact(repr(message[:_MAX_TEXT])), _MAX_TEXT)
            raise StreamFormatError(
                f"the server sent a message about ports that cannot be read: {why}", sample=sample
            ) from None

    def _read(self, data: object) -> list[PortEvent]:
        kind = data.get("type", OPENED) if isinstance(data, dict) else OPENED
        if isinstance(data, dict) and kind == _LIST:
            return self._compare(read_list(data.get("ports"), port_event, "'ports'"))
        if isinstance(data, dict) and kind not in (OPENED, CLOSED) and "port" not in data:
            return []  # a newer server speaks of something else
        event = port_event(data)
        self._note(event)
        return [event]

    def _compare(self, listed: tuple[PortEvent, ...]) -> list[PortEvent]:
        """Return what a list changes; a second one tells what was missed."""
        self.listed = True
        # What is in the list is open, whatever it calls itself.
        now = {(event.port, event.address): attrs.evolve(event, type=OPENED) for event in listed}
        gone = [
            attrs.evolve(event, type=CLOSED) for key, event in self._open.items() if key not in now
        ]
        for event in gone:
            self._note(event)
        new = [event for key, event in now.items() if self._open.get(key) != event]
        self._open = now
        return gone + new

    def _note(self, event: PortEvent) -> None:
        if event.type == OPENED:
            self._open[event.port, event.address] = event
        elif event.type == CLOSED:
            # Without an address, nobody listens on the port any more.
            for key in [key for key in self._open if key[0] == event.port]:
                if event.address in (None, key[1]):
                    del self._open[key]


def port_event(data: object) -> PortEvent:
    """Read an event; in a list its type may be missing."""
    fields = Fields(data, "the event")
    port = fields.count("port")
    if port is None:
        raise UnexpectedShapeError("the event has no 'port'")
    return PortEvent(
        type=fields.text("type") or OPENED,
        port=port,
        address=fields.text("address"),
        pid=fields.count("pid"),
        extra=fields.rest(),
    )


def tunnel_request(host: str, port: int) -> str:
    """Return the first message of a tunnel."""
    return json.dumps({"host": host, "port": port})


def tunnel_fault(message: str | bytes) -> str | None:
    """Return what is wrong with the answer to the first message; None if the tunnel is open."""
    try:
        data = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return "the server did not say that it is connected"
    if data.get("status") == "connected":
        return None
    said = next((data[name] for name in ("error", "message", "status") if data.get(name)), "")
    return f"the server said {clip(redact(repr(said)), _MAX_TEXT)}"


def host_name(host: str) -> str:
    """Return the host that a tunnel leads to, as seen from inside the sprite.

    Raises:
        ConfigurationError: If it cannot be one.
    """
    whole = isinstance(host, str) and host and host.isprintable() and not set(host) & set(" /@[]")
    # An IPv6 address has several colons; a single one comes before a port.
    if whole and host.count(":") != 1:
        return host
    raise ConfigurationError("remote_host must be a name or an address, without a port")
