"""Remembering used assertions."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_USE = text(
    "INSERT INTO used_assertion (client_id, jti, expires_at) VALUES (:client_id, :jti, :expires_at)"
    " ON CONFLICT DO NOTHING RETURNING 1"
)
_FORGET = text(
    "DELETE FROM used_assertion WHERE (client_id, jti) IN ("
    " SELECT client_id, jti FROM used_assertion WHERE expires_at < :before"
    " LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING 1"
)
#: Longer than the clocks of gateway and database can differ: a forgotten assertion must not hold again.
_KEPT_AFTER_EXPIRY = timedelta(hours=1)


async def use_once(session: AsyncSession, *, client_id: UUID, jti: str, expires_at: datetime) -> bool:
    """Return whether the assertion was never used before; it is from now on."""
    used = await session.execute(_USE, {"client_id": client_id, "jti": jti, "expires_at": expires_at})
    return used.one_or_none() is not None


async def forget_expired(session: AsyncSession, now: datetime, limit: int) -> int:
    """Delete up to `limit` assertions that expired an hour ago or longer; return how many."""
    expired = {"before": now - _KEPT_AFTER_EXPIRY, "limit": limit}
    return len((await session.execute(_FORGET, expired)).all())
