from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from client_profile.dealings.schemas import DealingRead
from client_profile.erasure.rules import ErasingService, ErasureBlocker, ErasureGround, ErasureState
from client_profile.identity.schemas import RestrictedPersonalData
from shared.erasure.rules import Outcome, RecordKind
from shared.http.bodies import Body, Read, Text


class Erase(Body):
    ground: ErasureGround
    request_number: Annotated[
        str,
        StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$"),
        Field(description="Number of the client's request in the register of privacy requests (个人信息权利请求)."),
    ]
    reason: Text


class Disclose(Body):
    reason: Text


class ErasureAnswerRead(Read):
    """What a service did with one kind of record."""

    service: str
    record_kind: Annotated[RecordKind | str, Field(description="A kind of tomorrow goes by its code.")]
    outcome: Outcome
    kept_until: Annotated[date | None, Field(description="Last day of the restriction; deleted on the day after.")]
    legal_basis: Annotated[str | None, Field(description="The policy row that keeps it, `<code>@<valid_from>`.")]
    answered_at: datetime


class MissingAnswer(Read):
    service: ErasingService
    waiting_since: datetime
    is_overdue: bool


class ErasureRead(Read):
    """How far the erasure of a client is: who answered what, and who is still to answer."""

    client_id: UUID
    state: ErasureState
    blockers: Annotated[list[ErasureBlocker], Field(description="What stands in the way, while not erased.")]
    erased_at: datetime | None
    ground: ErasureGround | None
    request_number: str | None
    erased_by: UUID | None
    answers: list[ErasureAnswerRead]
    missing: list[MissingAnswer]


class RestrictedRecords(Read):
    """What the law keeps of an erased client here; identity is null where no law keeps it any more."""

    client_id: UUID
    number: str
    identity: RestrictedPersonalData | None
    dealings: list[DealingRead]
