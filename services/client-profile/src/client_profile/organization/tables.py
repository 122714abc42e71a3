from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from client_profile.table_base import Table
from shared.database import Aggregate, instant
from shared.ids import new_id


class OrganizationUnit(Table, table=True):
    __tablename__ = "organization_unit"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    parent_id: UUID | None = Field(default=None, foreign_key="organization_unit.id")
    created_at: datetime = instant()


class Staff(Aggregate, Table, table=True):
    __tablename__ = "staff"

    number: str = Field(unique=True)
    name: str
    unit_id: UUID = Field(foreign_key="organization_unit.id", index=True)
    roles: list[str] = Field(sa_type=ARRAY(TEXT))
    joined_at: datetime = instant()
    left_at: datetime | None = instant(default=None, nullable=True)
