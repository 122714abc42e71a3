"""Clients about to leave (流失预警): points for dated facts, a level, and how long a flag lasts.

House rule, deterministic; all numbers come from the policy rows `risk.at_risk` and `risk.products`. The level of a
day depends on the facts dated up to that day and on nothing else: not on when or in which order they became known. So a
recompute after an import of past years gives the right answer, and "why" can always be answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from complaints.reasons.rules import Day, RiskLevel, RiskPolicy, RiskReason, on_day, turns
from complaints.signals.rules import Facts
from shared.errors import Conflict, Invalid

#: How far ahead to look for the day on which a flag clears by itself, and how far back for the day a reason began.
FORECAST_DAYS = 400
#: The policy row with the longest time, in days, that somebody's judgement may stand in place of the rule's.
OVERRIDE_DAYS = "risk.override_days"


class OverrideTooLong(Invalid):
    """A judgement in place of the rule's ends after today, within the days that the house allows."""

    code = "override_too_long"


class NotOverridden(Conflict):
    """No judgement stands in place of the rule's."""

    code = "not_overridden"


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody's judgement in place of the rule's (人工认定).

    Attributes:
        since: First day on which it holds.
        until: First day on which it holds no more: its expiry, or the day it was taken back.
    """

    id: UUID
    level: RiskLevel
    since: date
    until: date


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
        override: The judgement that the level comes from; None where the rule's level holds.
    """

    level: RiskLevel
    today: Day
    decided_by: Day
    clears_on: date | None
    override: Override | None = None

    @property
    def reasons(self) -> list[RiskReason]:
        """The reasons that hold today, most points first."""
        return [held.reason for held in self.today.reasons]

    @property
    def standing(self) -> Standing:
        """What there is to record."""
        return Standing(self.level, self.today.score, frozenset(self.reasons))


def assess(facts: Facts, policy: RiskPolicy, today: date, overrides: Sequence[Override] = ()) -> Assessment:
    """Return the client's level today.

    A client below the lower bound keeps the level of the last day on or above it, until `clear_after_days` whole
    consecutive days lie below, today counted; the day on which a complaint ends is no such day. Rises take effect at
    once; who has left is not about to leave. A judgement that holds today stands in place of the rule's level; of
    several the last given.
    """
    by_rule = _by_rule(facts, policy, today)
    if facts.left_on is not None and facts.left_on <= today:
        return by_rule
    holding = [one for one in overrides if one.since <= today < one.until]
    return replace(by_rule, level=holding[-1].level, override=holding[-1]) if holding else by_rule


def _by_rule(facts: Facts, policy: RiskPolicy, today: date) -> Assessment:
    if facts.left_on is not None and facts.left_on <= today:
        gone = Day(today, RiskLevel.LOW, 0, ())
        return Assessment(RiskLevel.LOW, gone, gone, None)
    present = decided = on_day(facts, policy, today)
    if present.level is RiskLevel.LOW:
        first = today - timedelta(days=policy.days_looked_back)
        # What holds stays from one turn to the next, so the day before each turn stands for all since the last one.
        ends = {turn - timedelta(days=1) for turn in turns(facts, policy) if first < turn <= today}
        ends |= {one.ended_on for one in facts.complaints if one.ended_on == today}
        earlier = (on_day(facts, policy, end, during=True) for end in sorted(ends, reverse=True))
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
        below = below + 1 if on_day(facts, policy, day, during=True).level is RiskLevel.LOW else 0
        if below >= policy.clear_after_days and ahead >= 0:
            return day
    return None


def held_since(facts: Facts, policy: RiskPolicy, today: date) -> dict[RiskReason, date]:
    """Return since which day each of today's reasons holds without a break, as far back as `FORECAST_DAYS`."""
    first = today - timedelta(days=FORECAST_DAYS)
    days = sorted({turn for turn in turns(facts, policy) if first < turn <= today}, reverse=True)
    since = dict.fromkeys((held.reason for held in on_day(facts, policy, today).reasons), today)
    going_on = set(since)
    for day in [*days, first]:
        going_on &= {held.reason for held in on_day(facts, policy, day).reasons}
        since |= dict.fromkeys(going_on, day)
    return since


def require_override(expires_on: date, *, today: date, days_allowed: int) -> None:
    """Refuse a judgement without an end in sight.

    Raises:
        OverrideTooLong: it ends today or before, or after more than `days_allowed` days.
    """
    last = today + timedelta(days=days_allowed)
    if not today < expires_on <= last:
        raise OverrideTooLong(f"It ends after today, at the latest on {last}.", pointer="/expires_on")


def change(before: Standing, after: Standing) -> Literal["flagged", "changed", "cleared"] | None:
    """Return what to tell after an assessment: nothing if a client was and is LOW, or level and reasons stayed."""
    if before.level is RiskLevel.LOW:
        return "flagged" if after.level is not RiskLevel.LOW else None
    if after.level is RiskLevel.LOW:
        return "cleared"
    return None if (before.level, before.reasons) == (after.level, after.reasons) else "changed"
