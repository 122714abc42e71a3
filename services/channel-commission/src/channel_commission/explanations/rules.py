"""Explanations: a calculation as a person would write it down, in yuan."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from channel_commission.accruals.rules import Calculation, Method, exact_text, schedule_of
from channel_commission.balances.rules import effective_rate, trailing
from channel_commission.clawbacks.rules import ClawbackForm, share_back
from shared.errors import Invalid

#: The database ends a transaction that lasts longer (`shared.database.SESSION_LIMITS`).
LONGEST_TRANSACTION = timedelta(seconds=60)


class InstantNotReached(Invalid):
    """What is known then cannot be told before."""

    code = "instant_not_reached"


def arithmetic(inputs: Mapping[str, Any], found: Calculation) -> list[str]:
    """Return the steps of a calculation as a person would write them down, amounts in yuan."""
    steps = [f"{_yuan(slice.fen)} × {slice.tier.rate} = {exact_text(slice.fee)}" for slice in found.slices]
    steps += _TELL.get(inputs["method"], _tell_tariff)(inputs)
    steps.append(f"应计合计 {exact_text(found.exact)} → {_yuan(found.due_fen)}（四舍五入到分，远离零）")
    difference = found.due_fen - found.booked_before_fen
    steps.append(f"{_yuan(found.due_fen)} - 已入账 {_yuan(found.booked_before_fen)} = {_yuan(difference)}")
    if found.total_fen != difference:
        bound = "单笔退回不超过其已计" if difference < found.total_fen else "单笔恢复不超过其已扣"
        steps.append(f"{bound} {_yuan(abs(found.total_fen))}，本笔入账 {_yuan(found.total_fen)}")
    if split := inputs.get("split"):
        share = Decimal(split["weights"][split["place"]]) / sum(split["weights"])
        before, after = split["before_fen"], split["before_fen"] + found.total_fen
        told = f"累计 {_yuan(after)} 与此前累计 {_yuan(before)} 按最大余额法分配之差"
        steps.append(f"分佣比例 {exact_text(share)}：{told}，本渠道入账 {_yuan(found.amount_fen)}")
    return steps


def _tell_tariff(inputs: Mapping[str, Any]) -> list[str]:
    steps = [f"按笔定额 {_yuan(inputs['flat_fen'])}"] if inputs.get("flat_fen") is not None else []
    steps += [f"单笔保底 {_yuan(inputs['floor_fen'])}"] if inputs.get("floor_fen") is not None else []
    return steps + ([f"单笔封顶 {_yuan(inputs['cap_fen'])}"] if inputs.get("cap_fen") is not None else [])


def _tell_clawback(inputs: Mapping[str, Any]) -> list[str]:
    fee, subscribed = inputs["fee_fen"], inputs["subscribed_fen"]
    schedule = schedule_of(inputs)
    steps = []
    for fen, held in inputs["redeemed"]:
        share = f"{max(schedule.term - held, 0)} / {schedule.term}"
        if schedule.form is ClawbackForm.STEPS:
            part = share_back(schedule, held)
            share = exact_text(Decimal(part.numerator) / part.denominator)
        steps.append(f"{_yuan(-fee)} × {_yuan(fen)} / {_yuan(subscribed)} × {share}")
    return steps


def _tell_trailing(inputs: Mapping[str, Any]) -> list[str]:
    terms = trailing(inputs["terms"])
    steps = [
        f"{_yuan(fen)} × {days} 天 × {effective_rate(terms)} / {year_days}"
        for days, year_days, fen in inputs["stretches"]
    ]
    if terms.management_rate is not None and effective_rate(terms) < terms.rate:
        steps.append(f"费率 {terms.rate} 以管理费 {terms.management_rate} × {terms.management_share} 为限")
    return steps


def _tell_cap(inputs: Mapping[str, Any]) -> list[str]:
    return [f"期间封顶 {_yuan(inputs['cap_fen'])}，封顶前合计 {_yuan(inputs['gross_fen'])}"]


def _tell_reversal(_inputs: Mapping[str, Any]) -> list[str]:
    return ["冲回后应计为 0.00"]


def _tell_guarantee(inputs: Mapping[str, Any]) -> list[str]:
    days = f"{inputs['days']} / {inputs['of_days']} 天"
    return [f"期间保底 {_yuan(inputs['floor_fen'])} × {days}，期间佣金 {_yuan(inputs['fees_fen'])}"]


def _tell_override(inputs: Mapping[str, Any]) -> list[str]:
    return [f"分支机构本笔佣金累计 {_yuan(inputs['fee_fen'])} × {inputs['share']}"]


_TELL = {
    Method.OVERRIDE: _tell_override,
    Method.GUARANTEE: _tell_guarantee,
    Method.CLAWBACK: _tell_clawback,
    Method.TRAILING: _tell_trailing,
    Method.CAP: _tell_cap,
    Method.REVERSAL: _tell_reversal,
}


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):.2f}"


def is_final(at: datetime, present: datetime) -> bool:
    """Return whether nothing written by `at` can still come to light.

    An entry is seen once its transaction has committed, at most `LONGEST_TRANSACTION` after it was written.
    """
    return present - at > LONGEST_TRANSACTION


def require_past(at: datetime, present: datetime) -> None:
    """Refuse to tell what will be known at an instant that has not come.

    Raises:
        InstantNotReached: as said.
    """
    if at > present:
        raise InstantNotReached("This instant has not come yet.", pointer="/query/at")
