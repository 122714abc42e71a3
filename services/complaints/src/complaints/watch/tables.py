from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.table_base import Table
from complaints.watch.rules import Subject
from shared.database import coded, instant
from shared.ids import new_id


class MassAlert(Table, table=True):
    """Many complaints over one product or channel; one alert at a time, until somebody closes it."""

    __tablename__ = "mass_alert"
    __table_args__ = (
        CheckConstraint("first_on <= last_on AND complaints > 0", name="window"),
        Index("mass_alert_open_key", "subject", "subject_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("mass_alert_raised_at_idx", "raised_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject: Subject = coded(Subject)
    subject_id: UUID
    #: Days of receipt of the first and the last complaint counted, and how many there are.
    first_on: date
    last_on: date
    complaints: int
    rule_version: str
    raised_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: str | None = None
    note: str | None = None
