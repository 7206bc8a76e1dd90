"""What runs a sprite: one interface, three tiers, and the choice of one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from attrs import frozen

from sprites_local.egress import PUBLIC, Reach
from sprites_local.engines.base import Engine, EngineUnavailableError

Tier = Literal["full", "rootless", "portable"]
ProcessMode = Literal["auto", "on", "off"]

TIERS: tuple[Tier, ...] = ("full", "rootless", "portable")
"""All tiers, the best first."""


@frozen
class Chosen:
    """An engine that was opened, and why not a better one."""

    tier: Tier
    engine: Engine
    passed_over: tuple[tuple[Tier, str], ...]
    """The better tiers, with the reasons why none of them is used."""


async def open_best(
    directory: Path,
    tiers: tuple[Tier, ...],
    processes: ProcessMode,
    *,
    reach: Reach = PUBLIC,
    grace: float = 0.0,
) -> Chosen:
    """Open the first of some tiers that really works here.

    `grace` is how many seconds sprites outlive a server that is killed.

    Raises:
        EngineUnavailableError: If none does; the text has every tier's reason.
    """
    passed_over: list[tuple[Tier, str]] = []
    for tier in tiers:
        engine = _make(tier, directory, processes, reach=reach, grace=grace)
        try:
            await engine.open()
        except EngineUnavailableError as error:
            passed_over.append((tier, str(error)))
        else:
            return Chosen(tier, engine, tuple(passed_over))
    reasons = "; ".join(f"{tier}: {reason}" for tier, reason in passed_over)
    raise EngineUnavailableError(reasons)


def _make(
    tier: Tier, directory: Path, processes: ProcessMode, *, reach: Reach, grace: float
) -> Engine:
    # Imported here, because a tier's modules need what its machine has.
    if tier == "full":
        from sprites_local.engines.full import FullEngine  # noqa: PLC0415

        return FullEngine(directory, process_state=processes, reach=reach, grace=grace)
    if tier == "rootless":
        from sprites_local.engines.rootless import RootlessEngine  # noqa: PLC0415

        return RootlessEngine(directory, reach=reach, grace=grace)
    from sprites_local.engines.portable import PortableEngine  # noqa: PLC0415

    return PortableEngine(directory, grace=grace)
