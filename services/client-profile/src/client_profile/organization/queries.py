from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.organization.rules import UnitUnknown
from client_profile.organization.tables import OrganizationUnit, Staff
from shared.errors import NotFound


async def parents(session: AsyncSession) -> dict[UUID, UUID | None]:
    rows = await session.execute(select(col(OrganizationUnit.id), col(OrganizationUnit.parent_id)))
    return {unit_id: parent_id for unit_id, parent_id in rows}


async def require_unit(session: AsyncSession, unit_id: UUID, *, pointer: str) -> None:
    if await session.get(OrganizationUnit, unit_id) is None:
        raise UnitUnknown("No organization unit has this id.", pointer=pointer)


def select_units() -> Select[OrganizationUnit]:
    return select(OrganizationUnit)


def select_staff(unit_id: UUID | None) -> Select[Staff]:
    statement = select(Staff)
    return statement if unit_id is None else statement.where(col(Staff.unit_id) == unit_id)


async def get_staff(session: AsyncSession, staff_id: UUID, *, for_update: bool = False) -> Staff:
    staff = await session.get(Staff, staff_id, with_for_update=for_update)
    if staff is None:
        raise NotFound("No staff member has this id.")
    return staff


async def lock_staff(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Staff]:
    """Keep staff from leaving or moving until the transaction ends; ids nobody has are left out."""
    statement = select(Staff).where(col(Staff.id).in_(ids)).order_by(col(Staff.id)).with_for_update(read=True)
    return {person.id: person for person in (await session.execute(statement)).scalars()}


async def staff_ids(session: AsyncSession, numbers: Collection[str]) -> dict[str, UUID]:
    statement = select(col(Staff.number), col(Staff.id)).where(col(Staff.number).in_(numbers))
    return {number: staff_id for number, staff_id in await session.execute(statement)}


async def get_staff_by_number(session: AsyncSession, number: str) -> Staff:
    staff = (await session.execute(select(Staff).where(col(Staff.number) == number))).scalar_one_or_none()
    if staff is None or staff.left_at is not None:
        raise NotFound("No staff member with this number works here.")
    return staff
