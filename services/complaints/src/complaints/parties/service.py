import hmac
import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.parties import queries, rules
from complaints.parties.rules import Relation, Term
from complaints.parties.schemas import ComplainantCreate, ComplainantRead
from complaints.parties.tables import ClientStub, Complainant, StaffStub
from shared import policy
from shared.clock import business_date, start_of_day
from shared.http.callers import Actor, Column, Scope
from shared.http.permissions import Role
from shared.lineage import clients as lineage
from shared.lineage.clients import is_about, is_merged_into
from shared.sealing import masked_name, seal, unseal


async def hear_of(session: AsyncSession, client_ids: Collection[UUID], *, at: datetime) -> None:
    """Keep a stub of each client that something was said about, unless it is known already.

    Args:
        session: The transaction.
        client_ids: Clients, owned by client-profile.
        at: When they were heard of.
    """
    await queries.hear_of(session, [{"client_id": client_id, "at": at} for client_id in client_ids])


async def require_of_channel(session: AsyncSession, client_id: UUID, channel_id: UUID, *, pointer: str) -> None:
    """Refuse that a channel names a client that is known and not its own; an unknown one may still turn out to be.

    Raises:
        ClientNotOfChannel: the client neither came through the channel nor dealt through it.
    """
    known = await queries.find_client(session, client_id)
    if known and known.registered_at and not await queries.is_of_channel(session, client_id, channel_id):
        raise rules.ClientNotOfChannel("This client did not come or deal through your channel.", pointer=pointer)


async def managers_of(session: AsyncSession, client_id: UUID | None) -> set[UUID]:
    """Return the relationship managers of the client and of those merged with it, as far as they are known."""
    return await queries.list_managers(session, client_id) if client_id else set()


async def terms(session: AsyncSession, client_id: UUID | None) -> list[Term]:
    """Return since when who managed the client and those merged with it, as far as it was told."""
    return await queries.list_terms(session, client_id) if client_id else []


async def channel_of_sale(session: AsyncSession, client_id: UUID | None, product_id: UUID | None) -> UUID | None:
    """Return the channel that sold a product to a client; None if none is known to have, or several."""
    if client_id is None or product_id is None:
        return None
    sellers = await queries.list_sellers(session, client_id, product_id)
    return sellers[0] if len(sellers) == 1 else None


async def channels_of(session: AsyncSession, client_id: UUID | None) -> list[UUID]:
    """Return the channels through which a client, or one merged with it, came or bought."""
    return await queries.list_channels(session, client_id) if client_id else []


async def complainant(session: AsyncSession, complaint_id: UUID) -> Complainant:
    """Return the contact data kept with a case of somebody who is no client.

    Raises:
        NotFound: the case is a client's.
    """
    return await queries.get_complainant(session, complaint_id)


async def find_complainant(session: AsyncSession, complaint_id: UUID) -> Complainant | None:
    """Return the contact data kept with a case of somebody who is no client; None if it is a client's."""
    return await queries.find_complainant(session, complaint_id)


async def service_class_of(session: AsyncSession, client_id: UUID | None) -> str | None:
    """Return the service class of a client, or of the one that stands for it; None while it is not known."""
    known = await queries.find_client(session, await lineage.survivor(session, client_id)) if client_id else None
    return known.service_class if known else None


async def relations(session: AsyncSession, client_ids: Sequence[UUID]) -> dict[UUID, Relation]:
    """Return the relationship with each client; one that was never heard of is left out."""
    return await queries.list_relations(session, client_ids)


async def client_ids(session: AsyncSession, *, after: UUID | None, limit: int) -> list[UUID]:
    """Return up to `limit` ids of clients heard of, in ascending order, those after `after`."""
    return await queries.list_client_ids(session, after, limit)


async def count_clients(session: AsyncSession) -> int:
    """Return how many clients were heard of."""
    return await queries.count_clients(session)


async def count_clients_on(session: AsyncSession, day: date) -> int:
    """Return how many clients there were at the end of a day (Asia/Shanghai): registered, not left, not merged away."""
    return await queries.count_clients_before(session, start_of_day(day + timedelta(days=1)))


async def find_staff(session: AsyncSession, staff_id: UUID) -> StaffStub | None:
    """Return a staff member, also one who left; None if client-profile has not told of the id."""
    return await queries.find_staff(session, staff_id)


async def units_of(session: AsyncSession, staff_id: UUID | None) -> list[UUID]:
    """Return a staff member's unit and all above it, to the top; nothing while none is known."""
    person = await queries.find_staff(session, staff_id) if staff_id else None
    return unit_path(person) if person else []


def unit_path(person: StaffStub) -> list[UUID]:
    """Return a staff member's unit and all above it, as far as they are known."""
    return person.unit_path or [unit for unit in (person.unit_id,) if unit]


async def units_of_clients(session: AsyncSession, client_ids: Collection[UUID | None]) -> dict[UUID | None, UUID]:
    """Return the unit that looks after each client, or after the one that stands for it; unknown ones are left out."""
    known = {client_id for client_id in client_ids if client_id}
    into = await lineage.survivors(session, known)
    units = await queries.list_units(session, {into.get(client_id, client_id) for client_id in known})
    return {one: units[into.get(one, one)] for one in known if into.get(one, one) in units}


async def handlers_at_work(session: AsyncSession) -> list[StaffStub]:
    """Return everybody who works here as a complaint handler (投诉处理岗)."""
    return await queries.list_at_work(session, Role.COMPLAINT_HANDLER)


async def at_work_as(session: AsyncSession, role: str) -> set[UUID]:
    """Return the ids of those who hold an office and have not left."""
    return {person.id for person in await queries.list_at_work(session, role)}


def sealed_contact(given: ComplainantCreate, *, place: UUID, data_key: bytes) -> dict[str, Any]:
    """Return the columns `sealed`, `masked_name`, `masked_phone` and `phone_hash` of somebody who is no client.

    Args:
        given: Name and phone.
        place: Id of the row they stand in; of no use in any other.
        data_key: Encrypts them; 32 bytes.
    """
    clear = json.dumps({"name": given.name, "phone": given.phone})
    return {
        "sealed": seal(data_key, clear, place=place.bytes),
        "masked_name": masked_name(given.name),
        "masked_phone": rules.masked_phone(given.phone),
        "phone_hash": phone_hash(given.phone, data_key=data_key),
    }


def phone_hash(phone: str, *, data_key: bytes) -> bytes:
    """Return the keyed hash by which a phone number is found again, however it was written, without being stored."""
    # A key of its own, made from the data key: what finds a number cannot open one.
    lookup_key = hmac.digest(data_key, b"complaints: look-up of phone numbers", "sha256")
    return hmac.digest(lookup_key, rules.plain_phone(phone).encode(), "sha256")


def unsealed_contact(sealed: bytes, *, place: UUID, data_key: bytes) -> ComplainantRead:
    """Return name and phone in clear; whoever shows them to a person leaves a trace in the audit trail."""
    return ComplainantRead.model_validate_json(unseal(data_key, sealed, place=place.bytes))


async def unconfirmed(session: AsyncSession, *, now: datetime) -> Select[ClientStub]:
    """Return the select of the clients that are still unconfirmed after the time that policy allows."""
    row = await policy.row(session, rules.CONFIRM_WITHIN, on=business_date(now))
    return queries.select_unconfirmed(rules.unconfirmed_before(now, int(row.value)))


def reached(actor: Actor, *, client: Column, channel: Column | None = None) -> ColumnElement[bool]:
    """Return the SQL condition for rows about clients that `actor` reaches: own clients, the team's, or all.

    Args:
        actor: The caller.
        client: Column with the client a row is about.
        channel: Column with the channel a row belongs to, for calls of channels.
    """
    if actor.kind == "staff" and actor.scope is not Scope.ALL:
        mine = actor.within(owner=col(ClientStub.manager_id), unit=col(ClientStub.unit_id))
        reached_ids = select(col(ClientStub.id)).where(mine)
        return or_(client.in_(reached_ids), is_merged_into(client, reached_ids))
    if actor.kind == "client":
        return is_about(client, actor.id)
    return actor.within(channel=channel, client=client)


async def is_reached(session: AsyncSession, client_id: UUID, *, actor: Actor) -> bool:
    """Return whether a client was heard of and is one that the caller reaches."""
    mine = select(col(ClientStub.id)).where(col(ClientStub.id) == client_id, reached(actor, client=col(ClientStub.id)))
    return (await session.execute(mine)).scalar_one_or_none() is not None
