"""How good the at-risk rule is: its flags over the past, held against the redemptions that followed.

A flag is a hit if the client redeems much within the horizon; the lead is the days from the flag to the redemption. It
is a false alarm if the horizon passes without one, and undecided while the horizon is not over. A redemption is missed
if no flag came before it. What made the flag on the day of the redemption itself gives no lead and counts for nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from complaints.reasons.rules import RiskLevel, RiskPolicy, RiskReason, on_day, turns
from complaints.signals.rules import Facts

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Flag:
    """A time at risk, from the day it was raised to its last day, both within the days looked at.

    Attributes:
        reasons: Those that held on the day it was raised, with their clearing time behind them.
    """

    first: date
    last: date
    reasons: tuple[RiskReason, ...]


@dataclass(slots=True)
class Score:
    """What the flags of many clients came to."""

    clients: int = 0
    flags: int = 0
    hits: int = 0
    false_alarms: int = 0
    undecided: int = 0
    redemptions: int = 0
    caught: int = 0
    leads: list[int] = field(default_factory=list)
    flags_by_reason: Counter[RiskReason] = field(default_factory=Counter)
    hits_by_reason: Counter[RiskReason] = field(default_factory=Counter)

    @property
    def median_lead(self) -> float | None:
        """Days between flag and redemption that half of those caught exceed."""
        return median(self.leads) if self.leads else None


def flags(facts: Facts, policy: RiskPolicy, first: date, last: date) -> list[Flag]:
    """Return the times at risk between two days, as the daily assessment would have given them.

    The clearing time counts: a flag goes on until so many whole days lie below the bound.
    """
    begins = first - timedelta(days=policy.days_looked_back)
    days = sorted({begins, *(turn for turn in turns(facts, policy) if begins < turn <= last)})
    found: list[Flag] = []
    for day, following in zip(days, [*days[1:], last + _DAY], strict=True):
        held = on_day(facts, policy, day, during=True)
        if held.level is RiskLevel.LOW:
            continue
        ends = following - _DAY + timedelta(days=policy.days_looked_back)
        if found and day <= found[-1].last + _DAY:
            found[-1] = Flag(found[-1].first, max(ends, found[-1].last), found[-1].reasons)
        else:
            found.append(Flag(day, ends, tuple(one.reason for one in held.reasons)))
    over = facts.left_on - _DAY if facts.left_on else last
    within = (Flag(max(one.first, first), min(one.last, last, over), one.reasons) for one in found)
    return [one for one in within if one.first <= one.last]


def redemptions(facts: Facts, percent: int, first: date, last: date) -> list[date]:
    """Return the days between two days on which the client took out at least `percent` of what it held before."""
    found, holding = [], 0
    for day in sorted({on for on, _ in facts.flows}):
        moved = sum(fen for on, fen in facts.flows if on == day)
        if holding > 0 and -moved * 100 >= holding * percent and first <= day <= last:
            found.append(day)
        holding += moved
    return found


def count(score: Score, raised: Sequence[Flag], taken_out: Iterable[date], *, horizon: timedelta, last: date) -> None:
    """Add one client's flags and redemptions to a score.

    Args:
        score: Grows.
        raised: The client's flags.
        taken_out: The days of its redemptions.
        horizon: How long after a flag a redemption is foretold by it.
        last: The last day looked at.
    """
    days = list(taken_out)
    score.clients += 1
    score.flags += len(raised)
    score.redemptions += len(days)
    for flag in raised:
        score.flags_by_reason.update(flag.reasons)
        if any(flag.first < day <= flag.first + horizon for day in days):
            score.hits += 1
            score.hits_by_reason.update(flag.reasons)
        elif flag.first + horizon <= last:
            score.false_alarms += 1
        else:
            score.undecided += 1
    for day in days:
        leads = [(day - flag.first).days for flag in raised if flag.first < day <= flag.first + horizon]
        if leads:
            score.caught += 1
            score.leads.append(max(leads))
