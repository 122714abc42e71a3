"""Organization units and staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from client_profile.organization import queries, rules, service
from client_profile.organization.schemas import (
    StaffCreate,
    StaffRead,
    StaffSignIn,
    UnitCreate,
    UnitRead,
)
from client_profile.organization.tables import OrganizationUnit, Staff
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import NowDep, SessionDep, router

routes = router("Organization")


@routes.post("/organization-units", status_code=201, responses=problems.docs(rules.UnitUnknown))
async def create_organization_unit(wanted: UnitCreate, session: SessionDep, now: NowDep) -> UnitRead:
    """Create an organization unit (机构/部门)."""
    return UnitRead.model_validate(await service.create_unit(session, wanted, now=now))


@routes.get("/organization-units")
async def list_organization_units(session: SessionDep, page: PageDep) -> Page[UnitRead]:
    """List the organization units."""
    units, cursor = await pages.fetch(session, queries.select_units(), page, by=(OrganizationUnit.id,))
    return Page(items=[UnitRead.model_validate(unit) for unit in units], next_cursor=cursor)


@routes.post("/staff", status_code=201, responses=problems.docs(rules.UnitUnknown))
async def create_staff(wanted: StaffCreate, session: SessionDep, now: NowDep, response: Response) -> StaffRead:
    """Enter a staff member into a unit with roles."""
    staff = await service.join(session, wanted, now=now)
    set_etag(response, staff.version)
    return StaffRead.model_validate(staff)


@routes.get("/staff")
async def list_staff(
    session: SessionDep, page: PageDep, unit_id: Annotated[UUID | None, Query()] = None
) -> Page[StaffRead]:
    """List staff, also those who left."""
    staff, cursor = await pages.fetch(session, queries.select_staff(unit_id), page, by=(Staff.id,))
    return Page(items=[StaffRead.model_validate(person) for person in staff], next_cursor=cursor)


@routes.get("/staff/{staff_id}", responses=problems.docs(NotFound))
async def read_staff(staff_id: UUID, session: SessionDep, response: Response) -> StaffRead:
    """Read one staff member."""
    staff = await queries.get_staff(session, staff_id)
    set_etag(response, staff.version)
    return StaffRead.model_validate(staff)


@routes.get("/sign-in/staff/{number}", responses=problems.docs(NotFound))
async def sign_in_staff(number: Annotated[str, Path(max_length=20)], session: SessionDep) -> StaffSignIn:
    """Tell the gateway who signs in with a staff number."""
    return await service.signing_in(session, number)
