from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.channels.tables import Channel, ChannelEdge


async def database_now(session: AsyncSession) -> datetime:
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


async def known_edges(session: AsyncSession, *, of: UUID | None = None, under: UUID | None = None) -> list[ChannelEdge]:
    """Return the edges known now of one channel, or of the branches under one."""
    mine = col(ChannelEdge.channel_id) == of if of else col(ChannelEdge.parent_id) == under
    statement = select(ChannelEdge).where(mine, col(ChannelEdge.known_until).is_(None))
    return list((await session.execute(statement.order_by(col(ChannelEdge.valid_from)))).scalars())


async def forget(session: AsyncSession, channel_id: UUID, *, at: datetime) -> None:
    """End that the present edges of a channel are what is known."""
    mine = (col(ChannelEdge.channel_id) == channel_id, col(ChannelEdge.known_until).is_(None))
    # One written in the same microsecond was never known.
    await session.execute(
        update(ChannelEdge).where(*mine).values(known_until=text("greatest(known_from, :at)")), {"at": at}
    )


async def as_known(
    session: AsyncSession, channel_id: UUID, *, on: date, at: datetime
) -> tuple[UUID | None, list[UUID]]:
    """Return the head office and the branches of a channel on a day, as known at an instant."""
    edge = ChannelEdge
    statement = select(col(edge.channel_id), col(edge.parent_id)).where(
        or_(col(edge.channel_id) == channel_id, col(edge.parent_id) == channel_id),
        col(edge.valid_from) <= on,
        or_(col(edge.valid_until).is_(None), col(edge.valid_until) > on),
        col(edge.known_from) <= at,
        or_(col(edge.known_until).is_(None), col(edge.known_until) > at),
    )
    found = list(await session.execute(statement))
    parents = [parent for channel, parent in found if channel == channel_id]
    return next(iter(parents), None), sorted(channel for channel, parent in found if parent == channel_id)


async def parents(session: AsyncSession, wanted: Sequence[tuple[UUID, date]]) -> dict[tuple[UUID, date], UUID]:
    """Return the head office of each channel that stands under one on its day, as known now."""
    statement = text(
        "SELECT wanted.channel_id, wanted.day, edge.parent_id"
        " FROM unnest(CAST(:channels AS uuid[]), CAST(:days AS date[])) AS wanted (channel_id, day)"
        " JOIN channel_edge AS edge ON edge.channel_id = wanted.channel_id AND edge.known_until IS NULL"
        " AND daterange(edge.valid_from, edge.valid_until) @> wanted.day"
    )
    channels, days = zip(*wanted, strict=True) if wanted else ((), ())
    rows = await session.execute(statement, {"channels": [*channels], "days": [*days]})
    return {(row.channel_id, row.day): row.parent_id for row in rows}


async def history(session: AsyncSession, channel_id: UUID) -> Sequence[ChannelEdge]:
    statement = (
        select(ChannelEdge)
        .where(col(ChannelEdge.channel_id) == channel_id)
        .order_by(col(ChannelEdge.known_from), col(ChannelEdge.valid_from))
        .limit(200)
    )
    return (await session.execute(statement)).scalars().all()


async def lock_out_of_date(session: AsyncSession, today: date, limit: int) -> list[tuple[Channel, UUID | None]]:
    """Return channels whose head office of today is not the one that stands on them, locked, with that of today."""
    due = text(
        "SELECT channel.id, edge.parent_id AS parent FROM channel LEFT JOIN channel_edge edge"
        " ON edge.channel_id = channel.id AND edge.known_until IS NULL"
        " AND daterange(edge.valid_from, edge.valid_until) @> CAST(:today AS date)"
        " WHERE channel.parent_id IS DISTINCT FROM edge.parent_id"
        " ORDER BY channel.id LIMIT :limit FOR NO KEY UPDATE OF channel SKIP LOCKED"
    )
    wanted = {row.id: row.parent for row in await session.execute(due, {"today": today, "limit": limit})}
    statement = select(Channel).where(col(Channel.id).in_(wanted)).order_by(col(Channel.id))
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalars()
    return [(channel, wanted[channel.id]) for channel in found]
