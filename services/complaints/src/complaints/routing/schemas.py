from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from complaints.cases.rules import Level, Reason, Source, Status
from complaints.routing.rules import TargetKind
from complaints.traits.rules import Tag, Urgency
from shared.http.bodies import Body, Day, Read, ShortText, Text
from shared.http.permissions import Role

BusinessCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,19}$")]
_MANY = Field(min_length=1, max_length=50)


class Conditions(Body):
    """What must hold, all of it; within a field, one of its values. What is left out is no condition."""

    levels: Annotated[list[Level] | None, _MANY] = None
    urgencies: Annotated[list[Urgency] | None, _MANY] = None
    sources: Annotated[list[Source] | None, _MANY] = None
    reasons: Annotated[list[Reason] | None, _MANY] = None
    tags: Annotated[list[Tag] | None, _MANY] = None
    #: Partner channels whose sale the case is about.
    channel_ids: Annotated[list[UUID] | None, _MANY] = None
    #: Classes of business (业务类别), each with all below it.
    business_codes: Annotated[list[BusinessCode] | None, _MANY] = None
    #: Units that look after the client.
    unit_ids: Annotated[list[UUID] | None, _MANY] = None


class TargetBody(Body):
    """Handlers of a unit and of all below it, handlers who hold another office too, or named handlers."""

    kind: TargetKind
    unit_id: UUID | None = None
    role: Role | None = None
    staff_ids: Annotated[list[UUID] | None, _MANY] = None


class RuleDraft(Body):
    #: Rules are tried in ascending order; the first that fits says where.
    position: Annotated[int, Field(ge=1, le=10_000)]
    name: ShortText
    conditions: Conditions = Conditions()
    target: TargetBody


class RuleCreate(RuleDraft):
    valid_from: Day
    valid_to: Day | None = None
    #: Which decision of the house says so.
    source: Text


class RuleEnd(Body):
    #: First day on which it holds no more.
    valid_to: Day


class TargetRead(Read):
    kind: TargetKind
    unit_id: UUID | None = None
    role: str | None = None
    staff_ids: list[UUID] | None = None


class RuleRead(Read):
    id: UUID
    position: int
    name: str
    conditions: Conditions
    target: TargetRead
    valid_from: date
    valid_to: date | None
    source: str
    added_by: str
    added_at: datetime
    ended_by: str | None


class DryRun(Body):
    """Which rules are tried on which cases."""

    #: Drafts in place of the rules in force.
    rules: Annotated[list[RuleDraft] | None, Field(max_length=100)] = None
    #: The rules in force on this day; today if left out.
    on: Day | None = None
    #: Only cases whose legal clock runs, or only the others; all if left out.
    is_open: bool | None = None
    received_from: Day | None = None
    received_to: Day | None = None


class RouteRead(Read):
    """Where a case goes, and which rule says so; no rule means every handler."""

    rule_id: UUID | None
    name: str | None
    position: int | None
    target: TargetRead | None


class RoutedCase(RouteRead):
    complaint_id: UUID
    number: str
    status: Status
    received_on: date
    #: Handlers at work to whom it would go, those included who would have to step aside.
    handlers: int
    #: Who handles it, and whether they are among those.
    handler_id: UUID | None
    is_with_them: bool | None
