from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from channel_commission.balances.rules import Basis, DayCount
from channel_commission.clawbacks.rules import MOST_STEPS, ClawbackForm
from channel_commission.rates.rules import Component, InvestorKind, RateKind, Window
from channel_commission.tariffs.rules import MOST_TIERS, Measure
from shared.http.bodies import Body, Read
from shared.money import Money, PositiveMoney

Rate = Annotated[
    str,
    StringConstraints(pattern=r"^(0(\.[0-9]{1,8})?|1(\.0{1,8})?)$"),
    Field(description="Fraction of the amount as a decimal in a string.", examples=["0.0060"]),
]
Months = Annotated[int, Field(ge=1, le=600, strict=True)]


class TierBody(Body):
    """A slice of the volume; an amount equal to `up_to` belongs to it. The last tier has no `up_to`."""

    up_to: PositiveMoney | None = None
    rate: Rate


class StepBody(Body):
    """Held for fewer whole months than `below_months`: `share` of the fee goes back."""

    below_months: Months
    share: Rate


class Clawback(Body):
    """What goes back on redemption, in proportion to what is redeemed.

    `linear_whole_months`: fee × months left / `months`; `linear_days`: fee × days left / `days`; `steps`: by bands.
    """

    form: ClawbackForm
    months: Months | None = None
    days: Annotated[int, Field(ge=1, le=18_300, strict=True)] | None = None
    steps: Annotated[list[StepBody], Field(min_length=1, max_length=MOST_STEPS)] | None = None


class PeriodCap(Body):
    """The most that the sales of one product earn in a calendar month or year under this rule."""

    amount: PositiveMoney
    per: Window


class PeriodFloor(Body):
    """The least that the sales of the product earn in a calendar month or year (保底), booked at its close.

    For a part of the period in which the rule holds and the channel may sell, the same part of the amount.
    """

    amount: PositiveMoney
    per: Window
    taken_back_by_later_fees: Annotated[
        bool,
        Field(description="Whether fees of the period known after its close reduce what was booked.", strict=True),
    ] = True


class ManagementFee(Body):
    """The house's management fee a year, and the largest part of it that may go to the channel."""

    rate: Rate
    share: Rate


class TrailingBody(Body):
    """How a trailing fee is measured: balance of each day × rate / days of the year, added up before rounding."""

    basis: Basis
    day_count: DayCount
    management_fee: ManagementFee | None = None
    goes_on_when_suspended: Annotated[
        bool, Field(description="Whether days on which the channel may not sell count as well.", strict=True)
    ] = False


class Split(Body):
    """A further channel and its share of every fee; the channel that sells gets what is left."""

    channel_id: UUID
    share: Rate


class RuleBody(Body):
    """A rate and the sales it holds for.

    `flat` has an `amount` per dealing, `percent` a `rate`, `marginal` (each slice its own rate) and `whole` (the tier
    reached prices all) have `tiers`, `trailing` a yearly `rate` and its terms. `override` gives a head office `rate` of
    every upfront fee its branches earn, beside that fee. Of several rules that fit a sale the most specific one holds:
    by product, then kind of product, share class, kind of investor.
    """

    product_id: Annotated[UUID | None, Field(description="Null: every product without a rule of its own.")] = None
    product_kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")] | None = None
    share_class: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,20}$")] | None = None
    investor_kind: InvestorKind | None = None
    kind: RateKind
    amount: PositiveMoney | None = None
    rate: Rate | None = None
    tiers: Annotated[list[TierBody], Field(min_length=1, max_length=MOST_TIERS)] | None = None
    measure: Annotated[Measure | None, Field(description="For tiers; the channel's month unless given.")] = None
    floor: Annotated[PositiveMoney | None, Field(description="What a dealing earns at least.")] = None
    cap: Annotated[PositiveMoney | None, Field(description="What a dealing earns at most.")] = None
    period_cap: PeriodCap | None = None
    period_floor: Annotated[PeriodFloor | None, Field(description="For a rule that names its product.")] = None
    clawback: Clawback | None = None
    trailing: TrailingBody | None = None
    splits: Annotated[list[Split], Field(min_length=1, max_length=20)] | None = None


Rules = Annotated[list[RuleBody], Field(min_length=1, max_length=500)]


class TierRead(Read):
    up_to: Money | None
    rate: str


class StepRead(Read):
    below_months: int
    share: str


class ClawbackRead(Read):
    form: ClawbackForm
    months: int | None
    days: int | None = None
    steps: list[StepRead] | None = None


class SplitRead(Read):
    channel_id: UUID
    share: str


class RuleRead(Read):
    id: UUID
    component: Component
    product_id: UUID | None
    product_kind: str | None
    share_class: str | None
    investor_kind: InvestorKind | None
    kind: RateKind
    amount: Annotated[Money | None, Field(description="For `flat`.")]
    rate: Annotated[str | None, Field(description="For `percent`, `trailing` and `override`.")]
    tiers: Annotated[list[TierRead] | None, Field(description="For `marginal` and `whole`.")]
    measure: Measure
    floor: Money | None
    cap: Money | None
    period_cap: PeriodCap | None
    period_floor: PeriodFloor | None
    clawback: ClawbackRead | None
    trailing: TrailingBody | None
    splits: list[SplitRead] | None
    valid_from: date
    valid_to: Annotated[date | None, Field(description="First day on which it no longer holds.")]
    is_in_force: bool

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        """Read a table row, in which every kind of rate is stored alike."""
        if isinstance(row, dict):
            return row
        tiers = [{"up_to": _money(fen), "rate": rate} for fen, rate in row.tiers]
        trailing = row.trailing_terms
        has_tiers = row.kind in (RateKind.MARGINAL, RateKind.WHOLE)
        is_one = row.kind in (RateKind.PERCENT, RateKind.OVERRIDE)
        rate = trailing["rate"] if trailing else tiers[0]["rate"] if is_one else None
        return {
            **row.model_dump(),
            "amount": _money(row.flat_fen),
            "rate": rate,
            "tiers": tiers if has_tiers else None,
            "floor": _money(row.floor_fen),
            "cap": _money(row.cap_fen),
            "period_cap": row.cap_window and {"amount": _money(row.window_cap_fen), "per": row.cap_window},
            "period_floor": row.floor_window and _floor(row),
            "clawback": _clawback(row),
            "trailing": trailing and _trailing(trailing),
            "splits": row.payees and [{"channel_id": id, "share": share} for id, share in row.payees],
        }


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money.from_fen(fen)


def _floor(row: Any) -> dict[str, Any]:
    back = row.floor_is_taken_back
    return {"amount": _money(row.window_floor_fen), "per": row.floor_window, "taken_back_by_later_fees": back}


def _clawback(row: Any) -> dict[str, Any] | None:
    if row.clawback_form is None:
        return None
    steps = row.clawback_steps and [{"below_months": months, "share": share} for months, share in row.clawback_steps]
    return {"form": row.clawback_form, "months": row.clawback_months, "days": row.clawback_days, "steps": steps}


def _trailing(written: dict[str, Any]) -> dict[str, Any]:
    fee = None
    if "management_rate" in written:
        fee = {"rate": written["management_rate"], "share": written["management_share"]}
    return {
        "basis": written["basis"],
        "day_count": written["day_count"],
        "management_fee": fee,
        "goes_on_when_suspended": written["goes_on"],
    }
