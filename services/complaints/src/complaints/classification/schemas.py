from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from complaints.cases.rules import Level, Reason
from complaints.classification.rules import Dimension
from complaints.traits.rules import RequestKind, Tag, Urgency
from shared.http.bodies import Body, Day, Read, ShortText, Text

CodeText = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,19}$")]
Tags = Annotated[list[Tag], Field(max_length=len(Tag))]
RequestKinds = Annotated[list[RequestKind], Field(max_length=len(RequestKind))]


class Classification(Body):
    """What is given replaces what stands; the rest stays."""

    channel_code: CodeText | None = None
    business_code: CodeText | None = None
    reason_code: CodeText | None = None
    #: What an "other" is, in words.
    classification_note: Text | None = None
    #: The class of reasons.
    reason: Reason | None = None
    level: Level | None = None
    urgency: Urgency | None = None
    tags: Tags | None = None
    request_kinds: RequestKinds | None = None
    #: Why; kept in the audit trail.
    why: Text


class CodeCreate(Body):
    dimension: Dimension
    code: CodeText
    #: The code it stands under; none on the first level.
    parent: CodeText | None = None
    name: ShortText
    #: Whether it stands for whatever has no code of its own.
    is_other: bool = False
    #: Of a first-level code for reasons: its class.
    reason_class: Reason | None = None
    valid_from: Day
    source: Text


class CodeEnd(Body):
    #: First day on which it is in force no more.
    valid_to: Day


class CodeRead(Read):
    dimension: Dimension
    code: str
    parent: str | None
    name: str
    is_other: bool
    reason_class: Reason | None
    valid_from: date
    valid_to: date | None
    source: str
