from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, any_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from interaction_log.parties import queries, rules
from interaction_log.parties.tables import ClientStub, StaffStub
from shared import policy
from shared.clock import business_date
from shared.erasure import guard
from shared.http.callers import Actor, Column, Scope
from shared.http.permissions import Role
from shared.lineage import clients as lineage
from shared.lineage.clients import is_about, is_merged_into


async def lock(session: AsyncSession, client_ids: Collection[UUID], *, now: datetime) -> None:
    """Lock clients for whatever is written about them; one not yet heard of gets an unconfirmed stub.

    Args:
        session: The transaction.
        client_ids: Clients, owned by client-profile.
        now: When they were heard of, should that be now.

    Raises:
        ClientIsErased: one of them is erased.
    """
    await guard.require_all_present(session, client_ids)
    await queries.hear_of(session, [{"client_id": client_id, "at": now} for client_id in set(client_ids)])


async def lock_planned(session: AsyncSession, client_ids: Collection[UUID]) -> list[UUID]:
    """Lock and return those of the clients that nobody else holds and whose follow-ups are planned by what is known."""
    return await queries.lock_planned(session, client_ids)


async def take_unplanned(session: AsyncSession, limit: int) -> list[UUID]:
    """Lock and return up to `limit` clients whose follow-ups were not planned since something about them changed."""
    return await queries.take_unplanned(session, limit)


async def mark_unplanned(session: AsyncSession, client_ids: Collection[UUID]) -> None:
    """Note that follow-ups of these clients may depend on something that changed."""
    await queries.mark_unplanned(session, client_ids)


async def clients(session: AsyncSession, client_ids: Collection[UUID]) -> list[ClientStub]:
    """Return what is known of the clients, by id, to be read only; one that was never heard of is left out.

    A merged client is none to keep in touch with; its contacts are those of the client that stands for it.
    """
    survivors, merged = await lineage.survivors(session, client_ids), await lineage.merged(session, client_ids)
    found = await queries.list_clients(session, client_ids)
    latest = await queries.latest_contacts(session, merged) if merged else {}
    for client in found:
        if client.id in survivors:
            set_committed_value(client, "is_active", False)
        other = latest.get(client.id)
        if other is not None and (client.last_reached_at is None or client.last_reached_at < other.reached_at):
            set_committed_value(client, "last_reached_at", other.reached_at)
            set_committed_value(client, "last_interaction_id", other.interaction_id)
    return found


async def keep_last_contacts(
    session: AsyncSession, latest: Mapping[UUID, rules.Contact | None], *, are_unplanned: bool
) -> None:
    """Keep the last contact that reached each client.

    Args:
        session: The transaction; it holds the clients' locks.
        latest: Per client the contact; None if none reached it.
        are_unplanned: Leave the follow-ups of those it changes for to the timer.
    """
    await queries.keep_last_contacts(session, latest, are_unplanned=are_unplanned)
    if survivors := await lineage.survivors(session, latest):
        await queries.mark_unplanned(session, set(survivors.values()))


async def find_staff(session: AsyncSession, staff_id: UUID) -> StaffStub | None:
    """Return a staff member, also one who left; None if client-profile has not told of the id."""
    return await queries.find_staff(session, staff_id)


async def who_left(session: AsyncSession, staff_ids: Collection[UUID]) -> set[UUID]:
    """Return which of the staff members have left."""
    return await queries.list_who_left(session, staff_ids)


async def leads(session: AsyncSession, clients: Collection[ClientStub]) -> dict[UUID, UUID | None]:
    """Return for each client who leads its unit, or the nearest unit above that has a lead other than its manager."""
    at_work = [
        rules.Lead(staff.id, staff.unit_id)
        for staff in await queries.list_at_work(session, Role.TEAM_LEAD)
        if staff.unit_id is not None
    ]
    paths = await queries.unit_paths(session, {client.unit_id for client in clients if client.unit_id})
    return {
        client.id: rules.nearest_lead(
            paths.get(client.unit_id, []) if client.unit_id else [], at_work, manager_id=client.manager_id
        )
        for client in clients
    }


async def unconfirmed(session: AsyncSession, *, now: datetime) -> Select[ClientStub]:
    """Return the select of the clients that are still unconfirmed after the time that policy allows."""
    row = await policy.row(session, rules.CONFIRM_WITHIN, on=business_date(now))
    return queries.select_unconfirmed(rules.unconfirmed_before(now, int(row.value)))


def reached(actor: Actor, *, client: Column) -> ColumnElement[bool]:
    """Return the SQL condition for rows about clients that `actor` reaches: own clients, the team's, or all.

    Args:
        actor: The caller.
        client: Column with the client a row is about.
    """
    if actor.kind == "staff" and actor.scope is not Scope.ALL:
        # As an array, so that beside another condition (OR) the index on the column still serves.
        mine = select(col(ClientStub.id)).where(_within(actor))
        with_merged = (
            select(col(ClientStub.id))
            .where(or_(_within(actor), is_merged_into(col(ClientStub.id), mine)))
            .scalar_subquery()
        )
        return client == any_(func.array(with_merged, type_=ARRAY(Uuid)))
    if actor.kind == "client":
        return is_about(client, actor.id)
    return actor.within(client=client)


async def is_reached(session: AsyncSession, client_id: UUID, *, actor: Actor) -> bool:
    """Return whether the client was heard of and `actor` reaches it."""
    statement = select(col(ClientStub.id)).where(col(ClientStub.id) == client_id, _within(actor))
    return (await session.execute(statement)).scalar_one_or_none() is not None


def _within(actor: Actor) -> ColumnElement[bool]:
    return actor.within(owner=col(ClientStub.manager_id), unit=col(ClientStub.unit_id), client=col(ClientStub.id))
