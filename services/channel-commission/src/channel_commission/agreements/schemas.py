from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.agreements.rules import CardStatus
from channel_commission.channels.schemas import BusinessDate
from channel_commission.cycles.rules import Cycle
from channel_commission.rates.schemas import RuleRead, Rules
from shared.http.bodies import Body, Read, Text


class AgreementCreate(Body):
    """An agreement with the first version of its rate card. Days are half-open: `valid_to` is the first day after."""

    channel_id: UUID
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕/-]{1,60}$")]
    valid_from: BusinessDate
    valid_to: BusinessDate | None = None
    cycle: Annotated[Cycle, Field(description="When its fees are settled; chosen once.")] = Cycle.MONTHLY
    rules: Rules


class CardCreate(Body):
    """A further version of the rate card; it takes over from `valid_from` on, once approved."""

    valid_from: BusinessDate
    rules: Rules


class CardChange(Body):
    rules: Rules


class Rejection(Body):
    reason: Text


class CardRead(Read):
    version: int
    status: CardStatus
    edits: int
    valid_from: date
    created_by: UUID
    created_at: datetime
    changed_by: UUID | None
    submitted_by: UUID | None
    submitted_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    rules: list[RuleRead]


class AgreementRead(Read):
    id: UUID
    channel_id: UUID
    number: str
    valid_from: date
    valid_to: date | None
    cycle: Cycle
    cycle_zh: str
    created_at: datetime
    cards: list[CardRead]
