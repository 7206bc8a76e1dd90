"""Keeping policies, and putting into force what this machine can enforce."""

from __future__ import annotations

from typing import Any, Final, Literal

from sprites_local.engines.base import Engine, EngineError
from sprites_local.policies import parsing
from sprites_local.policies.inside import PolicyFile
from sprites_local.sprites import SpriteManager
from sprites_local.state import policies as rows
from sprites_local.state.database import Database

Kind = Literal["network", "privileges", "resources"]

_READERS: Final = {
    "network": parsing.network,
    "privileges": parsing.privileges,
    "resources": parsing.resources,
}
_NOTHING: Final[dict[str, dict[str, Any]]] = {
    "network": {"rules": []},
    "privileges": {},
    "resources": {},
}

_NETWORKS: Final = {
    "enforced": "enforced; names and TCP over IPv4, nothing else leaves a sprite",
    "closed": "isolated; a sprite has no way out of this machine, whatever is allowed",
    "open": "none; a sprite uses this machine's network",
}


class PolicyManager:
    """The policies of all sprites."""

    def __init__(self, database: Database, engine: Engine, sprites: SpriteManager) -> None:
        self._db = database
        self._engine = engine
        self._sprites = sprites
        self.inside = PolicyFile(database, engine)
        """Shows each sprite its network policy; a `Resident`."""

    async def get(self, name: str, kind: Kind) -> dict[str, Any]:
        """Return a policy, or what stands for none."""
        sprite = await self._sprites.get(name)
        return await self._db.run(rows.get, sprite.id, kind) or _NOTHING[kind]

    async def put(self, name: str, kind: Kind, body: dict[str, Any]) -> None:
        """Replace a policy.

        Raises:
            PolicyError: If it makes no sense.
        """
        policy = _READERS[kind](body)
        async with self._sprites.locked(name) as sprite:
            if kind == "resources":
                await self._limit_memory(sprite.id, policy)
            elif kind == "network":
                await self._engine.limit_network(sprite.id, policy["rules"])
            elif kind == "privileges":
                await self._engine.withdraw(sprite.id, parsing.withdrawn_rights(policy))
            await self._db.run(rows.put, sprite.id, kind, policy)
            if kind == "network":
                await self.inside.show(sprite)

    async def remove(self, name: str, kind: Kind) -> None:
        """Go back to what holds without a policy."""
        async with self._sprites.locked(name) as sprite:
            if kind == "resources":
                await self._engine.limit_memory(sprite.id, None)
            elif kind == "privileges":
                await self._engine.withdraw(sprite.id, ())
            await self._db.run(rows.remove, sprite.id, kind)

    async def recover_network(self) -> None:
        """Put network policies into force, before anything is known about what runs."""
        for sprite_id, policy in (await self._db.run(rows.every, "network")).items():
            await self._engine.limit_network(sprite_id, policy["rules"])

    async def recover(self) -> None:
        """Put the policies that were kept into force, before any sprite is booted."""
        for sprite_id, policy in (await self._db.run(rows.every, "resources")).items():
            await self._engine.limit_memory(sprite_id, parsing.memory_limit(policy))
        for sprite_id, policy in (await self._db.run(rows.every, "privileges")).items():
            await self._engine.withdraw(sprite_id, parsing.withdrawn_rights(policy))

    async def _limit_memory(self, sprite_id: str, policy: dict[str, Any]) -> None:
        try:
            await self._engine.limit_memory(sprite_id, parsing.memory_limit(policy))
        except EngineError as error:
            raise parsing.PolicyError(str(error)) from error

    def enforcement(self, kind: Kind) -> str:
        """Say in a few words what a policy changes on this machine."""
        able = self._engine.capabilities()
        if kind == "network":
            return _NETWORKS[able.network]
        if kind == "resources" and "memory limit" in able.isolation:
            return "memory.limit_mb, from 64 MB to what this server gives every sprite"
        if kind == "privileges" and able.withdrawable:
            return (
                "profile minimal and noNewPrivileges, for what is started from now on;"
                " profile privileged and devices grant nothing here"
            )
        return "none; the policy is kept, and changes nothing"
