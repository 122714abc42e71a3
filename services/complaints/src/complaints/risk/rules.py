"""Clients about to leave (流失预警): points for dated facts, a level, and how long a flag lasts.

House rule, deterministic; all numbers come from the policy row `risk.at_risk`. The level of a day depends on the facts
dated up to that day and on nothing else: not on when or in which order they became known. So a recompute after an
import of past years gives the right answer, and "why" can always be answered.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from complaints.reasons.rules import Day, RiskLevel, RiskPolicy, RiskReason, on_day, turns
from complaints.signals.rules import Facts

#: How far ahead to look for the day on which a flag clears by itself.
FORECAST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Standing:
    """What is recorded of a client, or to be recorded: level with the clearing time, score and reasons of the day."""

    level: RiskLevel
    score: int
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A client's level.

    Attributes:
        level: With the clearing time: the level of the deciding day.
        today: What today's facts give by themselves; score and reasons are those of today.
        decided_by: The latest day that was not LOW within the clearing time, or today.
        clears_on: The day on which the flag ends if the score stays below; None if not flagged or not below today.
    """

    level: RiskLevel
    today: Day
    decided_by: Day
    clears_on: date | None

    @property
    def reasons(self) -> list[RiskReason]:
        """The reasons that hold today, most points first."""
        return [held.reason for held in self.today.reasons]

    @property
    def standing(self) -> Standing:
        """What there is to record."""
        return Standing(self.level, self.today.score, frozenset(self.reasons))


def assess(facts: Facts, policy: RiskPolicy, today: date) -> Assessment:
    """Return the client's level today.

    A client below the lower bound keeps the level of the last day on or above it, until `clear_after_days` consecutive
    days lie below, today counted. Rises take effect at once; who has left is not about to leave.
    """
    if facts.left_on is not None and facts.left_on <= today:
        gone = Day(today, RiskLevel.LOW, 0, ())
        return Assessment(RiskLevel.LOW, gone, gone, None)
    present = decided = on_day(facts, policy, today)
    if present.level is RiskLevel.LOW:
        first = today - timedelta(days=policy.days_looked_back)
        # What holds stays from one turn to the next, so the day before each turn stands for all since the last one.
        ends = {turn - timedelta(days=1) for turn in turns(facts, policy) if first < turn <= today}
        earlier = (on_day(facts, policy, end) for end in sorted(ends, reverse=True))
        decided = next((day for day in earlier if day.level is not RiskLevel.LOW), present)
    clears_on = None
    if decided is not present:
        clears_on = decided.day + timedelta(days=policy.clear_after_days)
    return Assessment(decided.level, present, decided, clears_on)


def clears_by_itself_on(facts: Facts, policy: RiskPolicy, today: date) -> date | None:
    """Return the day on which a flag ends if nothing new happens; None if not within `FORECAST_DAYS`."""
    below = 0
    for ahead in range(-policy.days_looked_back, FORECAST_DAYS):
        day = today + timedelta(days=ahead)
        below = below + 1 if on_day(facts, policy, day).level is RiskLevel.LOW else 0
        if below >= policy.clear_after_days and ahead >= 0:
            return day
    return None


def change(before: Standing, after: Standing) -> Literal["flagged", "changed", "cleared"] | None:
    """Return what to tell after an assessment: nothing if a client was and is LOW, or level and reasons stayed."""
    if before.level is RiskLevel.LOW:
        return "flagged" if after.level is not RiskLevel.LOW else None
    if after.level is RiskLevel.LOW:
        return "cleared"
    return None if (before.level, before.reasons) == (after.level, after.reasons) else "changed"
