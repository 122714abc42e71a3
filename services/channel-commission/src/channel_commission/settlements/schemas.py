from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.channels.schemas import BusinessDate
from channel_commission.cycles.rules import Run
from channel_commission.products.rules import Bearer
from channel_commission.settlements.rules import StatementStatus, carried_fen, payable_fen
from channel_commission.taxes.rules import TaxStatus, Terms, between, withheld_fen
from shared.http.bodies import Body, RowRead, Text
from shared.money import Money

Digest = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(description="The statement's digest as you read it; what you approve is exactly that."),
]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z-]+$")]


class Check(Body):
    digest: Digest


class Confirmation(Body):
    digest: Digest
    evidence: Annotated[Text | None, Field(description="For staff: where the channel's own confirmation is kept.")] = (
        None
    )


class Payment(Body):
    paid_on: BusinessDate
    reference: Annotated[Reference, Field(description="The bank's reference of the payment.")]


class Void(Body):
    reason: Annotated[Text, Field(description="What is wrong with it.")]


class StatementRead(RowRead):
    """opening + entries_total = closing = payable + carried; payable = net + vat."""

    id: UUID
    version: int
    channel_id: UUID
    period: str
    run: Annotated[Run, Field(description="Whether it is of a month, of a quarter, or of a plan's establishment.")]
    run_zh: str
    bearer: Bearer
    product_id: Annotated[
        UUID | None,
        Field(description="The trust plan that bears the fees or whose establishment is settled; null otherwise."),
    ]
    status: StatementStatus
    status_zh: str
    months: Annotated[list[str], Field(description="Months whose entries it takes: more than one after a void one.")]
    void_into: Annotated[str | None, Field(description="The month whose statement takes all of it, once void.")]
    void_reason: str | None
    opening: Annotated[
        Money,
        Field(description="Negative balance carried from the statement before, and what was held of earlier ones."),
    ]
    entries: Annotated[int, Field(description="How many entries.")]
    entries_total: Money
    closing: Money
    held: Annotated[Money, Field(description="Disputed lines: not paid with this statement.")]
    payable: Money
    carried: Annotated[
        Money,
        Field(description="What is not paid: a negative balance, or what is held; later statements open with it."),
    ]
    tax_status: TaxStatus
    vat_rate: Annotated[str, Field(description="Rate of value added tax in all amounts.", examples=["0.06"])]
    tax_policy: Annotated[str, Field(description="Version of the policy row (`tax.vat`) that says so.")]
    net: Annotated[Money, Field(description="Of the payable amount, without value added tax.")]
    vat: Annotated[Money, Field(description="Value added tax in the payable amount.")]
    withheld: Annotated[Money, Field(description="Tax that the house pays in the channel's place (代扣代缴).")]
    recovered: Annotated[Money, Field(description="Advances covered by it; known once the payment is approved.")]
    payment: Annotated[Money | None, Field(description="What the bank pays; null until the payment is approved.")]
    digest: str
    calculated_at: datetime
    checked_by: UUID | None
    sent_by: UUID | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    evidence: str | None
    invoice_number: str | None
    invoiced_by: UUID | None
    payment_approved_by: UUID | None
    paid_on: date | None
    payment_reference: str | None
    paid_by: UUID | None

    @classmethod
    def _beside(cls, row: Any) -> dict[str, Any]:
        payable = payable_fen(row.closing_fen, row.held_fen)
        split = between(0, payable, row.vat_rate)
        withheld = withheld_fen(payable, Terms(row.vat_rate, row.is_vat_withheld))
        return {
            "vat_rate": f"{row.vat_rate.normalize():f}",
            "net": Money.from_fen(split.net),
            "vat": Money.from_fen(split.vat),
            "withheld": Money.from_fen(withheld),
            "entries_total": Money.from_fen(row.entries_fen),
            "payable": Money.from_fen(payable),
            "carried": Money.from_fen(carried_fen(row.closing_fen, row.held_fen)),
        }
