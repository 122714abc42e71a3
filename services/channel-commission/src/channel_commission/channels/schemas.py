from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from channel_commission.channels.rules import ChannelKind, ChannelStatus, LicenseKind, SuspensionReason
from shared.credit_code import is_credit_code
from shared.http.bodies import WRITTEN_OUT, Body, ExternalId, Read, ShortText


def _credit_code(value: str) -> str:
    if not is_credit_code(value):
        raise ValueError("is not a unified social credit code (GB 32100): length, characters or check digits are wrong")
    return value


CreditCode = Annotated[
    str,
    StringConstraints(min_length=18, max_length=18),
    AfterValidator(_credit_code),
    Field(description="Unified social credit code (统一社会信用代码).", examples=["91350100M000100Y43"]),
]
BusinessDate = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), WRITTEN_OUT]


class License(Body):
    """A financial license; both days are included."""

    kind: LicenseKind
    number: ShortText
    issuer: ShortText
    valid_from: BusinessDate
    valid_to: BusinessDate


class ChannelCreate(Body):
    name: ShortText
    kind: ChannelKind
    uscc: CreditCode | None = None
    parent_id: Annotated[UUID | None, Field(description="The head office, if this is a branch.")] = None
    license: License | None = None


class ChannelItem(ChannelCreate):
    """One channel of a bulk call. Kind and head office are chosen once; name, code and license may change."""

    external_id: ExternalId


class ChannelUpdate(Body):
    """What to change; a field left out stays as it is."""

    name: ShortText = ""
    uscc: Annotated[CreditCode | None, Field(description="Null empties it.")] = None


class LicenseRead(Read):
    kind: LicenseKind
    number: str
    issuer: str
    valid_from: date
    valid_to: date


class ChannelRead(Read):
    id: UUID
    version: int
    number: str
    name: str
    kind: ChannelKind
    status: ChannelStatus
    suspension_reason: SuspensionReason | None
    uscc: str | None
    parent_id: UUID | None
    origin: str | None
    external_id: str | None
    registered_at: datetime
    due_diligence_by: UUID | None
    approved_by: UUID | None
    #: The license that holds longest.
    license: LicenseRead | None
