"""Remembering used assertions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_USE = text(
    "INSERT INTO used_assertion (client_id, jti, expires_at) VALUES (:client_id, :jti, :expires_at)"
    " ON CONFLICT DO NOTHING RETURNING 1"
)
# A few at a time and none that another request is at, so that no request waits.
_FORGET = text(
    "DELETE FROM used_assertion WHERE (client_id, jti) IN ("
    " SELECT client_id, jti FROM used_assertion WHERE expires_at < now() - interval '1 minute'"
    " LIMIT 20 FOR UPDATE SKIP LOCKED)"
)


async def use_once(session: AsyncSession, *, client_id: UUID, jti: str, expires_at: datetime) -> bool:
    """Return whether the assertion was never used before; it is from now on. Forgets some expired ones."""
    await session.execute(_FORGET)
    used = await session.execute(_USE, {"client_id": client_id, "jti": jti, "expires_at": expires_at})
    return used.one_or_none() is not None
