from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus, HeadOfficeBlacklisted
from channel_commission.channels.tables import Channel, ChannelEdge
from channel_commission.hierarchy import queries, rules
from channel_commission.hierarchy.rules import Edge
from channel_commission.hierarchy.schemas import EdgeRead, HierarchyRead, Move
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def move(session: AsyncSession, channel_id: UUID, wanted: Move, *, now: datetime) -> Channel:
    """Put a channel under another head office, or under none, from a day on.

    Raises:
        NotFound: no channel has this id.
        ChannelUnknown: there is no such head office.
        HeadOfficeBlacklisted: the head office is on the blacklist.
        HierarchyCycle, HeadOfficeIsBranch, HasBranches, NothingMoves: it cannot stand there, or does already.
    """
    if wanted.parent_id is not None:
        await channels.get(session, wanted.parent_id, pointer="/parent_id")
    # Both, in the order of their ids: two moves that cross wait for each other.
    locked = {}
    for id in sorted({channel_id, wanted.parent_id or channel_id}):
        locked[id] = await channels.get(session, id, lock=True)
    channel = locked[channel_id]
    if wanted.parent_id is not None:
        if locked[wanted.parent_id].status is ChannelStatus.BLACKLISTED:
            raise HeadOfficeBlacklisted("The head office is on the blacklist.", pointer="/parent_id")
        rules.require_may_stand_under(
            channel_id,
            wanted.parent_id,
            since=wanted.since,
            parents_edges=_edges(await queries.known_edges(session, of=wanted.parent_id)),
            branches=_edges(await queries.known_edges(session, under=channel_id)),
        )
    known = _edges(await queries.known_edges(session, of=channel_id))
    new = rules.moved(known, channel_id, wanted.parent_id, since=wanted.since)
    at = await queries.database_now(session)
    await queries.forget(session, channel_id, at=at)
    for edge in new:
        session.add(
            ChannelEdge(
                channel_id=edge.channel_id,
                parent_id=edge.parent_id,
                valid_from=edge.start,
                valid_until=edge.until,
                known_from=at,
            )
        )
    await session.flush()
    channel.parent_id, _ = await queries.as_known(session, channel_id, on=business_date(now), at=at)
    await channels.record_update(session, channel, ["parent_id"], now=now)
    facts = {"parent_id": wanted.parent_id, "since": wanted.since}
    await trail.record(session, "channel.moved", kind="channel", id=channel_id, reason=wanted.reason, facts=facts)
    return channel


async def read(
    session: AsyncSession, channel_id: UUID, *, on: date | None, known_at: datetime | None, actor: Actor, now: datetime
) -> HierarchyRead:
    """Return where a channel stands on a day (today if none is named), as known at an instant (now if none is).

    Raises:
        NotFound: the caller reaches no such channel.
    """
    await channels.get(session, channel_id, actor=actor)
    at = known_at or await queries.database_now(session)
    day = on or business_date(now)
    parent_id, branches = await queries.as_known(session, channel_id, on=day, at=at)
    rows = [EdgeRead.model_validate(row) for row in await queries.history(session, channel_id)]
    return HierarchyRead(on=day, known_at=at, parent_id=parent_id, branches=branches, history=rows)


async def parents(session: AsyncSession, wanted: Collection[tuple[UUID, date]]) -> dict[tuple[UUID, date], UUID]:
    """Return the head office of each channel that stands under one on its day (Asia/Shanghai), as known now."""
    return await queries.parents(session, sorted(wanted))


async def keep_up(session: AsyncSession, now: datetime, limit: int) -> int:
    """Let planned moves come true on their day; a timer's work."""
    due = await queries.lock_out_of_date(session, business_date(now), limit)
    for channel, parent_id in due:
        channel.parent_id = parent_id
        await channels.record_update(session, channel, ["parent_id"], now=now)
    return len(due)


def _edges(rows: list[ChannelEdge]) -> list[Edge]:
    return [Edge(row.channel_id, row.parent_id, row.valid_from, row.valid_until) for row in rows]
