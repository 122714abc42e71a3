"""Cycles: by which statements the fees of an agreement are paid, which months each of them covers, and when it closes.

Every month is closed on its own, and an entry is booked into an open month whatever its cycle. The cycle decides
only which booked months a statement takes: so late events, re-rating and clawbacks go into the open month and stand
in the next statement of their own cycle, and fees of different cycles are never netted.
"""

from channel_commission.periods.rules import next_period, previous_period
from shared.codes import Code


class Cycle(Code):
    """When an agreement settles; chosen once (`domain.md` §4.6, §4.7)."""

    AT_ESTABLISHMENT = "at_establishment", "产品成立时结算"
    MONTHLY = "monthly", "按月结算"
    QUARTERLY = "quarterly", "按季结算"


class Run(Code):
    """Which statements an entry belongs to, from its birth on.

    Agreements that settle at establishment have two: what is booked until the plan's establishment is closed, and all
    that comes after it, month by month.
    """

    AT_ESTABLISHMENT = "at_establishment", "产品成立时结算"
    AFTER_ESTABLISHMENT = "after_establishment", "产品成立后按月结算"
    MONTHLY = "monthly", "按月结算"
    QUARTERLY = "quarterly", "按季结算"


def run_of(cycle: Cycle, *, is_closed: bool) -> Run:
    """Return the run of an entry born now.

    Args:
        cycle: Of its agreement.
        is_closed: Whether the establishment of its plan is closed; matters to fees settled at establishment alone.
    """
    if cycle is Cycle.AT_ESTABLISHMENT:
        return Run.AFTER_ESTABLISHMENT if is_closed else Run.AT_ESTABLISHMENT
    return Run(cycle.value)


def cycle_of(run: Run) -> Cycle:
    """Return the cycle that a run belongs to: what is withheld of a fee goes with it, also after the establishment."""
    return Cycle.AT_ESTABLISHMENT if run is Run.AFTER_ESTABLISHMENT else Cycle(run.value)


def quarter_of(period: str) -> list[str]:
    """Return the three months (`YYYY-MM`) of the calendar quarter that `period` belongs to."""
    first = f"{period[:5]}{(int(period[5:]) - 1) // 3 * 3 + 1:02d}"
    return [first, next_period(first), next_period(next_period(first))]


def covered(run: Run, period: str) -> list[str]:
    """Return the booked months that a statement takes which comes out at the close of `period`.

    None where nothing is due then: of a quarter before its last month, of an establishment at any month's close.
    """
    if run is Run.AT_ESTABLISHMENT:
        return []
    if run is Run.QUARTERLY:
        quarter = quarter_of(period)
        return quarter if period == quarter[-1] else []
    return [period]


def previous_close(run: Run, period: str) -> str | None:
    """Return the month whose statement left the debt that the one of `period` opens with; None where none is due."""
    months = covered(run, period)
    return previous_period(months[0]) if months else None
