"""Accruals: the entries of the ledger, how each is calculated, and why, to the fen.

Every entry is `what is due by now - what is booked so far`. The inputs of that sum are stored with the entry, and the
function that booked it (`calculate`) explains it. Amounts are whole fen; exact amounts are yuan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from channel_commission.tariffs.rules import Slice, Tariff, TariffKind, price, slices, tariff
from shared.codes import Code
from shared.money import round_fen

#: Kept with every entry; a change of arithmetic is a new version beside the old one.
ENGINE_VERSION = "1"


class EntryKind(Code):
    """What an entry does."""

    ACCRUE = "accrue", "计提"
    REVERSE = "reverse", "冲回"
    CLAWBACK = "clawback", "返还"
    RERATE_DELTA = "rerate_delta", "重算差额"


class Method(Code):
    """How what is due is calculated."""

    TARIFF = "tariff", "按费率计算"
    CLAWBACK = "clawback", "按整月线性返还"
    REVERSAL = "reversal", "全额冲回"


@dataclass(frozen=True, slots=True)
class Calculation:
    """How an entry came about.

    Attributes:
        exact: What is due by now in yuan, not rounded (a repeating decimal is cut far behind the fen).
        due_fen: The same, rounded once, half away from zero.
        booked_before_fen: What was booked before for the same thing.
        amount_fen: The entry: the difference, or less where a dealing gives back no more than it earned.
        slices: The tiers reached, lowest first; empty where no rate applies.
    """

    exact: Decimal
    due_fen: int
    booked_before_fen: int
    amount_fen: int
    slices: tuple[Slice, ...] = ()


def calculate(inputs: Mapping[str, Any]) -> Calculation:
    """Return the entry that follows from `inputs`, made by one of the functions `…_inputs` below."""
    before = inputs["booked_before_fen"]
    found: tuple[Slice, ...] = ()
    if inputs["method"] == Method.TARIFF:
        rate = tariff(TariffKind(inputs["kind"]), inputs["tiers"])
        exact, found = price(rate, inputs["volume_fen"]), tuple(slices(rate, inputs["volume_fen"]))
        due = round_fen(exact)
    elif inputs["method"] == Method.CLAWBACK:
        months = inputs["months"]
        weighted = sum(fen * max(months - held, 0) for fen, held in inputs["redeemed"])
        owed, parts = inputs["fee_fen"] * weighted, inputs["subscribed_fen"] * months
        exact, due = Decimal(-owed) / Decimal(parts * 100), -_half_up(owed, parts)
    else:
        exact, due = Decimal(0), 0
    amount = max(due - before, inputs.get("at_least_fen", due - before))
    return Calculation(exact, due, before, amount, found)


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
    }
    return inputs if at_least_fen is None else {**inputs, "at_least_fen": at_least_fen}


def clawback_inputs(
    *, fee_fen: int, subscribed_fen: int, months: int, redeemed: Sequence[Sequence[int]], booked_before_fen: int
) -> dict[str, Any]:
    """Return the inputs of what goes back after redemptions.

    Args:
        fee_fen: The fee booked for the subscription.
        subscribed_fen: What was subscribed.
        months: Months after which nothing goes back.
        redeemed: For each redemption up to this one, its part of what was subscribed in fen and the whole months held.
        booked_before_fen: What is booked for these redemptions (negative).
    """
    return {
        "method": Method.CLAWBACK.value,
        "fee_fen": fee_fen,
        "subscribed_fen": subscribed_fen,
        "months": months,
        "redeemed": [list(part) for part in redeemed],
        "booked_before_fen": booked_before_fen,
    }


def reversal_inputs(booked_before_fen: int) -> dict[str, Any]:
    """Return the inputs of taking back all that is booked for a dealing."""
    return {"method": Method.REVERSAL.value, "booked_before_fen": booked_before_fen}


def exact_text(exact: Decimal) -> str:
    """Return yuan as plain digits, at least two places; a repeating decimal ends after twelve."""
    whole, _, places = f"{exact:.12f}".partition(".")
    return f"{whole}.{places.rstrip('0'):0<2}"


def arithmetic(inputs: Mapping[str, Any], found: Calculation) -> list[str]:
    """Return the steps of a calculation as a person would write them down, amounts in yuan."""
    steps = [f"{_yuan(slice.fen)} × {slice.tier.rate} = {exact_text(slice.fee)}" for slice in found.slices]
    if inputs["method"] == Method.CLAWBACK:
        fee, subscribed, months = inputs["fee_fen"], inputs["subscribed_fen"], inputs["months"]
        steps = [
            f"-{_yuan(fee)} × {_yuan(fen)} / {_yuan(subscribed)} × {max(months - held, 0)} / {months}"
            for fen, held in inputs["redeemed"]
        ]
    if inputs["method"] == Method.REVERSAL:
        steps = ["冲回后应计为 0.00"]
    steps.append(f"应计合计 {exact_text(found.exact)} → {_yuan(found.due_fen)}（四舍五入到分，远离零）")
    difference = found.due_fen - found.booked_before_fen
    steps.append(f"{_yuan(found.due_fen)} - 已入账 {_yuan(found.booked_before_fen)} = {_yuan(difference)}")
    if found.amount_fen != difference:
        steps.append(f"单笔退回不超过其已计 {_yuan(-found.amount_fen)}，本笔入账 {_yuan(found.amount_fen)}")
    return steps


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):.2f}"


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked for a dealing: `fen` of fee on `base_fen` of volume."""

    fen: int
    base_fen: int

    def plus(self, fen: int, base_fen: int) -> "Booked":
        """Return this with an entry more."""
        return Booked(self.fen + fen, self.base_fen + base_fen)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be made for a dealing; its amount follows from `inputs`."""

    dealing_id: UUID
    kind: EntryKind
    base_fen: int
    inputs: Mapping[str, Any]
