from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.scorecards.rules import Grade, LineCode
from shared.http.bodies import Body, Read


class ScorecardPeriod(Body):
    """Half-open days (Asia/Shanghai), e.g. 2026-01-01 until 2026-04-01 for a quarter."""

    start: BusinessDate
    until: Annotated[BusinessDate, Field(description="First day after the period.")]
    channel_id: Annotated[UUID | None, Field(description="One channel only; all that could sell if left out.")] = None


class Computed(Read):
    """How many channels were looked at, and how many got a scorecard or a new revision of it."""

    channels: int
    changed: int


class LineRead(Read):
    code: LineCode
    code_zh: str
    #: Parts by weight; lines without points weigh nothing.
    weight: Decimal
    #: Out of 100; null where nothing can be said.
    points: Decimal | None
    #: The arithmetic, with the facts in it.
    how: str


class ScorecardRead(Read):
    id: UUID
    channel_id: UUID
    valid_from: date
    valid_until: date
    revision: int
    score: Decimal | None
    grade: Grade | None
    grade_zh: str | None
    policy_version: str
    computed_at: datetime


class ScorecardWhy(ScorecardRead):
    """A scorecard with its facts, computed again from them; `is_same` says that it came out the same."""

    facts: dict[str, Any]
    policy: dict[str, Any]
    lines: list[LineRead]
    red_lines: list[str]
    is_same: bool
