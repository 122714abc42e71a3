from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from complaints.cases.rules import RootCause
from complaints.improvement.rules import ActionStatus, Origin
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class ImprovementAction(Table, table=True):
    """What is done about a cause, by whom and until when."""

    __tablename__ = "improvement_action"
    __table_args__ = (
        CheckConstraint("round >= 1 AND recurrences >= 0", name="numbers"),
        CheckConstraint("(status = 'done') = (check_from IS NOT NULL)", name="done"),
        CheckConstraint("status = 'canceled' OR end_reason IS NULL", name="canceled"),
        Index("improvement_action_due_on_id_idx", "due_on", "id"),
        Index("improvement_action_open_idx", "due_on", "id", postgresql_where=text("status = 'open'")),
        Index("improvement_action_owner_id_idx", "owner_id", "due_on", "id"),
        Index("improvement_action_origin_idx", "origin", "origin_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(default=1, sa_type=BigInteger)
    origin: Origin = coded(Origin)
    #: The case, the systemic issue or the finding that it answers.
    origin_id: UUID
    #: Null where no complaint can come again.
    root_cause: RootCause | None = coded(RootCause, default=None, nullable=True)
    product_id: UUID | None = None
    channel_id: UUID | None = None
    status: ActionStatus = coded(ActionStatus, default=ActionStatus.OPEN)
    #: Null once the file of the case was emptied.
    what: str | None = None
    owner_id: UUID
    #: The owner's unit as known when the owner was named.
    unit_id: UUID | None = None
    due_on: date
    #: 1 at first, one more each time it opens again.
    round: int = 1
    #: While it is done and not judged: the first day on which its effect is.
    check_from: date | None = None
    #: How many complaints came again after it was done.
    recurrences: int = 0
    opened_at: datetime = instant()
    opened_by: UUID
    end_reason: str | None = None
