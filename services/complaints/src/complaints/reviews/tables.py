from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.cases.rules import InformMethod
from complaints.reviews.rules import Outcome
from complaints.table_base import Table
from shared.database import coded


class Review(Table, table=True):
    """The answer to a complainant's request for a review, and its clock."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="decided"),
        CheckConstraint("informed_on IS NULL OR decided_on IS NOT NULL", name="informed"),
        Index("review_waiting_idx", "due_on", "complaint_id", postgresql_where=text("informed_on IS NULL")),
    )

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    #: Null for imported cases, whose origin does not tell the day of the request.
    requested_on: date | None = None
    due_on: date | None = None
    rule_version: str | None = None
    #: The branch that handled and the office above it; null if head office handled.
    branch_id: UUID | None = None
    superior_id: UUID | None = None
    outcome: Outcome | None = coded(Outcome, default=None, nullable=True)
    is_upheld: bool | None = None
    findings: str | None = None
    basis: str | None = None
    remedies: str | None = None
    decided_on: date | None = None
    decided_by: UUID | None = None
    follow_up_id: UUID | None = Field(default=None, foreign_key="complaint.id")
    informed_on: date | None = None
    inform_method: InformMethod | None = coded(InformMethod, default=None, nullable=True)
    inform_proof: str | None = None
    is_in_time: bool | None = None
