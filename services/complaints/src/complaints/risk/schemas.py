from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from complaints.reasons.rules import ENDS_WHEN, Day, Held, RiskLevel, RiskReason
from shared.http.bodies import Body, Read, Text
from shared.http.bodies import Day as GivenDay


class RiskReasonRead(Read):
    """A reason that holds, with the facts behind it and what ends it."""

    code: RiskReason
    name: str
    points: int
    facts: dict[str, Any]
    ends_when: str
    #: Since when it holds without a break; null for the reasons of an earlier day.
    since: date | None

    @classmethod
    def of(cls, held: Held, hidden: frozenset[str], since: Mapping[RiskReason, date]) -> Self:
        """Return a reason as shown; complaints in `hidden` are left out of its facts."""
        facts = dict(held.facts)
        if "complaints" in facts:
            facts["complaints"] = [one for one in facts["complaints"] if one not in hidden]
        return cls(
            code=held.reason,
            name=held.reason.zh,
            points=held.points,
            facts=facts,
            ends_when=ENDS_WHEN[held.reason],
            since=since.get(held.reason),
        )


class RiskDay(Read):
    """What the facts of one day give by themselves."""

    day: date
    level: RiskLevel
    score: int
    #: E.g. `20 + 10 = 30`.
    arithmetic: str
    reasons: list[RiskReasonRead]

    @classmethod
    def of(cls, day: Day, hidden: frozenset[str], since: Mapping[RiskReason, date]) -> Self:
        """Return a day as shown."""
        points = " + ".join(str(held.points) for held in day.reasons) or "0"
        return cls(
            day=day.day,
            level=day.level,
            score=day.score,
            arithmetic=f"{points} = {day.score}",
            reasons=[RiskReasonRead.of(held, hidden, since) for held in day.reasons],
        )


class RiskRule(Read):
    """The policy rows that decide, with all their numbers."""

    version: str
    source: str
    value: dict[str, Any]


class RiskRead(Read):
    """A client's level as last assessed."""

    client_id: UUID
    level: RiskLevel
    score: int
    reasons: list[str]
    rule_version: str
    assessed_on: date
    flagged_at: datetime | None


class OverrideCreate(Body):
    """Your judgement of a client's level in place of the rule's (人工认定)."""

    level: RiskLevel
    reason: Text
    #: First day on which the rule's level holds again.
    expires_on: GivenDay


class OverrideEnd(Body):
    reason: Text


class OverrideRead(Read):
    """Somebody's judgement that stands in place of the rule's."""

    level: RiskLevel
    reason: str
    given_on: date
    given_by: str
    until: date


class RiskWhy(Read):
    """Why a client has its level: recomputed now by the rule, beside what is recorded."""

    client_id: UUID
    level: RiskLevel
    today: RiskDay
    #: The day whose level holds: today, or an earlier one while the clearing time runs.
    decided_by: RiskDay
    #: When the flag ends if the score stays below the bound; null if it is not below it now.
    clears_on: date | None
    #: When the flag ends if nothing new happens; null if not flagged or not within 400 days.
    clears_by_itself_on: date | None
    #: The judgement that `level` comes from; the days above are the rule's all the same.
    override: OverrideRead | None
    rule: RiskRule
    #: Null while the client has not been assessed for the first time.
    recorded: RiskRead | None
    #: Whether the recorded assessment says the same; false for a moment after a fact changed.
    is_current: bool


class Recompute(Body):
    """Which clients to assess anew; repeat with `after` of the answer until it is null."""

    after: UUID | None = None
    limit: int = Field(default=1000, ge=1, le=2000)


class Recomputed(Read):
    assessed: int
    changed: int
    after: UUID | None
