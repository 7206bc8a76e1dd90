"""Steering a network's outgoing TCP connections to one socket.

Wherever the kernel looks for the socket that listens for a connection, it can first ask a small
program that is attached to the network (`sk_lookup`, Linux 5.9). Ours names one listener for all
addresses but the network's own ones. Nothing is translated: whoever accepts sees the address that
was meant as the socket's own name. The program is attached as long as a descriptor is open, so it
is gone with the server, and no process of the network can see or change it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Final

from attrs import frozen

from sprites_local import linux

_MAP_CREATE, _MAP_UPDATE, _PROGRAM_LOAD, _LINK_CREATE = 0, 2, 5, 28
_SOCKET_MAP, _SK_LOOKUP_PROGRAM, _SK_LOOKUP_ATTACH = 15, 30, 36
_LOOK_UP, _RELEASE, _ASSIGN = 1, 86, 124
# Where the program finds what it is asked about, in bytes.
_FAMILY, _PROTOCOL, _ADDRESS = 8, 12, 40
_DROP, _PASS = 0, 1
_STACK: Final = 10
_BY_DESCRIPTOR: Final = 1
_LOOPBACK: Final = 127
# Operations: load a word or a byte, store, move, set, add, compare, call, leave.
_LOAD_WORD, _LOAD_BYTE, _LOAD_MAP, _STORE = 0x61, 0x71, 0x18, 0x62
_MOVE, _SET, _SET_WORD, _ADD = 0xBF, 0xB7, 0xB4, 0x07
_IF_EQUAL, _IF_SAME, _IF_OTHER, _CALL, _LEAVE = 0x15, 0x1D, 0x55, 0x85, 0x95


def steer(listener: socket.socket, own: IPv4Address) -> int:
    """Send TCP connections of the calling thread's network to `listener`.

    Those to `own` and to loopback addresses stay as they are. Returns a descriptor; closing it
    ends the steering.
    """
    target = linux.bpf(_MAP_CREATE, struct.pack("=IIIII", _SOCKET_MAP, 4, 8, 1, 0))
    try:
        key, value = _buffer(struct.pack("=I", 0)), _buffer(struct.pack("=Q", listener.fileno()))
        addresses = (ctypes.addressof(key), ctypes.addressof(value))
        linux.bpf(_MAP_UPDATE, struct.pack("=I4xQQQ", target, *addresses, 0))
        program = _load(_program(target, own))
    finally:
        os.close(target)
    try:
        network = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return linux.bpf(
                _LINK_CREATE, struct.pack("=IIII", program, network, _SK_LOOKUP_ATTACH, 0)
            )
        finally:
            os.close(network)
    finally:
        os.close(program)


def _load(code: bytes) -> int:
    instructions, terms = _buffer(code), _buffer(b"GPL\0")  # a helper is for such programs only
    return linux.bpf(
        _PROGRAM_LOAD,
        struct.pack(
            "=IIQQ44xI",
            _SK_LOOKUP_PROGRAM,
            len(code) // 8,
            ctypes.addressof(instructions),
            ctypes.addressof(terms),
            _SK_LOOKUP_ATTACH,
        ),
    )


@frozen
class _Step:
    """One instruction of the kernel's machine."""

    code: int
    first: int = 0
    second: int = 0
    offset: int | str = 0
    """For a jump the name of its target."""
    value: int = 0

    def encode(self, at: int, labels: Mapping[str, int]) -> bytes:
        """Write the instruction that stands at a position."""
        offset = self.offset
        distance = labels[offset] - at - 1 if isinstance(offset, str) else offset
        return struct.pack("=BBhi", self.code, self.first | self.second << 4, distance, self.value)


def _program(target: int, own: IPv4Address) -> bytes:
    """Write: if the connection is one over TCP to a foreign address, take the listener."""
    (own_number,) = struct.unpack("=i", own.packed)
    is_outgoing = [
        _Step(_MOVE, 6, 1),
        _Step(_LOAD_WORD, 2, 6, _FAMILY),
        _Step(_IF_OTHER, 2, offset="pass", value=socket.AF_INET),
        _Step(_LOAD_WORD, 2, 6, _PROTOCOL),
        _Step(_IF_OTHER, 2, offset="pass", value=socket.IPPROTO_TCP),
        _Step(_LOAD_BYTE, 2, 6, _ADDRESS),
        _Step(_IF_EQUAL, 2, offset="pass", value=_LOOPBACK),
        _Step(_LOAD_WORD, 2, 6, _ADDRESS),
        _Step(_SET_WORD, 3, value=own_number),
        _Step(_IF_SAME, 2, 3, "pass"),
    ]
    find_listener = [
        _Step(_STORE, _STACK, offset=-4, value=0),
        _Step(_LOAD_MAP, 1, _BY_DESCRIPTOR, value=target),
        _Step(0),
        _Step(_MOVE, 2, _STACK),
        _Step(_ADD, 2, value=-4),
        _Step(_CALL, value=_LOOK_UP),
        _Step(_IF_EQUAL, 0, offset="drop"),
    ]
    assign = [
        _Step(_MOVE, 7, 0),
        _Step(_MOVE, 1, 6),
        _Step(_MOVE, 2, 7),
        _Step(_SET, 3),
        _Step(_CALL, value=_ASSIGN),
        _Step(_MOVE, 8, 0),
        _Step(_MOVE, 1, 7),
        _Step(_CALL, value=_RELEASE),
        _Step(_IF_OTHER, 8, offset="drop"),
    ]
    decide = [*is_outgoing, *find_listener, *assign]
    labels = {"pass": len(decide), "drop": len(decide) + 2}
    leave = [_Step(_SET, 0, value=_PASS), _Step(_LEAVE), _Step(_SET, 0, value=_DROP), _Step(_LEAVE)]
    return b"".join(step.encode(at, labels) for at, step in enumerate([*decide, *leave]))


def _buffer(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
