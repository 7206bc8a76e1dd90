"""Measure the local server over the wire: short commands, many sprites, long lists, memory.

    python bench/server.py

`--small` is a look at whether everything works.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from measuring import (
    Row,
    command_line,
    descendants,
    measure_alone,
    milliseconds,
    share_of_memory,
    show,
    table,
    total,
)

from sprites_facade import Sprite, SpritesClient
from sprites_facade.testing import LocalServer

SPRITES = 50
AT_ONCE = 16
CHECKPOINTS = 1000
COMMANDS = 200
_INIT = "/.sprite/init.py"


def commands(sprite: Sprite, count: int) -> list[Row]:
    """Measure short commands and plain processes in turns."""
    sprite.run(["true"])
    ours, plain = [], []
    for _ in range(count):
        ours.append(total(lambda: sprite.run(["true"])))
        plain.append(total(lambda: subprocess.run(["/bin/true"], check=True)))
    ratios = [one / other for one, other in zip(ours, plain, strict=True)]
    return [
        Row("`true` by `sprite.run`", milliseconds(ours)),
        Row("… in terms of a plain `subprocess.run`", ratios, unit="times", most=5),
    ]


def at_once(client: SpritesClient, count: int) -> list[Row]:
    """Measure what becomes of many sprites, several at a time."""
    rows: list[Row] = []
    names = [f"many-{number}" for number in range(count)]

    def step(what: str, work: Callable[[str], object]) -> None:
        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(work, names))
        seconds = time.perf_counter() - started
        rows.append(Row(f"{count} sprites: {what}", [seconds], unit="s"))

    step("created", client.create_sprite)
    step("booted, each with its first command", lambda name: run(client.sprite(name), "true"))
    step("another command in each", lambda name: run(client.sprite(name), "true"))
    step("a checkpoint of each", lambda name: client.sprite(name).create_checkpoint().result())
    rows += memory(count)
    step("deleted", lambda name: client.sprite(name).delete())
    return rows


def run(sprite: Sprite, program: str) -> None:
    """Run a command that has to succeed."""
    sprite.run([program], check=True)


def memory(sprites: int) -> list[Row]:
    """Return what the server and its sprites take, at rest."""
    below = descendants(os.getpid())
    inits = [pid for pid in below if _INIT in command_line(pid)]
    inside = {pid for init in inits for pid in (init, *descendants(init))}
    server = [share_of_memory(pid) for pid in below if pid not in inside]
    rows = [Row(f"memory of the server with {sprites} sprites", [sum(server)], unit="MB")]
    if inits:
        each = sum(share_of_memory(pid) for pid in inside) / len(inits)
        rows.append(Row("memory of each sprite that runs and does nothing", [each], unit="MB"))
    return rows


def long_list(server: LocalServer, client: SpritesClient, count: int) -> list[Row]:
    """Measure the list of a sprite's checkpoints when there are very many."""
    sprite = client.create_sprite("listed")
    taken = [total(lambda: sprite.create_checkpoint().result()) for _ in range(count)]
    read = [total(sprite.list_checkpoints) for _ in range(20)]
    address = f"{server.url}/v1/sprites/listed/checkpoints"
    with httpx.Client(headers={"Authorization": f"Bearer {server.token}"}) as plain:
        listed = [total(lambda: plain.get(address).raise_for_status()) for _ in range(20)]
    return [
        Row(f"one of {count} checkpoints of a sprite at rest", milliseconds(taken)),
        Row("list of all of them over HTTP", milliseconds(listed), most=50),
        Row("the same by `sprite.list_checkpoints`", milliseconds(read)),
    ]


def section(*, small: bool = False) -> list[str]:
    """Measure, print, and return a part of the page."""
    with LocalServer() as server, server.client() as client:
        tier = server.tier
        rows = show(memory(0)[:1])
        rows += show(commands(client.create_sprite("bench"), 20 if small else COMMANDS))
        rows += show(at_once(client, 4 if small else SPRITES))
        rows += show(long_list(server, client, 20 if small else CHECKPOINTS))
    return [
        "## The local server, over the wire",
        "",
        f"Tier `{tier}`. Up to {AT_ONCE} requests at a time where there are many sprites.",
        "Memory is the proportional share (PSS), the server's helper processes included.",
        "",
        *table(rows),
    ]


if __name__ == "__main__":
    measure_alone(section, __doc__)
