from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.assignment import queries, rules
from client_profile.assignment.schemas import Assign, HandedOver, HandOver
from client_profile.clients import service as clients
from client_profile.clients.queries import Found
from client_profile.clients.rules import require_open
from client_profile.organization import service as organization
from client_profile.organization.rules import require_may_hold
from client_profile.organization.schemas import StaffMove
from client_profile.organization.tables import Staff
from shared.audit import trail
from shared.delivery import outbox
from shared.http.callers import Actor, Scope


async def assign(session: AsyncSession, client_id: UUID, wanted: Assign, *, actor: Actor, now: datetime) -> Found:
    """Give a client a (new) relationship manager, and with it the manager's unit.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        ManagerUnknown: nobody at work with the role of a relationship manager has this id.
        ManagerOutOfReach: a team lead assigns to somebody of another team.
        ClientIsClosed: there is nobody to look after any more.
        SameManager: the client has this manager already.
    """
    manager = await _manager(session, wanted.manager_id, pointer="/manager_id", actor=actor)
    found = await clients.get_found(session, client_id, actor, for_update=True)
    client = found[0]
    require_open(client.status)
    rules.require_other_manager(manager.id, client.manager_id)
    event = clients.assign(client, manager, now=now)
    facts = {"manager_id": event.manager_id, "previous_manager_id": event.previous_manager_id}
    await trail.record(session, "client.assigned", kind="client", id=client.id, reason=wanted.reason, facts=facts)
    await outbox.record(session, client, event)
    return found


async def _manager(session: AsyncSession, staff_id: UUID, *, pointer: str, actor: Actor) -> Staff:
    manager = await organization.require_manager(session, staff_id, pointer=pointer)
    if actor.scope is not Scope.ALL and manager.unit_id not in actor.unit_ids:
        raise rules.ManagerOutOfReach("This manager belongs to another team.", pointer=pointer)
    return manager


async def hand_over(
    session: AsyncSession, staff_id: UUID, wanted: HandOver, *, actor: Actor, now: datetime
) -> HandedOver:
    """Move clients from one manager to another at once (离职交接).

    Raises:
        NotFound: no staff member has this id.
        ManagerUnknown: nobody at work with the role of a relationship manager has the successor's id.
        ManagerOutOfReach: a team lead hands over to somebody of another team.
        ClientsNotNamed: neither clients nor all are named, or both.
        SameManager: the clients would stay where they are.
        ClientNotHeld: one of the clients is not the former manager's, or out of the caller's reach.
    """
    rules.require_named(wanted.client_ids, wanted.all)
    rules.require_other_manager(wanted.to_staff_id, staff_id)
    former = await organization.get_staff(session, staff_id)
    manager = await _manager(session, wanted.to_staff_id, pointer="/to_staff_id", actor=actor)
    held = await queries.lock_held(session, former.id, reach=clients.reached(actor), among=wanted.client_ids or None)
    rules.require_held(wanted.client_ids, [client.id for client in held])
    await outbox.record_many(session, [(client, clients.assign(client, manager, now=now)) for client in held])
    facts = {"to_staff_id": manager.id, "client_ids": [str(client.id) for client in held]}
    await trail.record(session, "staff.handed_over", kind="staff", id=former.id, reason=wanted.reason, facts=facts)
    left = await queries.count_held(session, former.id)
    return HandedOver(from_staff_id=former.id, to_staff_id=manager.id, moved=len(held), left=left)


async def move(session: AsyncSession, staff_id: UUID, wanted: StaffMove, *, now: datetime) -> Staff:
    """Give a staff member another unit or other roles; the clients go along into the unit.

    Raises:
        NotFound: no staff member has this id.
        UnitUnknown: there is no such unit.
        StaffHasLeft: the person has left.
        StaffHoldsClients: the role of a relationship manager goes while clients are assigned.
    """
    staff = await organization.move(session, staff_id, wanted, now=now)
    held = await queries.lock_held(session, staff.id)
    require_may_hold(len(held), staff.roles)
    moving = [client for client in held if client.unit_id != staff.unit_id]
    await outbox.record_many(session, [(client, clients.assign(client, staff, now=now)) for client in moving])
    return staff


async def leave(session: AsyncSession, staff_id: UUID, *, now: datetime) -> Staff:
    """Record that a staff member left.

    Raises:
        NotFound: no staff member has this id.
        StaffHasLeft: the person has left already.
        StaffHoldsClients: clients are still assigned; hand them over first.
    """
    # Locked before counting: nobody can be given a client in between.
    staff = await organization.get_staff(session, staff_id, for_update=True)
    held = await queries.count_held(session, staff.id)
    return await organization.leave(session, staff.id, open_clients=held, now=now)
