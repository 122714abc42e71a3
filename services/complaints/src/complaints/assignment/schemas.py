from datetime import date, datetime
from uuid import UUID

from complaints.parties.rules import Exclusion
from complaints.routing.schemas import RouteRead
from shared.http.bodies import Body, Read


class AssignmentCreate(Body):
    #: Left out, the case goes to the one with the least to do of those to whom routing sends it.
    handler_id: UUID | None = None


class InterestRead(Read):
    """What somebody has to do with a case: with a day, a sale or a conversation where there is one."""

    why: Exclusion
    on: date | None
    dealing_id: UUID | None
    interaction_id: UUID | None


class OptionRead(Read):
    """Somebody at work as a handler: what they have to do and what speaks against them."""

    staff_id: UUID
    #: Whether routing sends the case to them.
    is_target: bool
    exclusions: list[Exclusion]
    open_cases: int
    #: Open cases weighted by urgency.
    load: int


class Candidate(OptionRead):
    unit_id: UUID | None
    interests: list[InterestRead]
    may_handle: bool


class Candidates(Read):
    #: The best first.
    items: list[Candidate]
    #: Where routing sends the case.
    route: RouteRead
    #: Weight of an open case by its urgency, and where it says so.
    weights: dict[str, int]
    weights_version: str
    #: Who gets the case if nobody is named; null if none of those to whom it goes may handle it.
    suggested_id: UUID | None


class AssignmentRead(Read):
    """Who got a case, and what led to it."""

    id: UUID
    assigned_at: datetime
    assigned_by: UUID
    handler_id: UUID
    is_automatic: bool
    rule_id: UUID | None
    rule_name: str | None
    weights_version: str
    options: list[OptionRead]
