from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from complaints.parties.schemas import ComplainantCreate
from complaints.representatives.rules import ComplainantKind, PartyRole
from shared.http.bodies import Body, Day, Read, ShortText, Text

#: More than ever complained together.
Persons = Annotated[int, Field(ge=1, le=100_000)]


class PersonCreate(Body):
    """A client, whose data the company holds, or somebody with name and phone."""

    client_id: UUID | None = None
    contact: ComplainantCreate | None = None


class PaperCreate(Body):
    """A signed authority (授权委托书) or a proof of succession (继承证明)."""

    #: What it is, with its number if it has one.
    document: ShortText
    signed_on: Day
    valid_until: Day | None = None
    #: Whether the original was seen.
    original_seen: bool


class AgentCreate(PersonCreate):
    authority: PaperCreate | None = None
    #: Whether the agent's own identity document was seen.
    identity_checked: bool = False
    #: Why the complainant does not come in person.
    reason: Text | None = None


class HeirCreate(PersonCreate):
    succession: PaperCreate | None = None
    identity_checked: bool = False


class JointCreate(Body):
    #: How many complain together.
    persons: Persons
    representatives: Annotated[list[PersonCreate], Field(max_length=100)]


class RepresentativeAdd(PersonCreate):
    #: How many complain together now; as before if left out.
    persons: Persons | None = None


class PartyEnd(Body):
    reason: Text


class PartyRead(Read):
    id: UUID
    role: PartyRole
    client_id: UUID | None
    masked_name: str | None
    masked_phone: str | None
    document: str | None
    signed_on: date | None
    valid_until: date | None
    reason: str | None
    added_at: datetime
    added_by: str
    ended_at: datetime | None


class ComplainantSeen(Read):
    """The complainant, with what the company knows already."""

    kind: ComplainantKind
    client_id: UUID | None
    masked_name: str | None
    masked_phone: str | None
    service_class: str | None
    client_since: date | None
    left_on: date | None
    manager_ids: list[UUID]
    #: Partner channels through which the client came or bought.
    channel_ids: list[UUID]


class People(Read):
    """Who takes part in a case."""

    complaint_id: UUID
    complainant: ComplainantSeen
    #: How many complain together; 1 for one alone.
    persons: int
    parties: list[PartyRead]
