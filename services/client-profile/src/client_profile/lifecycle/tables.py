from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from client_profile.clients.rules import ScreeningResult
from client_profile.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class Screening(Table, table=True):
    __tablename__ = "screening"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    result: ScreeningResult = coded(ScreeningResult)
    list_version: str
    note: str | None = None
    screened_by: UUID
    screened_at: datetime = instant()
