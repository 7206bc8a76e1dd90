"""The few words of the domain name system that a sprite's resolver speaks.

A question is one name and one type, and an answer is addresses. Everything else that a packet may
hold is not even looked at: what comes out of a sprite may be anything.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Final

from attrs import frozen

LONGEST: Final = 512
"""Bytes of a packet without extensions."""
MOST_ADDRESSES: Final = 8
A, AAAA, INTERNET = 1, 28, 1
NO_ERROR, FORMAT_ERROR, SERVER_FAILURE, NO_SUCH_NAME, NOT_IMPLEMENTED, REFUSED = range(6)

_HEADER: Final = struct.Struct(">HHHHHH")
_ENDING: Final = struct.Struct(">HH")
_RECORD: Final = struct.Struct(">HHHIH4s")
_RESPONSE, _OPCODE, _RECURSION_DESIRED, _RECURSION_AVAILABLE = 0x8000, 0x7800, 0x0100, 0x0080
_POINTER_TO_QUESTION: Final = 0xC000 | _HEADER.size
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 255


@frozen
class Query:
    """A packet that can be answered."""

    number: int
    flags: int
    question: bytes
    """As it came; empty if it could not be read."""
    name: str = ""
    """With dots between labels; empty for a name that has other bytes in it."""
    kind: int = 0
    problem: int = NO_ERROR
    """What to answer without looking the name up."""


def read(packet: bytes) -> Query | None:
    """Read a question; None for what is to be left unanswered."""
    if len(packet) < _HEADER.size:
        return None
    number, flags, questions, *_ = _HEADER.unpack_from(packet)
    if flags & _RESPONSE:
        return None
    if flags & _OPCODE:
        return Query(number, flags, b"", problem=NOT_IMPLEMENTED)
    end = _end_of_name(packet)
    if questions != 1 or end is None or end + _ENDING.size > len(packet):
        return Query(number, flags, b"", problem=FORMAT_ERROR)
    kind, network = _ENDING.unpack_from(packet, end)
    problem = NO_ERROR if network == INTERNET and kind in (A, AAAA) else NOT_IMPLEMENTED
    question = packet[_HEADER.size : end + _ENDING.size]
    return Query(number, flags, question, _text(packet[_HEADER.size : end]), kind, problem)


def answer(query: Query, code: int, addresses: Sequence[IPv4Address] = (), ttl: int = 0) -> bytes:
    """Write an answer; it fits into a packet."""
    flags = _RESPONSE | query.flags & _RECURSION_DESIRED | _RECURSION_AVAILABLE | code
    chosen = addresses[:MOST_ADDRESSES]
    records = [
        _RECORD.pack(_POINTER_TO_QUESTION, A, INTERNET, ttl, len(address.packed), address.packed)
        for address in chosen
    ]
    header = _HEADER.pack(query.number, flags, bool(query.question), len(records), 0, 0)
    return b"".join((header, query.question, *records))


def _end_of_name(packet: bytes) -> int | None:
    """Find the end of the name after the header; a question has no pointers in it."""
    at = _HEADER.size
    while at < len(packet) and at - _HEADER.size < _LONGEST_NAME:
        length = packet[at]
        at += 1 + length
        if length == 0:
            return at
        if length > _LONGEST_LABEL:
            return None
    return None


def _text(name: bytes) -> str:
    labels, at = [], 0
    while name[at]:
        label = name[at + 1 : at + 1 + name[at]]
        # A dot in a label would make it look like two.
        if not label.isascii() or not label.decode("ascii").isprintable() or b"." in label:
            return ""
        labels.append(label.decode("ascii"))
        at += 1 + name[at]
    return ".".join(labels)
