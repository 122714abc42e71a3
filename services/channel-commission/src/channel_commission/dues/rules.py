"""Dues: what a channel is paid for a month, and where that is nothing, why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from channel_commission.cycles.rules import Run
from shared.codes import Code


class Why(Code):
    """Why a month pays less than its sales would earn, or nothing."""

    MONTH_OPEN = "month_open", "当月尚未关账"
    QUARTER_OPEN = "quarter_open", "按季结算，季末月关账后出具结算单"
    ESTABLISHMENT_OPEN = "establishment_open", "产品成立结算尚未完成"
    NO_SALES = "no_sales", "当月无已确认的销售或保有"
    SALES_REFUSED = "sales_refused", "销售不符合计佣条件"
    SALES_TAKEN_BACK = "sales_taken_back", "销售已冲回"
    BOOKED_LATER = "booked_later", "当月费用计入后续月份"
    WITHHELD = "withheld", "费用暂缓支付"
    DISPUTED = "disputed", "异议款项处理中"
    DEBT = "debt", "余额不为正，结转下期"
    NOTHING_EARNED = "nothing_earned", "应计费用合计为零"


class Reason(NamedTuple):
    """One of them.

    Attributes:
        why: Which.
        detail: A refusal's code, or the month at whose close the statement comes; None where there is none.
        sales: How many sales it concerns; None where they are not counted.
        fen: The amount concerned; None where it has none.
    """

    why: Why
    detail: str | None = None
    sales: int | None = None
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a channel's month.

    Attributes:
        is_closed: Whether the month is closed.
        sales: Sales confirmed in it that stand.
        taken_back: Sales confirmed in it that were reversed.
        refused: Those of `sales` that earn nothing, by the reason's code.
        booked: Fees booked into it, by run; no entry where none is.
        waiting: Those of them whose statement has not come out, by run.
        later_fen: Fees earned in it and booked into later months.
        withheld_fen: What is withheld of the fees booked (negative or 0).
        disputed_fen: What is out for open disputes (negative or 0).
        closing: Closing balance of each statement that takes the month, void ones aside.
        quarter_end: The month at whose close a quarterly statement comes.
    """

    is_closed: bool
    sales: int
    taken_back: int
    refused: Mapping[str, int]
    booked: Mapping[Run, int]
    waiting: Mapping[Run, int]
    later_fen: int
    withheld_fen: int
    disputed_fen: int
    closing: Sequence[int] = field(default_factory=tuple)
    quarter_end: str = ""


def reasons(facts: Facts) -> list[Reason]:
    """Return why the month pays less than its sales would earn, in the order in which they happen.

    Never empty where nothing is payable: a settlement that finds nothing says why.
    """
    found = list(_of_sales(facts)) + list(_of_closes(facts))
    if facts.later_fen:
        found.append(Reason(Why.BOOKED_LATER, fen=facts.later_fen))
    if facts.withheld_fen:
        found.append(Reason(Why.WITHHELD, fen=facts.withheld_fen))
    if facts.disputed_fen:
        found.append(Reason(Why.DISPUTED, fen=facts.disputed_fen))
    found += [Reason(Why.DEBT, fen=fen) for fen in facts.closing if fen < 0]
    if not found and not any(fen > 0 for fen in facts.closing):
        found.append(Reason(Why.NOTHING_EARNED, sales=facts.sales))
    return found


def _of_sales(facts: Facts) -> list[Reason]:
    if not facts.sales and not facts.taken_back and not facts.booked:
        return [Reason(Why.NO_SALES)]
    found = [Reason(Why.SALES_REFUSED, detail=code, sales=count) for code, count in sorted(facts.refused.items())]
    return found + ([Reason(Why.SALES_TAKEN_BACK, sales=facts.taken_back)] if facts.taken_back else [])


def _of_closes(facts: Facts) -> list[Reason]:
    if not facts.is_closed:
        return [Reason(Why.MONTH_OPEN, fen=sum(facts.booked.values()))]
    found = []
    if Run.QUARTERLY in facts.waiting:
        found.append(Reason(Why.QUARTER_OPEN, detail=facts.quarter_end, fen=facts.waiting[Run.QUARTERLY]))
    if Run.AT_ESTABLISHMENT in facts.waiting:
        found.append(Reason(Why.ESTABLISHMENT_OPEN, fen=facts.waiting[Run.AT_ESTABLISHMENT]))
    return found
