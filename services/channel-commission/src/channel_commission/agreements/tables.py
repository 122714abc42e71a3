from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from channel_commission.agreements.rules import CardStatus, ClawbackForm
from channel_commission.table_base import Table
from channel_commission.tariffs.rules import TariffKind
from shared.database import coded, instant
from shared.ids import new_id

#: Stands for "all other products" where PostgreSQL must compare.
_ANY_PRODUCT = "coalesce(product_id, '00000000-0000-0000-0000-000000000000'::uuid)"


class Agreement(Table, table=True):
    """A contract with a channel; its rates stand in versions of its rate card."""

    __tablename__ = "agreement"
    __table_args__ = (CheckConstraint("valid_to > valid_from", name="validity"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    number: str = Field(unique=True)
    valid_from: date
    #: First day on which it no longer holds.
    valid_to: date | None = None
    created_at: datetime = instant()


class RateCard(Table, table=True):
    __tablename__ = "rate_card"
    __table_args__ = (
        UniqueConstraint("agreement_id", "version"),
        CheckConstraint(
            "decided_by <> created_by AND (changed_by IS NULL OR decided_by <> changed_by)"
            " AND decided_by <> submitted_by",
            name="two_people",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agreement_id: UUID = Field(foreign_key="agreement.id")
    version: int
    status: CardStatus = coded(CardStatus, default=CardStatus.DRAFT)
    valid_from: date
    #: Counts changes of the draft; the ETag.
    edits: int = 1
    created_by: UUID
    created_at: datetime = instant()
    #: Who last replaced the rules of the draft.
    changed_by: UUID | None = None
    submitted_by: UUID | None = None
    submitted_at: datetime | None = instant(default=None, nullable=True)
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)


class RateRule(Table, table=True):
    """The rate of one product in one version. Only its days can still be shortened once it is submitted."""

    __tablename__ = "rate_rule"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint("(clawback_months IS NULL) = (clawback_form IS NULL)", name="clawback"),
        ExcludeConstraint(
            ("channel_id", "="),
            (text(_ANY_PRODUCT), "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="rate_rule_no_overlap",
            using="gist",
            where=text("is_in_force"),
        ),
        Index("rate_rule_channel_id_idx", "channel_id", postgresql_where=text("is_in_force")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    card_id: UUID = Field(foreign_key="rate_card.id", index=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    #: Null: every product without a rule of its own.
    product_id: UUID | None = None
    kind: TariffKind = coded(TariffKind)
    #: `[[largest fen or null, "rate"], …]`, see `tariffs.rules.Tariff.as_json`.
    tiers: list[list[Any]] = Field(sa_type=JSONB)
    clawback_months: int | None = None
    clawback_form: ClawbackForm | None = coded(ClawbackForm, default=None, nullable=True)
    valid_from: date
    valid_to: date | None = None
    #: Whether its version is approved and its days were not taken by a later one.
    is_in_force: bool = False
