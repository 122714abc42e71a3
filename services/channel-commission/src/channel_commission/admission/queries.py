from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.admission.tables import ActiveSpan, Restriction


async def spans(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[ActiveSpan]]:
    """Return the active spans of each channel, in the order of their days."""
    statement = (
        select(ActiveSpan)
        .where(col(ActiveSpan.channel_id).in_(ids))
        .order_by(col(ActiveSpan.active_from), col(ActiveSpan.id))
    )
    found: dict[UUID, list[ActiveSpan]] = {channel_id: [] for channel_id in ids}
    for span in (await session.execute(statement)).scalars():
        found[span.channel_id].append(span)
    return found


async def lock_with_ending_license(
    session: AsyncSession, today: date, thresholds: Sequence[int], limit: int
) -> list[UUID]:
    """Return active channels without a license today or with a notice due for their longest one; locks them."""
    statement = text(
        "SELECT channel.id FROM channel JOIN LATERAL ("
        "  SELECT valid_to, notice_given FROM channel_license"
        "  WHERE channel_id = channel.id ORDER BY valid_to DESC, id DESC LIMIT 1) AS license ON true"
        " WHERE channel.status = 'active' AND (NOT EXISTS ("
        "   SELECT FROM channel_license WHERE channel_id = channel.id"
        "   AND CAST(:today AS date) BETWEEN valid_from AND valid_to) OR EXISTS ("
        "   SELECT FROM unnest(CAST(:thresholds AS int[])) AS threshold"
        "   WHERE license.valid_to - CAST(:today AS date) <= threshold"
        "   AND (license.notice_given IS NULL OR threshold < license.notice_given)))"
        " ORDER BY channel.id LIMIT :limit FOR NO KEY UPDATE OF channel SKIP LOCKED"
    )
    found = await session.execute(statement, {"today": today, "thresholds": list(thresholds), "limit": limit})
    return list(found.scalars())


async def restrictions(session: AsyncSession, channel_id: UUID) -> list[Restriction]:
    """Return the restrictions of a channel that hold, the oldest first."""
    statement = (
        select(Restriction)
        .where(col(Restriction.channel_id) == channel_id, col(Restriction.lifted_at).is_(None))
        .order_by(col(Restriction.id))
    )
    return list((await session.execute(statement)).scalars())


async def lift(session: AsyncSession, source_id: UUID, *, now: datetime) -> None:
    statement = update(Restriction).where(col(Restriction.source_id) == source_id, col(Restriction.lifted_at).is_(None))
    await session.execute(statement.values(lifted_at=now))
