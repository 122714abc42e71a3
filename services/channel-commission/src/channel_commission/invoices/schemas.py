from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from channel_commission.channels.schemas import BusinessDate, CreditCode
from channel_commission.invoices.rules import InvoiceKind
from channel_commission.settlements.schemas import Reference
from shared.http.bodies import Body, RowRead, ShortText, Text
from shared.money import Money, PositiveMoney


def _not_negative(value: Money) -> Money:
    if value.amount < 0:
        raise ValueError("must not be below 0.00")
    return value


def _not_positive(value: Money) -> Money:
    if value.amount > 0:
        raise ValueError("must not be above 0.00")
    return value


def _negative(value: Money) -> Money:
    if value.amount >= 0:
        raise ValueError("must be less than 0.00")
    return value


Code = Annotated[str, StringConstraints(pattern=r"^([0-9]{10}|[0-9]{12})$")]


class _Numbered(Body):
    code: Annotated[Code | None, Field(description="发票代码; none on fully digital (数电) and foreign invoices.")] = (
        None
    )
    number: Annotated[Reference, Field(description="发票号码: 8 digits with a code, 20 without.")]
    issued_on: BusinessDate


class InvoiceCreate(_Numbered):
    """A channel's invoice as printed; amounts as on its last row."""

    kind: InvoiceKind
    buyer_name: Annotated[ShortText, Field(description="购买方名称 (抬头): our registered name.")]
    buyer_uscc: CreditCode
    seller_uscc: CreditCode | None = None
    net: Annotated[PositiveMoney, Field(description="金额: without tax.")]
    vat: Annotated[Money, AfterValidator(_not_negative), Field(description="税额.")]


class RedLetterCreate(_Numbered):
    """A red-letter invoice (红字发票): names what it takes back of another, amounts below zero as printed."""

    net: Annotated[Money, AfterValidator(_negative), Field(description="金额 without tax, below zero.")]
    vat: Annotated[Money, AfterValidator(_not_positive), Field(description="税额, not above zero.")]
    reason: Text


class InvoiceRead(RowRead):
    id: UUID
    statement_id: UUID
    channel_id: UUID
    kind: InvoiceKind
    kind_zh: str
    code: str | None
    number: str
    issued_on: date
    buyer_name: str
    buyer_uscc: str
    seller_uscc: str | None
    net: Money
    vat: Money
    total: Annotated[Money, Field(description="价税合计: net + vat.")]
    red_letter_of: Annotated[UUID | None, Field(description="The invoice that this one takes back.")]
    reason: str | None
    recorded_by: UUID
    recorded_at: datetime

    @classmethod
    def _beside(cls, row: Any) -> dict[str, Any]:
        return {"total": Money.from_fen(row.net_fen + row.vat_fen)}
