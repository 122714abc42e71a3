from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.blacklist.rules import ListedKind, ListingStatus
from channel_commission.channels.schemas import CreditCode
from shared.http.bodies import Body, Read, ShortText, Text

DocumentNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z ]{5,30}$"),
    Field(description="Number of an identity document (证件号码); only a keyed hash is kept."),
]


class ListingCreate(Body):
    """An organization by its credit code or a person by an identity document; a second person decides."""

    kind: ListedKind
    name: ShortText
    uscc: CreditCode | None = None
    document_number: DocumentNumber | None = None
    reason: Text
    evidence: Annotated[Text, Field(description="Where the evidence is kept.")]


class ListingDecision(Body):
    is_listed: Annotated[bool, Field(description="False rejects the proposal.")]


class Lifting(Body):
    reason: Text


class Screening(Body):
    """A credit code or a document number to look up."""

    uscc: CreditCode | None = None
    document_number: DocumentNumber | None = None


class ScreeningResult(Read):
    is_listed: bool
    entry_id: UUID | None


class ListingRead(Read):
    id: UUID
    kind: ListedKind
    status: ListingStatus
    #: A person's is masked.
    name: str
    uscc: str | None
    reason: str
    evidence: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    lifted_by: UUID | None
    lifted_at: datetime | None
    lift_reason: str | None
