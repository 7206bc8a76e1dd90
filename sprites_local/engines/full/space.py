"""What a btrfs has given to what, by ioctl on a descriptor of any directory of it."""

from __future__ import annotations

import fcntl
import struct
from contextlib import suppress
from typing import Final

from attrs import frozen

_SPACE_INFO: Final = 0xC0109414
_TREE_SEARCH: Final = 0xC0709411
_TRIM: Final = 0xC0185879
_SYNC: Final = 0x9408
_BALANCE: Final = 0xC4009420
_BALANCE_METADATA: Final = 4
_SLOTS: Final = 16
_DATA: Final = 1
_KINDS: Final = 7  # data, system, metadata; all other rows count the same space again
_CHUNK_TREE, _CHUNK_OBJECT, _CHUNK_ITEM = 3, 256, 228
_ANY: Final = 2**64 - 1
_BUFFER: Final = 1 << 20
_HEADER: Final = struct.Struct("QQQII")
_CHUNK: Final = struct.Struct("QQQQIIIHH")
_STRIPE: Final = struct.Struct("QQ16x")


@frozen
class Chunk:
    """A stretch of the file system with one purpose, and where on the device it is."""

    logical: int
    length: int
    is_data: bool
    places: tuple[int, ...]


def used(root: int) -> int:
    """Return how many bytes hold something, as of the last commit."""
    answer = bytearray(struct.pack("QQ", _SLOTS, 0) + bytes(24 * _SLOTS))
    fcntl.ioctl(root, _SPACE_INFO, answer)
    (count,) = struct.unpack_from("Q", answer, 8)
    total = 0
    for flags, _, taken in struct.iter_unpack("QQQ", answer[16 : 16 + 24 * count]):
        if flags & _KINDS and flags < 1 << 48:
            total += taken
    return total


def chunks(root: int) -> list[Chunk]:
    """List the chunks of the file system."""
    key = (_CHUNK_TREE, _CHUNK_OBJECT, _CHUNK_OBJECT, 0, _ANY, 0, _ANY)
    head = struct.pack("7Q4I4QQ", *key, _CHUNK_ITEM, _CHUNK_ITEM, 2**32 - 1, 0, *4 * [0], _BUFFER)
    answer = bytearray(head + bytes(_BUFFER))
    fcntl.ioctl(root, _TREE_SEARCH, answer)
    (count,) = struct.unpack_from("I", answer, 64)
    found, place = [], len(head)
    for _ in range(count):
        _, _, logical, _, size = _HEADER.unpack_from(answer, place)
        place += _HEADER.size
        length, _, _, kind, _, _, _, stripes, _ = _CHUNK.unpack_from(answer, place)
        offsets = [
            _STRIPE.unpack_from(answer, place + _CHUNK.size + n * _STRIPE.size)[1]
            for n in range(stripes)
        ]
        found.append(Chunk(logical, length, bool(kind & _DATA), tuple(offsets)))
        place += size
    return found


def trim(root: int, found: list[Chunk]) -> None:
    """Give back what is unused in data and in no chunk; metadata keeps the space it had."""
    for chunk in found:
        if chunk.is_data:
            order = struct.pack("QQQ", chunk.logical, chunk.length, 0)
            with suppress(OSError):  # a chunk that is gone by now
                fcntl.ioctl(root, _TRIM, bytearray(order))


def clean(root: int) -> None:
    """Commit, and have deleted subvolumes cleaned up, for which btrfs takes half a minute else."""
    fcntl.ioctl(root, _SYNC)


def widen_metadata(root: int) -> None:
    """Move metadata to a chunk of the usual size; the one that `mkfs` makes is tiny.

    Data takes all the rest when it can. Without space for metadata there would be no snapshots
    then, not even after files were deleted.
    """
    order = struct.pack("Q", _BALANCE_METADATA)
    fcntl.ioctl(root, _BALANCE, bytearray(order.ljust(1024, b"\0")))
