"""Clawbacks: which part of a fee goes back when the client redeems early, by the time it was held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from shared.codes import Code
from shared.errors import Invalid

MOST_STEPS = 24


class ClawbackForm(Code):
    """How much of a fee goes back when the client redeems early."""

    LINEAR_WHOLE_MONTHS = "linear_whole_months", "按整月线性返还"
    LINEAR_DAYS = "linear_days", "按天线性返还"
    STEPS = "steps", "按持有月数分档返还"


class ClawbackIncomplete(Invalid):
    """The fields do not fit the form."""

    code = "clawback_incomplete"


class StepsNotInOrder(Invalid):
    """The steps do not rise in months and fall in shares."""

    code = "steps_not_in_order"


@dataclass(frozen=True, slots=True)
class Step:
    """Below `months` whole months held, and not below the step before, `share` of the fee goes back."""

    months: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Clawback:
    """A schedule of giving back.

    Attributes:
        form: How.
        term: Whole months, or days for the form by days, after which nothing goes back.
        steps: For the form by steps, the shortest time first.
    """

    form: ClawbackForm
    term: int
    steps: tuple[Step, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the schedule as JSON values."""
        steps = [[step.months, str(step.share)] for step in self.steps]
        return {"form": self.form.value, "term": self.term, **({"steps": steps} if steps else {})}


def clawback(written: Mapping[str, Any]) -> Clawback:
    """Return the schedule that `Clawback.as_json` wrote."""
    steps = tuple(Step(months, Decimal(share)) for months, share in written.get("steps", ()))
    return Clawback(ClawbackForm(written["form"]), written["term"], steps)


def by_steps(steps: Sequence[Step], *, pointer: str) -> Clawback:
    """Return the schedule in half-open bands of whole months.

    Raises:
        StepsNotInOrder: months do not rise, or a longer time gives back more.
    """
    for place, (below, step) in enumerate(pairwise(steps), start=1):
        if step.months <= below.months or step.share > below.share:
            raise StepsNotInOrder("Months must rise and shares must not.", pointer=f"{pointer}/{place}")
    return Clawback(ClawbackForm.STEPS, steps[-1].months, tuple(steps))


@dataclass(frozen=True, slots=True)
class Redemption:
    """A redemption of one subscription, as far as the clawback needs it."""

    dealing_id: UUID
    on: date
    number: str
    fen: int
    is_full: bool
    is_reversed: bool


def parts(redemptions: Sequence[Redemption], subscribed_fen: int) -> list[tuple[Redemption, int]]:
    """Return redemptions in business order (day, then confirmation number), each with its part of what was subscribed.

    Those taken back have none; together they never redeem more than was subscribed.
    """
    found, left = list[tuple[Redemption, int]](), subscribed_fen
    for one in sorted(redemptions, key=lambda it: (it.on, it.number)):
        part = 0 if one.is_reversed else left if one.is_full else min(one.fen, left)
        left -= part
        found.append((one, part))
    return found


def held(form: ClawbackForm, start: date, end: date) -> int:
    """Return for how long a holding from `start` to `end` counts: days, or whole months."""
    return max((end - start).days, 0) if form is ClawbackForm.LINEAR_DAYS else whole_months(start, end)


def share_back(schedule: Clawback, time_held: int) -> Fraction:
    """Return the part of the fee that goes back after `time_held` (as `held` counts), from 0 to 1."""
    if schedule.form is ClawbackForm.STEPS:
        return next((Fraction(step.share) for step in schedule.steps if time_held < step.months), Fraction(0))
    return Fraction(max(schedule.term - time_held, 0), schedule.term)


def whole_months(start: date, end: date) -> int:
    """Return the whole months from `start` to `end` (0 if `end` is earlier).

    A month is whole on the same day, or on the month's last day where it is shorter: January 31 to February 28 is one.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    is_last_day = (end + timedelta(days=1)).day == 1
    return max(months if end.day >= start.day or is_last_day else months - 1, 0)
