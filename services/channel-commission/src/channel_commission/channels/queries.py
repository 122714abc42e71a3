from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.channels.rules import ChannelKind, ChannelStatus, HeadOffice
from channel_commission.channels.tables import Channel, ChannelLicense, Reassessment
from shared.errors import NotFound
from shared.http.callers import Actor


def reached(actor: Actor) -> ColumnElement[bool]:
    return actor.within(channel=col(Channel.id))


async def get_channel(
    session: AsyncSession, channel_id: UUID, *, actor: Actor | None = None, for_update: bool = False
) -> Channel:
    statement = select(Channel).where(col(Channel.id) == channel_id)
    if actor is not None:
        statement = statement.where(reached(actor))
    if for_update:
        statement = statement.with_for_update(key_share=True)
    channel = (await session.execute(statement)).scalar_one_or_none()
    if channel is None:
        raise NotFound("No channel has this id.")
    return channel


def select_channels(
    actor: Actor, *, status: ChannelStatus | None, kind: ChannelKind | None, parent_id: UUID | None
) -> Select[Channel]:
    wanted: dict[Any, Any] = {Channel.status: status, Channel.kind: kind, Channel.parent_id: parent_id}
    conditions = [column == value for column, value in wanted.items() if value is not None]
    return select(Channel).where(reached(actor), *conditions)


async def lock_by_external_id(session: AsyncSession, origin: str, external_ids: Collection[str]) -> dict[str, Channel]:
    statement = (
        select(Channel)
        .where(col(Channel.origin) == origin, col(Channel.external_id).in_(external_ids))
        .order_by(col(Channel.id))
        .with_for_update(key_share=True)
    )
    return {str(channel.external_id): channel for channel in (await session.execute(statement)).scalars()}


async def head_offices(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, HeadOffice]:
    """Return what matters of each of `ids` that is a channel, locked so that it stays so."""
    statement = select(col(Channel.id), col(Channel.parent_id), col(Channel.status)).where(col(Channel.id).in_(ids))
    found = await session.execute(statement.order_by(col(Channel.id)).with_for_update(read=True))
    return {
        channel_id: HeadOffice(parent_id is not None, status is ChannelStatus.BLACKLISTED)
        for channel_id, parent_id, status in found
    }


async def add_first_edges(session: AsyncSession, channels: Collection[Channel], *, since: date) -> None:
    """Keep that branches stand under their head offices, as far as we can tell from the beginning."""
    rows = [{"channel": one.id, "parent": one.parent_id, "since": since} for one in channels if one.parent_id]
    if rows:
        statement = (
            "INSERT INTO channel_edge (id, channel_id, parent_id, valid_from, known_from)"
            " VALUES (uuidv7(), :channel, :parent, :since, clock_timestamp())"
        )
        await session.execute(text(statement), rows)


async def by_code_with_branches(session: AsyncSession, uscc: str) -> list[Channel]:
    """Return the channels with a credit code and the branches under them, locked."""
    heads = select(col(Channel.id)).where(col(Channel.uscc) == uscc)
    statement = (
        select(Channel)
        .where((col(Channel.uscc) == uscc) | col(Channel.parent_id).in_(heads))
        .order_by(col(Channel.id))
        .with_for_update(key_share=True)
    )
    return list((await session.execute(statement)).scalars())


async def next_numbers(session: AsyncSession, count: int) -> list[str]:
    statement = text("SELECT nextval('channel_number_seq') FROM generate_series(1, :count)")
    drawn = await session.execute(statement, {"count": count})
    return [f"QD-{number:06d}" for number in drawn.scalars()]


async def licenses(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[ChannelLicense]]:
    """Return the licenses of each channel, the one that holds longest last."""
    statement = (
        select(ChannelLicense)
        .where(col(ChannelLicense.channel_id).in_(ids))
        .order_by(col(ChannelLicense.valid_to), col(ChannelLicense.id))
    )
    found: dict[UUID, list[ChannelLicense]] = {channel_id: [] for channel_id in ids}
    for license in (await session.execute(statement)).scalars():
        found[license.channel_id].append(license)
    return found


async def kinds(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ChannelKind]:
    statement = select(col(Channel.id), col(Channel.kind)).where(col(Channel.id).in_(ids))
    return {channel_id: kind for channel_id, kind in await session.execute(statement)}


async def lock_for_booking(session: AsyncSession, ids: Iterable[UUID]) -> None:
    # NO KEY UPDATE: rows that point to the channel can still be written, commands and other bookings wait.
    statement = (
        select(col(Channel.id))
        .where(col(Channel.id).in_(set(ids)))
        .order_by(col(Channel.id))
        .with_for_update(key_share=True)
    )
    await session.execute(statement)


async def ask_reassessment(session: AsyncSession, channel_ids: Sequence[UUID], *, now: datetime) -> None:
    begin_anew = {"since": now, "done_up_to": None}
    statement = insert(Reassessment).values([{"channel_id": id, **begin_anew} for id in channel_ids])
    await session.execute(statement.on_conflict_do_update(index_elements=["channel_id"], set_=begin_anew))


async def oldest_reassessment(session: AsyncSession) -> UUID | None:
    statement = select(col(Reassessment.channel_id)).order_by(col(Reassessment.since)).limit(1)
    return (await session.execute(statement)).scalar_one_or_none()
