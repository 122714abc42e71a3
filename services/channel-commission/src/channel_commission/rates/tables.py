from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from channel_commission.clawbacks.rules import ClawbackForm
from channel_commission.cycles.rules import Cycle
from channel_commission.rates.rules import Component, InvestorKind, RateKind, Window
from channel_commission.table_base import Table
from channel_commission.tariffs.rules import Measure
from shared.database import coded, fen
from shared.ids import new_id

#: Stands for "all other products" where PostgreSQL must compare.
_ANY_PRODUCT = "coalesce(product_id, '00000000-0000-0000-0000-000000000000'::uuid)"


class RateRule(Table, table=True):
    """A rate in one version of a rate card. Only its days can still be shortened once that is submitted."""

    __tablename__ = "rate_rule"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint(
            "(clawback_form IS NULL) = (clawback_months IS NULL AND clawback_days IS NULL)", name="clawback"
        ),
        CheckConstraint("(component = 'trailing') = (trailing_terms IS NOT NULL)", name="trailing"),
        CheckConstraint("(cap_window IS NULL) = (window_cap_fen IS NULL)", name="window_cap"),
        CheckConstraint("(floor_window IS NULL) = (window_floor_fen IS NULL)", name="window_floor"),
        CheckConstraint("window_floor_fen IS NULL OR product_id IS NOT NULL", name="floor_scope"),
        CheckConstraint("product_id IS NULL OR product_kind IS NULL", name="scope"),
        ExcludeConstraint(
            ("channel_id", "="),
            ("component", "="),
            (text(_ANY_PRODUCT), "="),
            (text("coalesce(product_kind, '')"), "="),
            (text("coalesce(share_class, '')"), "="),
            (text("coalesce(investor_kind, '')"), "="),
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
    component: Component = coded(Component, default=Component.UPFRONT)
    #: For which sales it holds; null: for all without a more specific rule.
    product_id: UUID | None = None
    product_kind: str | None = None
    share_class: str | None = None
    investor_kind: InvestorKind | None = coded(InvestorKind, default=None, nullable=True)
    kind: RateKind = coded(RateKind)
    measure: Measure = coded(Measure, default=Measure.DEAL)
    #: `[[largest fen or null, "rate"], …]`, see `tariffs.rules.Tariff.as_json`.
    tiers: list[list[Any]] = Field(sa_type=JSONB)
    flat_fen: int | None = fen(default=None, nullable=True)
    #: What a dealing earns at least and at most.
    floor_fen: int | None = fen(default=None, nullable=True)
    cap_fen: int | None = fen(default=None, nullable=True)
    #: The most that a month or year earns.
    window_cap_fen: int | None = fen(default=None, nullable=True)
    cap_window: Window | None = coded(Window, default=None, nullable=True)
    #: The least that a month or year earns, and whether later fees of it take back what was booked.
    window_floor_fen: int | None = fen(default=None, nullable=True)
    floor_window: Window | None = coded(Window, default=None, nullable=True)
    floor_is_taken_back: bool = True
    clawback_form: ClawbackForm | None = coded(ClawbackForm, default=None, nullable=True)
    clawback_months: int | None = None
    clawback_days: int | None = None
    #: `[[months, "share"], …]`
    clawback_steps: list[list[Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    #: See `balances.rules.Trailing.as_json`.
    trailing_terms: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    #: Further channels with a share: `[[channel, "share"], …]`.
    payees: list[list[Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    #: That of its agreement.
    cycle: Cycle = coded(Cycle, default=Cycle.MONTHLY)
    valid_from: date
    valid_to: date | None = None
    #: Whether its version is approved and its days were not taken by a later one.
    is_in_force: bool = False
