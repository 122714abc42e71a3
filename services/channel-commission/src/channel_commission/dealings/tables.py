from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.dealings.rules import DealingKind, Refusal
from channel_commission.products.rules import Bearer
from channel_commission.table_base import Table
from shared.database import coded, fen, instant


class Dealing(Table, table=True):
    """A dealing as client-profile told of it, and what was decided about its fee."""

    __tablename__ = "dealing"
    __table_args__ = (
        CheckConstraint("(rate_rule_id IS NULL AND trailing_rule_id IS NULL) = (bearer IS NULL)", name="terms"),
        Index("dealing_rate_rule_id_confirmed_on_idx", "rate_rule_id", "confirmed_on"),
        Index("dealing_trailing_rule_id_confirmed_on_idx", "trailing_rule_id", "confirmed_on"),
        Index(
            "dealing_override_idx",
            "override_rule_id",
            "confirmed_on",
            postgresql_where=text("override_rule_id IS NOT NULL"),
        ),
        Index("dealing_trailing_idx", "trailing_through", "id", postgresql_where=text("trailing_rule_id IS NOT NULL")),
        Index("dealing_channel_id_product_id_idx", "channel_id", "product_id", "confirmed_on"),
        Index("dealing_refused_idx", "id", postgresql_where=text("refusal IS NOT NULL")),
        Index("dealing_channel_id_refused_idx", "channel_id", "id", postgresql_where=text("refusal IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    kind: DealingKind = coded(DealingKind)
    #: The event that told of it; null while only its reversal is known.
    event_id: UUID | None = None
    client_id: UUID
    product_id: UUID
    share_class: str = ""
    channel_id: UUID | None = None
    confirmation_number: str
    amount_fen: int = fen()
    #: Its business date (Asia/Shanghai).
    confirmed_on: date
    heard_at: datetime = instant()
    #: The subscription a redemption redeems.
    subscription_id: UUID | None = Field(default=None, index=True)
    is_full: bool = False
    #: The event that took it back.
    reversed_by: UUID | None = None
    #: Its terms, decided once; null where it earns nothing.
    rate_rule_id: UUID | None = Field(default=None, foreign_key="rate_rule.id")
    trailing_rule_id: UUID | None = Field(default=None, foreign_key="rate_rule.id")
    #: What its channel's head office of that day gets of the upfront fee.
    override_rule_id: UUID | None = Field(default=None, foreign_key="rate_rule.id")
    #: The last month whose trailing fee is booked.
    trailing_through: str | None = Field(default=None, sa_type=CHAR(7))
    bearer: Bearer | None = coded(Bearer, default=None, nullable=True)
    refusal: Refusal | None = coded(Refusal, default=None, nullable=True)
