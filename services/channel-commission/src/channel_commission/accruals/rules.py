"""Accruals: the entries of the ledger, how each is calculated, and why, to the fen.

Every entry is `what is due by now - what is booked so far`. The inputs of that sum are stored with the entry, and the
function that booked it (`calculate`) explains it. Amounts are whole fen; exact amounts are yuan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from channel_commission.balances.rules import Stretch, Trailing, earned, trailing, yuan
from channel_commission.clawbacks.rules import Clawback, ClawbackForm, clawback, share_back
from channel_commission.rates.rules import Component
from channel_commission.tariffs.rules import Slice, Tariff, TariffKind, price, slices, tariff
from shared.codes import Code
from shared.money import allocate, round_fen

#: Kept with every entry; a change of arithmetic is a new version beside the old one.
ENGINE_VERSION = "2"


_BOUNDS = ("flat_fen", "floor_fen", "cap_fen")


class EntryKind(Code):
    """What an entry does."""

    ACCRUE = "accrue", "计提"
    REVERSE = "reverse", "冲回"
    CLAWBACK = "clawback", "返还"
    RERATE_DELTA = "rerate_delta", "重算差额"
    CAP_CUT = "cap_cut", "封顶扣减"
    ADJUST = "adjust", "更正"
    HOLD = "hold", "暂缓支付"
    RELEASE = "release", "恢复支付"
    TRUE_UP = "true_up", "保底补足"


class Method(Code):
    """How what is due is calculated."""

    TARIFF = "tariff", "按费率计算"
    CLAWBACK = "clawback", "提前赎回返还"
    TRAILING = "trailing", "按日保有计提"
    CAP = "cap", "期间封顶"
    REVERSAL = "reversal", "全额冲回"
    GUARANTEE = "guarantee", "期间保底"
    OVERRIDE = "override", "分支机构销售提成"


@dataclass(frozen=True, slots=True)
class Calculation:
    """How an entry came about.

    Attributes:
        exact: What is due by now in yuan, not rounded (a repeating decimal is cut far behind the fen).
        due_fen: The same, rounded once, half away from zero.
        booked_before_fen: What was booked before for the same thing.
        total_fen: The difference, or less where a dealing gives back no more than it earned.
        amount_fen: The entry: all of that, or a channel's share of it.
        slices: The tiers reached, lowest first; empty where no rate applies.
    """

    exact: Decimal
    due_fen: int
    booked_before_fen: int
    total_fen: int
    amount_fen: int
    slices: tuple[Slice, ...] = ()


def calculate(inputs: Mapping[str, Any]) -> Calculation:
    """Return the entry that follows from `inputs`, made by one of the functions `…_inputs` below."""
    before, found = inputs["booked_before_fen"], tuple[Slice, ...]()
    exact, due = Decimal(0), 0
    if inputs["method"] == Method.TARIFF:
        rate = _tariff(inputs)
        exact, found = price(rate, inputs["volume_fen"]), tuple(slices(rate, inputs["volume_fen"]))
        due = round_fen(exact)
    elif inputs["method"] == Method.CLAWBACK:
        owed = inputs["fee_fen"] * sum((fen * share for fen, share in _shares_back(inputs)), Fraction(0))
        exact, due = 0 - yuan(owed / inputs["subscribed_fen"]), -_half_up(owed / inputs["subscribed_fen"])
    elif inputs["method"] == Method.TRAILING:
        fee = earned(trailing(inputs["terms"]), (Stretch(*one) for one in inputs["stretches"]))
        exact, due = yuan(fee), _half_up(fee)
    elif inputs["method"] == Method.CAP:
        due = min(0, inputs["cap_fen"] - inputs["gross_fen"])
        exact = Decimal(due).scaleb(-2)
    elif inputs["method"] == Method.GUARANTEE:
        missing = Fraction(inputs["floor_fen"] * inputs["days"], inputs["of_days"]) - inputs["fees_fen"]
        exact, due = yuan(max(missing, Fraction(0))), _half_up(max(missing, Fraction(0)))
    elif inputs["method"] == Method.OVERRIDE:
        part = Fraction(inputs["share"]) * inputs["fee_fen"]
        exact, due = yuan(part), _half_up(part)
    total = due - before
    total = max(total, inputs.get("at_least_fen", total))
    total = min(total, inputs.get("at_most_fen", total))
    return Calculation(exact, due, before, total, _share(inputs.get("split"), total), found)


def _tariff(inputs: Mapping[str, Any]) -> Tariff:
    bounds = {name: inputs.get(name) for name in _BOUNDS}
    return tariff(TariffKind(inputs["kind"]), inputs["tiers"], **bounds)


def schedule_of(inputs: Mapping[str, Any]) -> Clawback:
    """Return the schedule of a clawback; the inputs of the first engine name its months alone."""
    return clawback(inputs.get("schedule") or {"form": ClawbackForm.LINEAR_WHOLE_MONTHS, "term": inputs["months"]})


def _shares_back(inputs: Mapping[str, Any]) -> list[tuple[int, Fraction]]:
    """Return for each redemption its part of what was subscribed in fen, and the part of its fee that goes back."""
    schedule = schedule_of(inputs)
    return [(fen, share_back(schedule, time_held)) for fen, time_held in inputs["redeemed"]]


def _share(split: Mapping[str, Any] | None, total_fen: int) -> int:
    """Return a channel's share: of all booked with this entry, less of all booked before it."""
    if split is None:
        return total_fen
    before, weights = split["before_fen"], split["weights"]
    after = allocate(before + total_fen, weights)
    place: int = split["place"]
    return after[place] - allocate(before, weights)[place]


def with_split(inputs: Mapping[str, Any], *, weights: Sequence[int], place: int, before_fen: int) -> dict[str, Any]:
    """Return the inputs of one channel's share of an entry.

    Args:
        inputs: Those of the whole entry.
        weights: The shares as whole numbers.
        place: Whose it is.
        before_fen: What is booked before for all of them.
    """
    return {**inputs, "split": {"weights": list(weights), "place": place, "before_fen": before_fen}}


def tariff_inputs(
    rate: Tariff, volume_fen: int, *, booked_before_fen: int = 0, at_least_fen: int | None = None
) -> dict[str, Any]:
    """Return the inputs of a fee.

    Args:
        rate: The tariff.
        volume_fen: The dealing's amount; for tiers the month's volume with this dealing.
        booked_before_fen: What is booked for that volume.
        at_least_fen: Bound of the entry: a dealing gives back no more than it earned.
    """
    inputs = {
        "method": Method.TARIFF.value,
        "kind": rate.kind.value,
        "tiers": rate.as_json(),
        "volume_fen": volume_fen,
        "booked_before_fen": booked_before_fen,
        **{name: fen for name in _BOUNDS if (fen := getattr(rate, name)) is not None},
    }
    return inputs if at_least_fen is None else {**inputs, "at_least_fen": at_least_fen}


def clawback_inputs(
    *, fee_fen: int, subscribed_fen: int, schedule: Clawback, redeemed: Sequence[Sequence[int]], booked_before_fen: int
) -> dict[str, Any]:
    """Return the inputs of what goes back after redemptions.

    Args:
        fee_fen: The fee booked for the subscription, or what a dispute changed of it; negative where it was lowered.
        subscribed_fen: What was subscribed.
        schedule: Which part of the fee goes back.
        redeemed: For each redemption up to this one, its part of what was subscribed in fen and the time held.
        booked_before_fen: What is booked for these redemptions (negative where it goes back).
    """
    return {
        "method": Method.CLAWBACK.value,
        "fee_fen": fee_fen,
        "subscribed_fen": subscribed_fen,
        "schedule": schedule.as_json(),
        "redeemed": [list(part) for part in redeemed],
        "booked_before_fen": booked_before_fen,
    }


def trailing_inputs(terms: Trailing, held: Sequence[Stretch], *, booked_before_fen: int) -> dict[str, Any]:
    """Return the inputs of a trailing fee: its terms, and the balances from the first day to the end of the month."""
    return {
        "method": Method.TRAILING.value,
        "terms": terms.as_json(),
        "stretches": [[one.days, one.year_days, one.fen] for one in held],
        "booked_before_fen": booked_before_fen,
    }


def cap_inputs(*, cap_fen: int, gross_fen: int, booked_before_fen: int, at_most_fen: int | None) -> dict[str, Any]:
    """Return the inputs of what a cap cuts off.

    Args:
        cap_fen: The most that the month or year earns.
        gross_fen: What it would earn without the cap.
        booked_before_fen: What is cut by now (negative or 0).
        at_most_fen: Where something cut is given back: the most that this dealing can get back.
    """
    inputs = {
        "method": Method.CAP.value,
        "cap_fen": cap_fen,
        "gross_fen": gross_fen,
        "booked_before_fen": booked_before_fen,
    }
    return inputs if at_most_fen is None else {**inputs, "at_most_fen": at_most_fen}


def override_inputs(share: Decimal, *, fee_fen: int, booked_before_fen: int) -> dict[str, Any]:
    """Return the inputs of what a head office gets of a branch's fee.

    Args:
        share: Its part.
        fee_fen: The fee of the sale, less what went back with redemptions up to this dealing.
        booked_before_fen: What is booked of the override for these dealings.
    """
    return {
        "method": Method.OVERRIDE.value,
        "share": str(share),
        "fee_fen": fee_fen,
        "booked_before_fen": booked_before_fen,
    }


def guarantee_inputs(
    *, floor_fen: int, days: int, of_days: int, fees_fen: int, booked_before_fen: int
) -> dict[str, Any]:
    """Return the inputs of what is missing to a guarantee.

    Args:
        floor_fen: The least for a whole period.
        days: Days of the period that count.
        of_days: Days it has.
        fees_fen: What its sales earned.
        booked_before_fen: What is booked of the guarantee for it.
    """
    return {
        "method": Method.GUARANTEE.value,
        "floor_fen": floor_fen,
        "days": days,
        "of_days": of_days,
        "fees_fen": fees_fen,
        "booked_before_fen": booked_before_fen,
    }


def reversal_inputs(booked_before_fen: int) -> dict[str, Any]:
    """Return the inputs of taking back all that is booked for a dealing."""
    return {"method": Method.REVERSAL.value, "booked_before_fen": booked_before_fen}


def exact_text(exact: Decimal) -> str:
    """Return yuan as plain digits, at least two places; a repeating decimal ends after twelve."""
    whole, _, places = f"{exact:.12f}".partition(".")
    return f"{whole}.{places.rstrip('0'):0<2}"


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked for a dealing or a group of them: `fen` of fee on `base_fen` of volume, `cut_fen` cut by a cap."""

    fen: int
    base_fen: int
    cut_fen: int = 0

    def plus(self, kind: EntryKind, fen: int, base_fen: int) -> "Booked":
        """Return this with an entry more."""
        if kind is EntryKind.CAP_CUT:
            return Booked(self.fen, self.base_fen, self.cut_fen + fen)
        return Booked(self.fen + fen, self.base_fen + base_fen, self.cut_fen)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be made for a dealing; its amount follows from `inputs`.

    Attributes:
        day: Its business date where that is not the dealing's: the last day of a month of a trailing fee.
    """

    dealing_id: UUID
    kind: EntryKind
    base_fen: int
    inputs: Mapping[str, Any]
    component: Component = Component.UPFRONT
    day: date | None = None


def _half_up(exact: Fraction) -> int:
    """Return fen rounded half away from zero."""
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return size if exact >= 0 else -size
