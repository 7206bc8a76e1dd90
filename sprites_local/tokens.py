"""Tokens that were minted beside the server's own: kept as digests, known at once.

local/1/<id>/<secret>      organization, its number, the token's number, what nobody else knows
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

from sprites_local.datadir import DataDir, DataDirError
from sprites_local.errors import ApiError
from sprites_local.state import tokens as rows
from sprites_local.state.database import Database

MOST_TOKENS: Final = 1000
_PREFIX: Final = "local/1"
_PARTS: Final = 4


class TokenManager:
    """The minted tokens of one data directory."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._digests: dict[bytes, bytes] = {}
        self._nobodys = secrets.token_bytes(hashlib.sha256().digest_size)

    async def load(self) -> None:
        """Read what was minted by earlier servers."""
        records = await self._db.run(rows.every)
        self._digests = {record.id.encode(): record.digest for record in records}

    async def mint(self, description: str) -> str:
        """Make a token; it is told once, and kept as a digest only.

        Raises:
            ApiError: If there are too many.
        """
        if len(self._digests) >= MOST_TOKENS:
            raise ApiError(403, f"there are {MOST_TOKENS} tokens already; revoke some first")
        identity, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        token = f"{_PREFIX}/{identity}/{secret}"
        # Entered before the first wait, so that many at once cannot pass the bound.
        self._digests[identity.encode()] = digest = _digest(token.encode())
        try:
            await self._db.run(rows.insert, identity, digest, description)
        except BaseException:
            del self._digests[identity.encode()]
            raise
        return token

    def knows(self, token: bytes) -> bool:
        """Tell whether a token was minted here; how long that takes tells nothing of its secret."""
        parts = token.split(b"/")
        identity = parts[2] if len(parts) == _PARTS else b""
        # The number is no secret, and a wrong one is compared as long as a right one.
        return hmac.compare_digest(self._digests.get(identity, self._nobodys), _digest(token))


def _digest(token: bytes) -> bytes:
    # 256 random bits: there is nothing that a slow hash would protect from guessing.
    return hashlib.sha256(token).digest()


async def administer(directory: DataDir, revoked: str | None, write: Callable[[str], None]) -> int:
    """List the minted tokens of a data directory that no server uses, or revoke one by its id.

    Raises:
        DataDirError: If there is no such directory, or a server uses it.
    """
    if not directory.database.exists():
        raise DataDirError(f"there is no data of a server in {directory.path}")
    with directory.held():
        database = Database(directory.database)
        try:
            await database.open()
            if revoked is not None:
                return await _revoke(database, revoked, write)
            for record in await database.run(rows.every):
                # Nothing that steers a terminal, and a line each.
                shown = "".join(c if c.isprintable() else "?" for c in record.description)
                write(f"{record.id}  {record.created_at}  {shown}".rstrip())
        finally:
            await database.close()
    return 0


async def _revoke(database: Database, identity: str, write: Callable[[str], None]) -> int:
    if not await database.run(rows.remove, identity):
        write(f"There is no token {identity}.")
        return 1
    write(f"Revoked {identity}.")
    return 0
