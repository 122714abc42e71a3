from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from interaction_log.planning.rules import FollowUpReason, FollowUpStatus
from shared.http.bodies import Body, Day, Read, Text


class FollowUpRequest(Body):
    client_id: UUID
    due_on: Day = Field(description="Last day (Asia/Shanghai) on which it is in time.")
    assignee_id: UUID | None = Field(default=None, description="Who acts; the client's manager when left out.")
    note: Text | None = Field(default=None, description="What it is about.")


class FollowUpCompletion(Body):
    """What came of it: the contact it led to, a note, or both."""

    interaction_id: UUID | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.interaction_id is None and self.note is None:
            raise ValueError("name the interaction, or say in a note what came of it")
        return self


class FollowUpReschedule(Body):
    due_on: Day
    reason: Text


class FollowUpRead(Read):
    id: UUID
    version: int
    client_id: UUID
    reason: FollowUpReason
    status: FollowUpStatus
    due_on: date
    assignee_id: UUID | None
    note: str | None
    scheduled_on: date
    is_rescheduled: bool
    interaction_id: UUID | None
    result: str | None
    ended_at: datetime | None


class FollowUpWhy(Read):
    """Why a follow-up is due on its day: the facts, the policy that decided, and the same rule's answer once more."""

    reason: FollowUpReason
    due_on: date
    is_rescheduled: bool = Field(description="A person chose the day; `rule_due_on` is what the rule had said.")
    basis_on: date | None = Field(description="The day the days count from.")
    basis_interaction_id: UUID | None = Field(description="The contact of that day; null if it was no contact.")
    caused_by: UUID | None = Field(description="The event that caused the follow-up.")
    service_class: str | None
    basis_days: int | None
    planned_on: date | None = Field(description="When the day was planned; a day already past then becomes a catch-up.")
    catch_up_days: int | None
    rule_version: str | None
    source: str | None = Field(description="Where the number of days comes from.")
    rule_due_on: date | None
