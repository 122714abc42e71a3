from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.contacts.tables import ChannelContact
from shared.errors import NotFound
from shared.http.callers import Actor


def select_contacts(channel_id: UUID, actor: Actor, *, on: date | None = None) -> Select[ChannelContact]:
    """Select the contacts of a channel, those of one day only if one is named."""
    contact = ChannelContact
    statement = select(contact).where(
        col(contact.channel_id) == channel_id, actor.within(channel=col(contact.channel_id))
    )
    if on is None:
        return statement
    return statement.where(
        col(contact.valid_from) <= on, or_(col(contact.valid_until).is_(None), col(contact.valid_until) > on)
    )


async def present(session: AsyncSession, channel_id: UUID, on: date, *, limit: int) -> list[ChannelContact]:
    contact = ChannelContact
    statement = select(contact).where(
        col(contact.channel_id) == channel_id,
        col(contact.valid_from) <= on,
        or_(col(contact.valid_until).is_(None), col(contact.valid_until) > on),
    )
    return list((await session.execute(statement.order_by(col(contact.id)).limit(limit))).scalars())


async def lock_contact(session: AsyncSession, contact_id: UUID) -> ChannelContact:
    statement = select(ChannelContact).where(col(ChannelContact.id) == contact_id).with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No contact has this id.")
    return found
