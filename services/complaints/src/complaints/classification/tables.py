from datetime import date, datetime

from sqlmodel import Field

from complaints.cases.rules import Reason
from complaints.classification.rules import Dimension
from complaints.table_base import Table
from shared.database import coded, instant


class ClassificationCode(Table, table=True):
    """A code of the three-dimensional classification; given once, ended but never changed."""

    __tablename__ = "classification_code"

    dimension: Dimension = coded(Dimension, primary_key=True)
    code: str = Field(primary_key=True)
    parent: str | None = None
    name: str
    is_other: bool = False
    reason_class: Reason | None = coded(Reason, default=None, nullable=True)
    valid_from: date
    valid_to: date | None = None
    source: str
    added_by: str
    added_at: datetime = instant()
    ended_by: str | None = None
