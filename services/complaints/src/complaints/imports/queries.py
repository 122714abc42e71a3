from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('complaints of ' || :origin, 0))")


async def lock_origin(session: AsyncSession, origin: str) -> None:
    """Let one import of an origin at a time pass, so that two of them never make the same case."""
    await session.execute(_LOCK, {"origin": origin})
