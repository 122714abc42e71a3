from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from channel_commission.accruals.rules import Method, calculate, exact_text
from channel_commission.accruals.schemas import AccrualRead
from channel_commission.dealings.rules import DealingKind
from channel_commission.explanations.rules import arithmetic
from channel_commission.products.rules import Bearer
from channel_commission.tariffs.rules import Slice
from shared.http.bodies import Read
from shared.money import Money


class KnownChannel(Read):
    channel_id: UUID
    bearer: Bearer
    product_id: Annotated[UUID | None, Field(description="The trust plan that bears the fees; null for the company.")]
    entries: int
    earned: Annotated[Money, Field(description="Fees whose business date lies in the month, wherever they are booked.")]
    booked: Annotated[Money, Field(description="Fees that stand in the month's settlement.")]


class KnownPeriod(Read):
    """A month as it looked at an instant: what was written later is left out, whatever it is about."""

    period: str
    at: datetime
    is_final: Annotated[
        bool, Field(description="False within a minute: something written before `at` may not be committed yet.")
    ]
    earned: Money
    booked: Money
    channels: list[KnownChannel]


class SliceRead(Read):
    up_to: Annotated[Money | None, Field(description="Largest volume of the tier; null for the last.")]
    rate: str
    volume: Annotated[Money, Field(description="How much of the volume lies in the tier.")]
    fee: str


class DealingFacts(Read):
    kind: DealingKind
    confirmation_number: str
    amount: Money
    confirmed_on: date
    is_reversed: bool


class RuleFacts(Read):
    rate_rule_id: UUID
    agreement_id: UUID
    agreement_number: str
    rate_card_version: int


class Why(Read):
    """How an entry came about: the facts, the rate's version and the arithmetic, calculated again just now."""

    accrual: AccrualRead
    settlement_id: Annotated[
        UUID | None, Field(description="The statement it stands in; null while its month is open.")
    ]
    dealing: Annotated[DealingFacts | None, Field(description="What earned it; null for a guarantee.")]
    rule: RuleFacts
    engine_version: str
    method: Method
    inputs: Annotated[dict[str, Any], Field(description="What the calculation was given, in fen.")]
    slices: list[SliceRead]
    arithmetic: Annotated[list[str], Field(description="The steps, amounts in yuan.")]
    exact: Annotated[str, Field(description="What is due in yuan, before rounding.")]
    due: Annotated[Money, Field(description="The same, rounded once, half away from zero.")]
    booked_before: Money
    amount: Annotated[Money, Field(description="`due` less `booked_before`.")]
    is_as_booked: Annotated[bool, Field(description="Whether the calculation gives what was booked.")]

    @classmethod
    def of(cls, entry: Any, dealing: Any, *, agreement_number: str, card: Any, settlement_id: UUID | None) -> Self:
        """Return the explanation of an entry, with the calculation done again."""
        found = calculate(entry.inputs)
        return cls(
            accrual=AccrualRead.model_validate(entry),
            settlement_id=settlement_id,
            dealing=None
            if dealing is None
            else DealingFacts(
                kind=dealing.kind,
                confirmation_number=dealing.confirmation_number,
                amount=Money.from_fen(dealing.amount_fen),
                confirmed_on=dealing.confirmed_on,
                is_reversed=dealing.reversed_by is not None,
            ),
            rule=RuleFacts(
                rate_rule_id=entry.rate_rule_id,
                agreement_id=card.agreement_id,
                agreement_number=agreement_number,
                rate_card_version=card.version,
            ),
            engine_version=entry.engine_version,
            method=entry.inputs["method"],
            inputs=entry.inputs,
            slices=[_slice(slice) for slice in found.slices],
            arithmetic=arithmetic(entry.inputs, found),
            exact=exact_text(found.exact),
            due=Money.from_fen(found.due_fen),
            booked_before=Money.from_fen(found.booked_before_fen),
            amount=Money.from_fen(found.amount_fen),
            is_as_booked=found.amount_fen == entry.amount_fen,
        )


def _slice(slice: Slice) -> SliceRead:
    up_to = slice.tier.up_to_fen
    return SliceRead(
        up_to=None if up_to is None else Money.from_fen(up_to),
        rate=str(slice.tier.rate),
        volume=Money.from_fen(slice.fen),
        fee=exact_text(slice.fee),
    )
