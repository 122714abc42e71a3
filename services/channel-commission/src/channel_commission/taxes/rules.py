"""Value added tax (增值税) in fees: fees are agreed and booked with it; how much of them it is, depends on the channel.

Each figure of a statement is rounded once, half away from zero, on the running total: a line's net amount is that of
the total with it less that of the total without it. So lines add up to the statement's net and tax in every order,
and the statement's own split is the one a single invoice over it shows. A sum of lines rounded one by one drifts away
from that by up to half a fen per line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shared.codes import Code
from shared.errors import Conflict
from shared.money import round_fen


class TaxStatus(Code):
    """How a channel is registered for value added tax."""

    GENERAL = "general", "一般纳税人"
    SMALL_SCALE = "small_scale", "小规模纳税人"
    NON_RESIDENT = "non_resident", "境外单位（代扣代缴）"


class TaxMonthClosed(Conflict):
    """The statement of that month is frozen with the status known then."""

    code = "tax_month_closed"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for channels of a status.

    Attributes:
        rate: Rate or levy rate, of the amount without tax: 0.06.
        is_withheld: The house pays the tax in the channel's place (代扣代缴), and the channel the rest.
    """

    rate: Decimal
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class Split:
    """An amount with tax, in fen: net + vat."""

    net: int
    vat: int


def terms(value: Mapping[str, Any]) -> dict[TaxStatus, Terms]:
    """Return what a policy row `tax.vat` says of each status.

    Raises:
        KeyError: it does not name one.
    """
    return {status: Terms(Decimal(value[status]["rate"]), bool(value[status]["withheld"])) for status in TaxStatus}


def between(before_fen: int, after_fen: int, rate: Decimal) -> Split:
    """Return the split of what makes a running total of `before_fen` one of `after_fen`, both with tax.

    Source: 财税〔2016〕36号 附件1 第二十三条 (amount without tax = amount with it / (1 + rate)).
    """
    net = _net(after_fen, rate) - _net(before_fen, rate)
    return Split(net, after_fen - before_fen - net)


def along(before_fen: int, amounts: Iterable[int], rate: Decimal) -> Iterator[Split]:
    """Yield the split of each of `amounts`, which follow a running total of `before_fen`."""
    for fen in amounts:
        yield between(before_fen, before_fen + fen, rate)
        before_fen += fen


def invoiced_as(payable_fen: int, terms: Terms) -> Split:
    """Return what all invoices over a payment are over together; from abroad they show no value added tax."""
    return Split(payable_fen, 0) if terms.is_withheld else between(0, payable_fen, terms.rate)


def withheld_fen(payable_fen: int, terms: Terms) -> int:
    """Return what goes to the tax office of a payment in the channel's place, in fen.

    Source: 财税〔2016〕36号 附件1 第二十条 (price paid / (1 + rate) × rate).
    """
    return between(0, payable_fen, terms.rate).vat if terms.is_withheld else 0


def require_month_open(valid_from: date, closed_through: str | None) -> None:
    """Refuse a status that would have held in a month whose statements are frozen.

    Raises:
        TaxMonthClosed: as said; tells the last closed month.
    """
    if closed_through is not None and f"{valid_from:%Y-%m}" <= closed_through:
        raise TaxMonthClosed(f"{closed_through} is closed; a status holds after it only.", closed=closed_through)


def _net(gross_fen: int, rate: Decimal) -> int:
    return round_fen(Decimal(gross_fen).scaleb(-2) / (1 + rate))
