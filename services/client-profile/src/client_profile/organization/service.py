from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.organization import queries, rules
from client_profile.organization.schemas import StaffCreate, StaffMove, StaffSignIn, UnitCreate
from client_profile.organization.tables import OrganizationUnit, Staff
from shared.audit import trail
from shared.delivery import outbox
from shared.events.client_profile import StaffJoined, StaffLeft, StaffMoved
from shared.ids import new_id


async def create_unit(session: AsyncSession, wanted: UnitCreate, *, now: datetime) -> OrganizationUnit:
    """Create an organization unit; a parent is chosen once and never changed.

    Raises:
        UnitUnknown: there is no such parent.
    """
    if wanted.parent_id is not None:
        await queries.require_unit(session, wanted.parent_id, pointer="/parent_id")
    unit = OrganizationUnit(name=wanted.name, parent_id=wanted.parent_id, created_at=now)
    session.add(unit)
    await session.flush()
    return unit


async def join(session: AsyncSession, wanted: StaffCreate, *, now: datetime) -> Staff:
    """Enter a staff member into a unit with roles.

    Raises:
        UnitUnknown: there is no such unit.
    """
    await queries.require_unit(session, wanted.unit_id, pointer="/unit_id")
    staff_id = new_id()
    staff = Staff(
        id=staff_id,
        event_key=staff_id,
        number=wanted.number,
        name=wanted.name,
        unit_id=wanted.unit_id,
        roles=rules.without_duplicates(wanted.roles),
        joined_at=now,
    )
    session.add(staff)
    await _record_place(session, staff, StaffJoined, "staff.joined", now=now)
    return staff


async def move(session: AsyncSession, staff_id: UUID, wanted: StaffMove, *, now: datetime) -> Staff:
    """Give a staff member another unit or other roles.

    Raises:
        NotFound: no staff member has this id.
        UnitUnknown: there is no such unit.
        StaffHasLeft: the person has left.
    """
    staff = await queries.get_staff(session, staff_id, for_update=True)
    if staff.left_at is not None:
        raise rules.StaffHasLeft("This staff member has left.")
    await queries.require_unit(session, wanted.unit_id, pointer="/unit_id")
    staff.unit_id, staff.roles = wanted.unit_id, rules.without_duplicates(wanted.roles)
    await _record_place(session, staff, StaffMoved, "staff.moved", now=now)
    return staff


async def _record_place(
    session: AsyncSession, staff: Staff, told: type[StaffJoined] | type[StaffMoved], action: str, *, now: datetime
) -> None:
    """Tell where a staff member stands and with which roles, and keep who gave them: roles are rights."""
    path = rules.path_to_top(staff.unit_id, await queries.parents(session))
    event = told(occurred_at=now, staff_id=staff.id, unit_id=staff.unit_id, unit_path=path, roles=staff.roles)
    await outbox.record(session, staff, event)
    facts = {"unit_id": staff.unit_id, "roles": staff.roles}
    await trail.record(session, action, kind="staff", id=staff.id, facts=facts)


async def leave(session: AsyncSession, staff_id: UUID, *, open_clients: int, now: datetime) -> Staff:
    """Record that a staff member left.

    Args:
        session: The request's session.
        staff_id: Who leaves.
        open_clients: How many clients are still assigned to the person.
        now: The instant of leaving.

    Raises:
        NotFound: no staff member has this id.
        StaffHasLeft: the person has left already.
        StaffHoldsClients: clients are still assigned.
    """
    staff = await queries.get_staff(session, staff_id, for_update=True)
    rules.require_may_leave(open_clients, staff.left_at is not None)
    staff.left_at = now
    await outbox.record(session, staff, StaffLeft(occurred_at=now, staff_id=staff.id))
    await trail.record(session, "staff.left", kind="staff", id=staff.id)
    return staff


async def get_staff(session: AsyncSession, staff_id: UUID, *, for_update: bool = False) -> Staff:
    """Return a staff member, also one who has left.

    Raises:
        NotFound: no staff member has this id.
    """
    return await queries.get_staff(session, staff_id, for_update=for_update)


async def require_manager(session: AsyncSession, staff_id: UUID, *, pointer: str | None) -> Staff:
    """Return a staff member who may hold clients, kept from leaving until the transaction ends.

    Raises:
        ManagerUnknown: nobody at work with the role of a relationship manager has this id.
    """
    staff = (await queries.lock_staff(session, [staff_id])).get(staff_id)
    if staff is None or not rules.may_hold_clients(staff.roles, staff.left_at is not None):
        raise rules.ManagerUnknown("No relationship manager at work has this id.", pointer=pointer)
    return staff


async def managers_by_number(session: AsyncSession, numbers: Collection[str]) -> dict[str, Staff]:
    """Return those of `numbers` that belong to staff who may hold clients, kept from leaving as above."""
    ids = await queries.staff_ids(session, numbers)
    staff = (await queries.lock_staff(session, ids.values())).values()
    return {one.number: one for one in staff if rules.may_hold_clients(one.roles, one.left_at is not None)}


async def signing_in(session: AsyncSession, number: str) -> StaffSignIn:
    """Return who signs in with a staff number, with the units the person reaches.

    Raises:
        NotFound: nobody with this number works here.
    """
    staff = await queries.get_staff_by_number(session, number)
    reached = rules.unit_and_below(staff.unit_id, await queries.parents(session))
    return StaffSignIn(
        id=staff.id, number=staff.number, roles=staff.roles, unit_id=staff.unit_id, unit_ids=sorted(reached)
    )
