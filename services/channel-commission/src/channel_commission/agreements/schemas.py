from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from channel_commission.agreements.rules import CardStatus, ClawbackForm
from channel_commission.channels.schemas import BusinessDate
from channel_commission.tariffs.rules import MOST_TIERS, TariffKind
from shared.http.bodies import Body, Read, Text
from shared.money import Money, PositiveMoney

Rate = Annotated[
    str,
    StringConstraints(pattern=r"^(0(\.[0-9]{1,8})?|1(\.0{1,8})?)$"),
    Field(description="Fraction of the amount as a decimal in a string.", examples=["0.0060"]),
]


class TierBody(Body):
    """A slice of the month's volume; an amount equal to `up_to` belongs to it. The last tier has no `up_to`."""

    up_to: PositiveMoney | None = None
    rate: Rate


class Clawback(Body):
    """On redemption, fee × months left / months goes back, for whole months held below `months`."""

    months: Annotated[int, Field(ge=1, le=600, strict=True)]
    form: ClawbackForm


class RuleBody(Body):
    """The rate of one product: `percent` with a `rate`, or `marginal` with `tiers`."""

    product_id: Annotated[UUID | None, Field(description="Null: every product without a rule of its own.")] = None
    kind: TariffKind
    rate: Rate | None = None
    tiers: Annotated[list[TierBody], Field(min_length=1, max_length=MOST_TIERS)] | None = None
    clawback: Clawback | None = None


Rules = Annotated[list[RuleBody], Field(min_length=1, max_length=500)]


class AgreementCreate(Body):
    """An agreement with the first version of its rate card. Days are half-open: `valid_to` is the first day after."""

    channel_id: UUID
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕/-]{1,60}$")]
    valid_from: BusinessDate
    valid_to: BusinessDate | None = None
    rules: Rules


class CardCreate(Body):
    """A further version of the rate card; it takes over from `valid_from` on, once approved."""

    valid_from: BusinessDate
    rules: Rules


class CardChange(Body):
    rules: Rules


class Rejection(Body):
    reason: Text


class TierRead(Read):
    up_to: Money | None
    rate: str


class RuleRead(Read):
    id: UUID
    product_id: UUID | None
    kind: TariffKind
    rate: Annotated[str | None, Field(description="For `percent`.")]
    tiers: Annotated[list[TierRead] | None, Field(description="For `marginal`.")]
    clawback: Clawback | None
    valid_from: date
    valid_to: Annotated[date | None, Field(description="First day on which it no longer holds.")]
    is_in_force: bool

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        """Read a table row: its tiers are stored alike for both kinds."""
        if isinstance(row, dict):
            return row
        is_percent = row.kind is TariffKind.PERCENT
        tiers = [{"up_to": None if fen is None else Money.from_fen(fen), "rate": rate} for fen, rate in row.tiers]
        months, form = row.clawback_months, row.clawback_form
        return {
            **row.model_dump(),
            "rate": tiers[0]["rate"] if is_percent else None,
            "tiers": None if is_percent else tiers,
            "clawback": None if months is None else {"months": months, "form": form},
        }


class CardRead(Read):
    version: int
    status: CardStatus
    edits: int
    valid_from: date
    created_by: UUID
    created_at: datetime
    changed_by: UUID | None
    submitted_by: UUID | None
    submitted_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    rules: list[RuleRead]


class AgreementRead(Read):
    id: UUID
    channel_id: UUID
    number: str
    valid_from: date
    valid_to: date | None
    created_at: datetime
    cards: list[CardRead]
