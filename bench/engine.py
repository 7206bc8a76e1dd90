"""Measure the full engine: medians in milliseconds. Needs root: `python bench/engine.py`."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sprites_local.engines.base import Command
from sprites_local.engines.full import FullEngine

ROUNDS = 20
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
# Prints the longest gap between two looks at the clock, until its input ends.
CLOCK = """
import select, sys, time
print(flush=True); longest, last = 0.0, time.monotonic()
while not select.select([0], [], [], 0.0005)[0]:
    now = time.monotonic(); longest, last = max(longest, now - last), now
print(max(longest, time.monotonic() - last))
"""


async def run(engine: FullEngine, *argv: str) -> bytes:
    process = await engine.spawn("bench", Command(argv=argv, env=ENVIRONMENT, cwd="/"))
    output = b"".join([data async for _, data in process.stdout()])
    await process.wait()
    return output


async def median(call: Callable[[int], Awaitable[object]], rounds: int = ROUNDS) -> float:
    times = []
    for number in range(rounds):
        start = time.perf_counter()
        await call(number)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def stat_file(engine: FullEngine) -> None:
    async with engine.files("bench") as files:
        await files.stat("/etc/passwd")


async def start_and_stop(engine: FullEngine, results: dict[str, float]) -> None:
    boots, stops = [], []
    for _ in range(ROUNDS):
        await engine.stop("bench")
        begin = time.perf_counter()
        await engine.start("bench")
        boots.append((time.perf_counter() - begin) * 1000)
        begin = time.perf_counter()
        await engine.stop("bench")
        stops.append((time.perf_counter() - begin) * 1000)
    await engine.start("bench")
    results["boot"], results["stop"] = statistics.median(boots), statistics.median(stops)


async def show_five(engine: FullEngine, first: int) -> None:
    await engine.show("bench", [f"v{n}" for n in range(first, first + 5)])


async def throughput(engine: FullEngine) -> float:
    start = time.perf_counter()
    output = await run(engine, "head", "-c", str(256 << 20), "/dev/zero")
    return len(output) / 1e6 / (time.perf_counter() - start)


async def with_processes(directory: Path) -> dict[str, float]:
    """Measure checkpoints and restores of a sprite with a shell and a small server in it."""
    engine = FullEngine(directory, pool_size=4 << 30, process_state="auto")
    await engine.open()
    results: dict[str, float] = {}
    try:
        if not engine.capabilities().processes:
            return results
        await engine.create("bench")
        await engine.start("bench")
        script = "import http.server as h; h.HTTPServer(('127.0.0.1', 80), None).serve_forever()"
        for argv in (("sh", "-c", "read x"), ("python3", "-c", script)):
            await engine.spawn("bench", Command(argv=argv, env=ENVIRONMENT, cwd="/"))
        pauses: list[float] = []
        results["checkpoint, processes"] = await median(lambda n: pause(engine, f"v{n}", pauses))
        results["  of that, the pause"] = statistics.median(pauses)
        results["restore, processes"] = await median(lambda n: bring_back(engine, f"v{n + 10}"), 10)
        await show_five(engine, ROUNDS - 5)
        pauses.clear()
        results["same, five shown"] = await median(lambda n: pause(engine, f"s{n}", pauses), 10)
        results["  of that, the pause "] = statistics.median(pauses)
        results["restore, five shown"] = await median(lambda n: bring_back(engine, f"s{n}"), 10)
    finally:
        await engine.close()
    return results


async def bring_back(engine: FullEngine, checkpoint: str) -> None:
    restored = await engine.restore("bench", checkpoint)
    if restored.processes != "saved":
        raise RuntimeError(restored.reason)


async def pause(engine: FullEngine, checkpoint: str, pauses: list[float]) -> None:
    """Take a checkpoint; note how long nothing ran, by the ticks of a clock inside."""
    command = Command(argv=("python3", "-c", CLOCK), env=ENVIRONMENT, cwd="/")
    clock = await engine.spawn("bench", command)
    output = clock.stdout()
    await anext(output)
    saved = await engine.checkpoint("bench", checkpoint)
    if saved.processes != "saved":
        raise RuntimeError(saved.reason)
    await clock.close_stdin()
    gaps = b"".join([data async for _, data in output])
    pauses.append(float(gaps) * 1000)


async def measure(directory: Path) -> dict[str, float]:
    results: dict[str, float] = {}
    engine = FullEngine(directory, pool_size=4 << 30, process_state="off")
    results["open, first"] = await median(lambda _: engine.open(), 1)
    await engine.close()
    results["open"] = await median(lambda _: engine.open(), 1)
    try:
        results["create"] = await median(lambda n: engine.create(f"c{n}"))
        results["destroy"] = await median(lambda n: engine.destroy(f"c{n}"))
        await engine.create("bench")
        await start_and_stop(engine, results)
        results["/bin/true"] = await median(lambda _: run(engine, "true"), 100)
        results["stat a file"] = await median(lambda _: stat_file(engine), 100)
        results["checkpoint"] = await median(lambda n: engine.checkpoint("bench", f"v{n}"))
        results["show one more"] = await median(lambda n: show_five(engine, n), ROUNDS - 5)
        results["show the same"] = await median(lambda _: show_five(engine, ROUNDS - 6))
        results["restore"] = await median(lambda n: engine.restore("bench", f"v{n}"))
        results["show five"] = await median(lambda _: show_five(engine, 0), 1)
        results["delete checkpoint"] = await median(
            lambda n: engine.delete_checkpoint("bench", f"v{n}")
        )
        results["output, MB/s"] = await throughput(engine)
    finally:
        results["close"] = await median(lambda _: engine.close(), 1)
    return results


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sprites-bench-") as name:
        results = asyncio.run(measure(Path(name)))
        results |= asyncio.run(with_processes(Path(name, "processes")))
        for what, value in results.items():
            print(f"{what:24} {value:8.1f}")


if __name__ == "__main__" and os.name == "posix":
    main()
