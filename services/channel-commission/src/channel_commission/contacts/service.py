from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.blacklist import service as blacklist
from channel_commission.channels import service as channels
from channel_commission.contacts import queries, rules
from channel_commission.contacts.schemas import ContactCreate, ContactInClear
from channel_commission.contacts.tables import ChannelContact
from shared.audit import trail
from shared.http.callers import Actor
from shared.ids import new_id
from shared.sealing import masked_name, seal, unseal


async def record(
    session: AsyncSession, channel_id: UUID, wanted: ContactCreate, *, actor: Actor, now: datetime, data_key: bytes
) -> ChannelContact:
    """Keep somebody to speak to at a partner.

    Raises:
        NotFound: no channel has this id.
        PersonBlacklisted: the person is on the blacklist.
    """
    await channels.get(session, channel_id)
    if wanted.document_number is not None:
        await blacklist.require_person_not_listed(
            session, wanted.document_number, data_key=data_key, pointer="/document_number"
        )
    contact_id = new_id()
    clear = ContactInClear(name=wanted.name, phone=wanted.phone, email=wanted.email).model_dump_json()
    contact = ChannelContact(
        id=contact_id,
        channel_id=channel_id,
        role=wanted.role,
        sealed=seal(data_key, clear, place=contact_id.bytes),
        masked_name=masked_name(wanted.name),
        masked_phone=rules.masked_phone(wanted.phone),
        valid_from=wanted.valid_from,
        recorded_by=actor.id,
        recorded_at=now,
    )
    session.add(contact)
    await session.flush()
    await _trace(session, contact, "recorded")
    return contact


async def end(session: AsyncSession, contact_id: UUID, on: date) -> ChannelContact:
    """End a contact.

    Raises:
        NotFound: no contact has this id.
        ContactEnded, EndsBeforeBegin: it has ended, or had not begun on that day.
    """
    contact = await queries.lock_contact(session, contact_id)
    rules.require_may_end(contact.valid_from, contact.valid_until, on)
    contact.valid_until = on
    await _trace(session, contact, "ended")
    return contact


async def present(session: AsyncSession, channel_id: UUID, on: date) -> list[ChannelContact]:
    """Return a channel's contacts of a day (Asia/Shanghai), fifty at most."""
    return await queries.present(session, channel_id, on, limit=50)


async def reveal(session: AsyncSession, contact_id: UUID, *, reason: str, data_key: bytes) -> ContactInClear:
    """Return a contact in clear and write who saw it why into the audit trail.

    Raises:
        NotFound: no contact has this id.
    """
    contact = await queries.lock_contact(session, contact_id)
    await _trace(session, contact, "revealed", reason=reason)
    return ContactInClear.model_validate_json(unseal(data_key, contact.sealed, place=contact.id.bytes))


async def _trace(session: AsyncSession, contact: ChannelContact, what: str, *, reason: str | None = None) -> None:
    facts = {"contact_id": contact.id, "role": contact.role.value}
    await trail.record(session, f"contact.{what}", kind="channel", id=contact.channel_id, reason=reason, facts=facts)
