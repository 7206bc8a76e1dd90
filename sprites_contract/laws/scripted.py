"""Laws that need no random program: pages, names and contents of files, ranges."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sprites_contract.laws.bench import Bench
from sprites_contract.laws.round_trips import ROUND_TRIPS
from sprites_contract.laws.tree import full
from sprites_contract.laws.wire import Wire

_SPRITES = 3
_NAMES = ("a b", "per%20cent", "plus+and&", "quo'te\"", "ümläut", "hash#mark", "semi;colon", "-r")
_SIZES = (0, 1, 65_535, 65_536, 1_000_003)
_RANGES = ((0, 0), (1, 4), (65_530, 65_540))


def pages(bench: Bench, wire: Wire) -> None:
    """All pages together hold every sprite once, in one order, whatever their size."""
    wanted = sorted([wire.name, *(f"{wire.name}-{number}" for number in range(_SPRITES))])
    for name in wanted:
        if name != wire.name:
            bench.http.post("/v1/sprites", json={"name": name})
    for size in (1, 2, len(wanted), len(wanted) + 1):
        found, sizes = _all_pages(bench, wire.name, size)
        bench.hold("pages", found == wanted, f"by {size}: {found}, not {wanted}")
        bench.hold("page_size", max(sizes) <= size, f"pages of {size} have {sizes}")
    found, _ = _all_pages(bench, wire.name[1:], len(wanted))
    bench.hold("prefix", not found, f"{found} begin with {wire.name[1:]}")
    for name in wanted:
        bench.http.delete(f"/v1/sprites/{name}")


def _all_pages(bench: Bench, prefix: str, size: int) -> tuple[list[str], list[int]]:
    found: list[str] = []
    sizes: list[int] = []
    token = ""
    while len(sizes) < 10 * _SPRITES:
        query = {"prefix": prefix, "max_results": str(size)}
        query |= {"continuation_token": token} if token else {}
        page = bench.http.get("/v1/sprites", params=query).raise_for_status().json()
        names = [entry["name"] for entry in page["sprites"] or ()]
        found += names
        sizes.append(len(names))
        token = page.get("next_continuation_token") or ""
        if not token or not page.get("has_more"):
            break
    return found, sizes


def names(bench: Bench, wire: Wire) -> None:
    """Names of files are taken as they are, and lead to the same file for files and commands."""
    for name in _NAMES:
        query = {"path": full(f"names/{name}"), "mkdirParents": "true"}
        wire.call("write_file", "PUT", "/fs/write", 200, 201, params=query, content=name.encode())
        read = wire.call("read_file", "GET", "/fs/read", 200, params=query).content
        bench.hold("names", read == name.encode(), f"{name!r} holds {read!r}")
    listed = wire.call("list_files", "GET", "/fs/list", 200, params={"path": full("names")}).json()
    found = sorted(entry["name"] for entry in listed["entries"])
    bench.hold("names", found == sorted(_NAMES), f"{found} are listed, not {sorted(_NAMES)}")
    count = wire.shell("ls -A names | wc -l").strip()
    bench.hold("names", count == str(len(_NAMES)), f"a command sees {count} names")


def contents(bench: Bench, wire: Wire) -> None:
    """What was written is read, to the byte, and ranges are what they say."""
    for size in _SIZES:
        content = secrets.token_bytes(size)
        query = {"path": full("bytes")}
        answer = wire.call(
            "write_file", "PUT", "/fs/write", 200, 201, params=query, content=content
        )
        told = answer.json().get("size")
        bench.hold("contents", told == size, f"{told} bytes were written, not {size}")
        read = wire.call("read_file", "GET", "/fs/read", 200, params=query).content
        bench.hold("contents", read == content, f"{len(read)} bytes read of {size}, or others")
    for first, last in _RANGES:
        headers = {"Range": f"bytes={first}-{last}"}
        answer = wire.call("read_file", "GET", "/fs/read", 200, 206, params=query, headers=headers)
        wanted = content[first : last + 1] if answer.status_code == 206 else content
        bench.hold("ranges", answer.content == wanted, f"bytes {first} to {last} are others")


Law = Callable[[Bench, Wire], None]
SCRIPTED: tuple[Law, ...] = (pages, names, contents, *ROUND_TRIPS)


def hold_scripted(bench: Bench, law: Law) -> None:
    """Hold one of them, on a sprite of its own.

    Raises:
        LawBrokenError: If it does not hold.
    """
    wire = bench.new_wire()
    wire.create()
    try:
        law(bench, wire)
    finally:
        wire.delete()
