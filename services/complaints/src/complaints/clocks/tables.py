from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from complaints.clocks.rules import LIMITS, EntryKind
from complaints.table_base import Table
from shared.database import coded, instant

_WITH_LIMIT = ", ".join(f"'{kind}'" for kind in sorted(LIMITS))


class ClockEntry(Table, table=True):
    """What happened to the legal clock of a case, and the due date that followed; append-only."""

    __tablename__ = "clock_entry"
    __table_args__ = (CheckConstraint(f"(limit_days IS NOT NULL) = (kind IN ({_WITH_LIMIT}))", name="limit"),)

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    #: Version of the case in the event that made the entry; with the case's id it names that event.
    event_version: int = Field(primary_key=True, sa_type=BigInteger)
    event_type: str
    kind: EntryKind = coded(EntryKind)
    happened_on: date
    recorded_at: datetime = instant()
    recorded_by: str
    limit_days: int | None = None
    rule_version: str | None = None
    rule_source: str | None = None
    due_on: date
    reason: str | None = None
    complainant_told_on: date | None = None
