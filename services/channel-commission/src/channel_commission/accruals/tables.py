from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from channel_commission.accruals.rules import EntryKind
from channel_commission.cycles.rules import Run
from channel_commission.products.rules import Bearer
from channel_commission.rates.rules import Component
from channel_commission.table_base import Table
from shared.database import Aggregate, coded, document, fen, instant


class AccrualEntry(Aggregate, Table, table=True):
    """A fee entry; never changed, never deleted: a correction is a further entry."""

    __tablename__ = "accrual_entry"
    __table_args__ = (
        UniqueConstraint("event_id", "component", "kind", "seq"),
        CheckConstraint("booked_period >= earned_period", name="periods"),
        CheckConstraint(
            "(component = 'guarantee') = (dealing_id IS NULL) AND (dealing_id IS NULL) = (client_id IS NULL)",
            name="dealing",
        ),
        Index("accrual_entry_booked_period_idx", "booked_period", "channel_id", "bearer", "product_id", "id"),
        Index("accrual_entry_earned_period_idx", "earned_period", "known_at"),
        Index("accrual_entry_rate_rule_id_idx", "rate_rule_id", "product_id", "earned_period"),
        Index("accrual_entry_channel_id_idx", "channel_id", "id"),
        Index("accrual_entry_client_id_idx", "client_id", "id"),
        Index("accrual_entry_at_establishment_idx", "product_id", postgresql_where=text("run = 'at_establishment'")),
    )

    channel_id: UUID = Field(foreign_key="channel.id")
    rate_rule_id: UUID = Field(foreign_key="rate_rule.id")
    product_id: UUID
    bearer: Bearer = coded(Bearer)
    #: The dealing that earned it and its client; null for a guarantee, which none earned.
    dealing_id: UUID | None = Field(default=None, foreign_key="dealing.id", index=True)
    client_id: UUID | None = None
    #: The event that caused it.
    event_id: UUID
    #: Which fee of the sale.
    component: Component = coded(Component)
    kind: EntryKind = coded(EntryKind)
    seq: int
    #: What it is measured on; negative where volume is taken back.
    base_fen: int = fen()
    #: What was due by then in yuan, before rounding.
    exact: str
    amount_fen: int = fen()
    #: Month of the business date.
    earned_period: str = Field(sa_type=CHAR(7))
    #: Month in whose settlement it stands.
    booked_period: str = Field(sa_type=CHAR(7), foreign_key="period.period")
    business_date: date
    #: Which statements it belongs to.
    run: Run = coded(Run, default=Run.MONTHLY)
    corrects_entry_id: UUID | None = Field(default=None, foreign_key="accrual_entry.id")
    engine_version: str
    #: What `accruals.rules.calculate` was given.
    inputs: dict[str, Any] = document()
    recorded_at: datetime = instant()
    #: When this service wrote it, by the clock of its database; by this one asks what was known at some instant.
    known_at: datetime | None = instant(
        default=None, nullable=False, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
