from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Body, Read, ShortText
from shared.http.permissions import Role

StaffNumber = Annotated[
    str, Field(pattern=r"^[A-Z0-9-]{2,20}$", description="The house's staff number (工号), e.g. `RM-001`.")
]


class UnitCreate(Body):
    name: ShortText
    parent_id: UUID | None = None


class UnitRead(Read):
    id: UUID
    name: str
    parent_id: UUID | None
    created_at: datetime


class StaffCreate(Body):
    number: StaffNumber
    name: ShortText
    unit_id: UUID
    roles: list[Role] = Field(min_length=1, max_length=16)


class StaffMove(Body):
    unit_id: UUID
    roles: list[Role] = Field(min_length=1, max_length=16)


class StaffRead(Read):
    id: UUID
    version: int
    number: str
    name: str
    unit_id: UUID
    roles: list[Role]
    joined_at: datetime
    left_at: datetime | None


class StaffSignIn(Read):
    """What the gateway needs to know of a staff member who signs in."""

    id: UUID
    number: str
    roles: list[Role]
    unit_id: UUID
    unit_ids: list[UUID]
