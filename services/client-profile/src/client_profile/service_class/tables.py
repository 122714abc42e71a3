from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from client_profile.clients.rules import ServiceClass
from client_profile.table_base import Table
from shared.database import coded, fen


class ClassStanding(Table, table=True):
    """What `client.service_class` follows from: `rules.Standing`, and an override if there is one."""

    __tablename__ = "class_standing"
    __table_args__ = (
        CheckConstraint("aum_fen >= 0", name="aum"),
        CheckConstraint(
            "num_nulls(override_class, override_reason, override_by, override_until) IN (0, 4)", name="override"
        ),
        Index("class_standing_review_due_on_idx", "review_due_on", postgresql_where=text("review_due_on IS NOT NULL")),
    )

    client_id: UUID = Field(foreign_key="client.id", primary_key=True)
    computed_class: ServiceClass = coded(ServiceClass)
    aum_fen: int = fen()
    reviews_missed: int
    as_of: date
    rule_version: str
    #: When time alone changes something next: a review with a step down pending, or the end of an override.
    review_due_on: date | None = None
    override_class: ServiceClass | None = coded(ServiceClass, default=None, nullable=True)
    override_reason: str | None = None
    override_by: UUID | None = None
    override_until: date | None = None
