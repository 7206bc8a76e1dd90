"""Measure the full engine: checkpoints and restores by size and depth, processes, commands.

Needs root: `python bench/engine.py`. `--small` is a look at whether everything works.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from measuring import Row, measure_alone, milliseconds, show, table, total

from sprites_local.engines.base import Command
from sprites_local.engines.full import FullEngine

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
POOL = 8 << 30
# Megabytes and files of a sprite.
SIZES = [(1, 10), (100, 1000), (1000, 10_000)]
DEPTH = 500
ROUNDS = 20
COMMANDS = 200
# Prints the longest gap between two looks at the clock, until its input ends.
CLOCK = """
import select, sys, time
longest, last = 0.0, time.monotonic(); print(flush=True)
while not select.select([0], [], [], 0.0005)[0]:
    now = time.monotonic(); longest, last = max(longest, now - last), now
print(max(longest, time.monotonic() - last))
"""
FILL = """
import os, sys
size, count = int(sys.argv[1]), int(sys.argv[2])
block = os.urandom(1 << 20)
for number in range(count):
    folder = f"/home/sprite/tree/{number % 100}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{number}", "wb") as file:
        for start in range(0, size, len(block)):
            file.write(block[: size - start])
"""
SERVE = "import http.server as h; h.HTTPServer(('127.0.0.1', 80), None).serve_forever()"


async def run(engine: FullEngine, *argv: str, sprite: str = "bench") -> bytes:
    command = Command(argv=argv, env=ENVIRONMENT, cwd="/", stdin=False)
    process = await engine.spawn(sprite, command)
    output = b"".join([data async for _, data in process.stdout()])
    if await process.wait():
        raise RuntimeError(f"{argv[0]} failed")
    return output


async def times(call: Callable[[int], Awaitable[object]], rounds: int) -> list[float]:
    """Return the milliseconds that each call takes."""
    found = []
    for number in range(rounds):
        start = time.perf_counter()
        await call(number)
        found.append(time.perf_counter() - start)
    return milliseconds(found)


async def checkpoint(engine: FullEngine, sprite: str, name: str) -> float:
    """Change a file, take a checkpoint, and return the milliseconds that it took."""
    await run(engine, "sh", "-c", f"echo {name} > /home/sprite/change", sprite=sprite)
    start = time.perf_counter()
    await engine.checkpoint(sprite, name)
    return (time.perf_counter() - start) * 1000


async def lives(engine: FullEngine, rounds: int) -> list[Row]:
    """Measure creations, boots and ends."""
    created = await times(lambda n: engine.create(f"c{n}"), rounds)
    destroyed = await times(lambda n: engine.destroy(f"c{n}"), rounds)
    await engine.create("bench")
    boots, stops = [], []
    for _ in range(rounds):
        boots += await times(lambda _: engine.start("bench"), 1)
        stops += await times(lambda _: engine.stop("bench"), 1)
    await engine.start("bench")
    return [
        Row("create a sprite", created),
        Row("boot it", boots),
        Row("stop it", stops),
        Row("delete one", destroyed),
    ]


async def commands(engine: FullEngine, count: int) -> list[Row]:
    """Measure short commands and plain processes in turns."""
    ours, plain = [], []
    for _ in range(count):
        ours += await times(lambda _: run(engine, "true"), 1)
        plain.append(plainly())
    ratios = [one / other for one, other in zip(ours, plain, strict=True)]
    return [
        Row("`/bin/true` in a sprite, without the wire", ours),
        Row("a plain `subprocess.run` of it", plain),
        Row("the one in terms of the other", ratios, unit="times", most=5),
    ]


def plainly() -> float:
    """Return the milliseconds that a command takes without a sprite."""
    return total(lambda: subprocess.run(["/bin/true"], check=True)) * 1000


async def by_size(engine: FullEngine, megabytes: int, files: int, rounds: int) -> list[Row]:
    """Measure checkpoints and restores of a sprite with so much in it."""
    name = f"size{megabytes}"
    await engine.create(name)
    await engine.start(name)
    await run(
        engine, "python3", "-c", FILL, str((megabytes << 20) // files), str(files), sprite=name
    )
    await run(engine, "sync", sprite=name)
    await engine.checkpoint(name, "first")
    taken = [await checkpoint(engine, name, f"v{number}") for number in range(rounds)]
    restored = await times(lambda n: engine.restore(name, f"v{n}"), max(rounds // 2, 1))
    await engine.destroy(name)
    what = f"{megabytes:,} MB in {files:,} files"
    return [
        Row(f"checkpoint of {what}", taken, most=10),
        Row(f"restore of {what}", restored, most=100),
    ]


async def by_depth(engine: FullEngine, depth: int, rounds: int) -> list[Row]:
    """Measure checkpoints on top of many others."""
    await engine.create("deep")
    await engine.start("deep")
    taken = [await checkpoint(engine, "deep", f"v{number}") for number in range(depth)]
    restored = await times(
        lambda n: engine.restore("deep", f"v{n * depth // rounds}"), max(rounds // 2, 1)
    )
    deleted = await times(lambda n: engine.delete_checkpoint("deep", f"v{n}"), rounds)
    await engine.destroy("deep")
    return [
        Row(f"checkpoint, the first {rounds} of {depth}", taken[:rounds], most=10),
        Row(f"checkpoint, the last {rounds} of {depth}", taken[-rounds:], most=10),
        Row(f"restore of one of {depth}", restored, most=100),
        Row(f"delete one of {depth}", deleted),
    ]


async def shown(engine: FullEngine, rounds: int) -> list[Row]:
    """Measure how long it takes to show checkpoints inside a running sprite."""
    for number in range(rounds + 5):
        await engine.checkpoint("bench", f"shown{number}")
    await show_five(engine, 0)
    more = await times(lambda n: show_five(engine, n + 1), rounds - 1)
    same = await times(lambda _: show_five(engine, rounds - 1), rounds)
    return [Row("show one more checkpoint inside", more), Row("show the same ones", same)]


async def show_five(engine: FullEngine, first: int, prefix: str = "shown") -> None:
    await engine.show("bench", [f"{prefix}{number}" for number in range(first, first + 5)])


async def with_processes(directory: Path, rounds: int) -> list[Row]:
    """Measure checkpoints and restores of a sprite with a shell and a small server in it."""
    engine = FullEngine(directory, pool_size=POOL, process_state="auto")
    await engine.open()
    try:
        if not engine.capabilities().processes:
            return []
        await engine.create("bench")
        await engine.start("bench")
        for argv in (("sh", "-c", "read x"), ("python3", "-c", SERVE)):
            await engine.spawn("bench", Command(argv=argv, env=ENVIRONMENT, cwd="/"))
        rows = await back_and_forth(engine, "v", rounds)
        await show_five(engine, rounds - 5, "v")
        shown = await back_and_forth(engine, "s", max(rounds // 2, 1))
    finally:
        await engine.close()
    return [
        *rows,
        *(Row(f"{row.what}, five checkpoints shown", row.values, most=row.most) for row in shown),
    ]


async def back_and_forth(engine: FullEngine, prefix: str, rounds: int) -> list[Row]:
    """Take checkpoints and go back to the latest; no more than ten keep their processes."""
    taken, pauses = [], []
    for number in range(rounds):
        took, pause = await watched(engine, f"{prefix}{number}")
        taken.append(took)
        pauses.append(pause)
    back = max(rounds // 2, 1)
    restored = await times(lambda n: bring_back(engine, f"{prefix}{rounds - back + n}"), back)
    return [
        Row("checkpoint with a shell and a small server", taken, most=200),
        Row("… of that everything stands still for", pauses),
        Row("restore with both", restored, most=200),
    ]


async def bring_back(engine: FullEngine, name: str) -> None:
    restored = await engine.restore("bench", name)
    if restored.processes != "saved":
        raise RuntimeError(restored.reason)


async def watched(engine: FullEngine, name: str) -> tuple[float, float]:
    """Take a checkpoint; return how long it took, and how long a clock inside stood still."""
    command = Command(argv=("python3", "-c", CLOCK), env=ENVIRONMENT, cwd="/")
    clock = await engine.spawn("bench", command)
    output = clock.stdout()
    await anext(output)
    start = time.perf_counter()
    saved = await engine.checkpoint("bench", name)
    took = time.perf_counter() - start
    if saved.processes != "saved":
        raise RuntimeError(saved.reason)
    await clock.close_stdin()
    gaps = b"".join([data async for _, data in output])
    return took * 1000, float(gaps) * 1000


async def throughput(engine: FullEngine) -> Row:
    """Measure how fast output comes."""
    start = time.perf_counter()
    output = await run(engine, "head", "-c", str(256 << 20), "/dev/zero")
    return Row("output", [len(output) / 1e6 / (time.perf_counter() - start)], unit="MB/s")


async def measure(directory: Path, *, small: bool) -> list[Row]:
    """Measure everything."""
    rounds = 5 if small else ROUNDS
    engine = FullEngine(directory / "files", pool_size=POOL, process_state="off")
    await engine.open()
    try:
        rows = show(await lives(engine, rounds))
        rows += show(await commands(engine, 20 if small else COMMANDS))
        rows += show([await throughput(engine)])
        rows += show(await shown(engine, rounds))
        for megabytes, files in SIZES[:1] if small else SIZES:
            rows += show(await by_size(engine, megabytes, files, rounds))
        rows += show(await by_depth(engine, 20 if small else DEPTH, rounds))
    finally:
        await engine.close()
    return rows + show(await with_processes(directory / "processes", rounds))


def section(*, small: bool = False) -> list[str]:
    """Measure, print, and return a part of the page."""
    with tempfile.TemporaryDirectory(prefix="sprites-bench-") as name:
        rows = asyncio.run(measure(Path(name), small=small))
    return [
        "## The full tier, without the wire",
        "",
        "Checkpoints and restores are of running sprites; before each checkpoint a file changed.",
        "",
        *table(rows),
    ]


if __name__ == "__main__":
    measure_alone(section, __doc__)
