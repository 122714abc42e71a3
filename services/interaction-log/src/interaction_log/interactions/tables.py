from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from interaction_log.interactions.rules import (
    ConsentBasis,
    ContactOutcome,
    ContactPurpose,
    InteractionDirection,
    InteractionKind,
)
from interaction_log.table_base import Table
from shared.database import Aggregate, coded, document, instant


class Interaction(Aggregate, Table, table=True):
    """A contact with a client; the event key is the client."""

    __tablename__ = "interaction"
    __table_args__ = (
        UniqueConstraint("origin", "external_id"),
        CheckConstraint("(origin IS NULL) = (external_id IS NULL)", name="external_id_has_origin"),
        CheckConstraint("duration_seconds >= 0", name="duration_seconds"),
        Index("interaction_client_id_started_at_id_idx", "client_id", "started_at", "id"),
        Index("interaction_reached_idx", "client_id", "started_at", "id", postgresql_where=text("is_reached")),
    )

    client_id: UUID = Field(foreign_key="client_stub.id")
    kind: InteractionKind = coded(InteractionKind)
    direction: InteractionDirection = coded(InteractionDirection)
    started_at: datetime = instant()
    duration_seconds: int | None = None
    is_reached: bool
    outcome: ContactOutcome | None = coded(ContactOutcome, default=None, nullable=True)
    purpose: ContactPurpose | None = coded(ContactPurpose, default=None, nullable=True)
    product_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    summary: str | None = None
    attributes: dict[str, Any] = document()
    staff_id: UUID | None = None
    consent_basis: ConsentBasis | None = coded(ConsentBasis, default=None, nullable=True)
    origin: str | None = None
    external_id: str | None = None
    recorded_at: datetime = instant()
    recorded_by: str


class InteractionVersion(Table, table=True):
    """What stood in an interaction before a correction; never changed, never deleted."""

    __tablename__ = "interaction_version"

    interaction_id: UUID = Field(foreign_key="interaction.id", primary_key=True)
    version: int = Field(primary_key=True)
    content: dict[str, Any] = document()
    replaced_at: datetime = instant()
    replaced_by: str
    #: Why, in the words of who corrected it; null when its origin sent it anew.
    reason: str | None = None
