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


async def throughput(engine: FullEngine) -> float:
    start = time.perf_counter()
    output = await run(engine, "head", "-c", str(256 << 20), "/dev/zero")
    return len(output) / 1e6 / (time.perf_counter() - start)


async def measure(directory: Path) -> dict[str, float]:
    results: dict[str, float] = {}
    engine = FullEngine(directory, pool_size=4 << 30)
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
        results["restore"] = await median(lambda n: engine.restore("bench", f"v{n}"))
        results["delete checkpoint"] = await median(
            lambda n: engine.delete_checkpoint("bench", f"v{n}")
        )
        results["output, MB/s"] = await throughput(engine)
    finally:
        results["close"] = await median(lambda _: engine.close(), 1)
    return results


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sprites-bench-") as name:
        for what, value in asyncio.run(measure(Path(name))).items():
            print(f"{what:18} {value:8.1f}")


if __name__ == "__main__" and os.name == "posix":
    main()
