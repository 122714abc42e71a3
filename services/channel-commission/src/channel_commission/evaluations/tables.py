from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.evaluations.rules import Conformity, EvaluationKind, EvaluationStatus, Stability, Stage
from channel_commission.scorecards.rules import Grade
from channel_commission.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class Evaluation(Table, table=True):
    """An evaluation of a channel: due, done by one person, decided by another."""

    __tablename__ = "evaluation"
    __table_args__ = (
        CheckConstraint("decided_by <> evaluated_by", name="two_people"),
        CheckConstraint("status NOT IN ('passed', 'failed') OR decided_by IS NOT NULL", name="decided"),
        Index(
            "evaluation_one_to_do_key",
            "channel_id",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('due', 'submitted') AND kind <> 'risk_event'"),
        ),
        Index("evaluation_unsettled_idx", "due_on", postgresql_where=text("settled_at IS NULL")),
        Index("evaluation_channel_id_decided_on_idx", "channel_id", "decided_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    kind: EvaluationKind = coded(EvaluationKind)
    #: The risk event that called for it; one evaluation each.
    trigger_id: UUID | None = Field(default=None, unique=True)
    status: EvaluationStatus = coded(EvaluationStatus, default=EvaluationStatus.DUE)
    stage: Stage = coded(Stage, default=Stage.NONE)
    opened_at: datetime = instant()
    #: Last day on which it is in time.
    due_on: date
    scorecard_id: UUID | None = Field(default=None, foreign_key="channel_scorecard.id")
    grade: Grade | None = coded(Grade, default=None, nullable=True)
    stability: Stability | None = coded(Stability, default=None, nullable=True)
    stability_findings: str | None = None
    conformity: Conformity | None = coded(Conformity, default=None, nullable=True)
    conformity_findings: str | None = None
    evidence: str | None = None
    evaluated_by: UUID | None = None
    evaluated_at: datetime | None = instant(default=None, nullable=True)
    #: What stood against it, once decided.
    against: list[str] | None = document(default=None, nullable=True)
    decision_note: str | None = None
    decided_by: UUID | None = None
    decided_on: date | None = None
    #: When nothing follows from it any more: it passed, or a later one did.
    settled_at: datetime | None = instant(default=None, nullable=True)
