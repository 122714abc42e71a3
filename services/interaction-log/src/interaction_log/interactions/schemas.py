from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StringConstraints, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from interaction_log.interactions.rules import (
    ConsentBasis,
    ContactOutcome,
    ContactPurpose,
    InteractionDirection,
    InteractionKind,
)
from shared.http.bodies import WRITTEN_OUT, Body, ExternalId, LongText, Read, Text

#: Nothing was recorded electronically before; a year typed wrong is.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
_DAY_SECONDS = 24 * 3600

StartedAt = Annotated[
    AwareDatetime, Field(ge=_EARLIEST, le=_LATEST, description="When the contact began, with time zone."), WRITTEN_OUT
]
Duration = Annotated[StrictInt, Field(ge=0, le=_DAY_SECONDS)]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
AttributeText = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
AttributeNumber = Annotated[StrictInt, Field(ge=-(10**15), le=10**15)]
Attributes = Annotated[
    dict[AttributeName, StrictBool | AttributeNumber | AttributeText],
    Field(max_length=20, description="Small facts of the origin's own, such as `campaign`; no personal data."),
]
Origin = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$"), Field(description="The system it comes from.")
]
ProductIds = Annotated[list[UUID], Field(max_length=20, description="Products that were named.")]


class InteractionFields(Body):
    client_id: UUID
    kind: InteractionKind
    direction: InteractionDirection
    started_at: StartedAt
    duration_seconds: Duration | None = None
    is_reached: StrictBool = Field(
        description="Whether the client was reached; only such contacts count for the rhythm."
    )
    outcome: ContactOutcome | None = None
    purpose: ContactPurpose | None = None
    product_ids: ProductIds = Field(default_factory=list)
    summary: LongText | None = None
    attributes: Attributes = Field(default_factory=dict)
    consent_basis: ConsentBasis | None = None


class InteractionCreate(InteractionFields):
    staff_id: UUID | None = Field(default=None, description="Who spoke with the client; the caller when left out.")
    origin: Origin | None = None
    external_id: ExternalId | None = Field(default=None, description="What the origin calls it; needs `origin`.")

    @model_validator(mode="after")
    def _are_given_together(self) -> Self:
        if (self.origin is None) != (self.external_id is None):
            raise ValueError("origin and external_id are given together or not at all")
        return self


class InteractionItem(InteractionFields):
    """One interaction of a bulk call."""

    external_id: ExternalId
    staff_id: UUID | None = Field(default=None, description="Who spoke with the client; null if not of our staff.")


class InteractionChanges(Body):
    """The fields that were wrong; those left out stay."""

    kind: InteractionKind | SkipJsonSchema[None] = None
    direction: InteractionDirection | SkipJsonSchema[None] = None
    started_at: StartedAt | SkipJsonSchema[None] = None
    duration_seconds: Duration | None = None
    is_reached: StrictBool | SkipJsonSchema[None] = None
    outcome: ContactOutcome | None = None
    purpose: ContactPurpose | None = None
    product_ids: ProductIds | SkipJsonSchema[None] = None
    summary: LongText | None = None
    attributes: Attributes | SkipJsonSchema[None] = None
    staff_id: UUID | None = None
    consent_basis: ConsentBasis | None = None

    @field_validator("kind", "direction", "started_at", "is_reached", "product_ids", "attributes")
    @classmethod
    def _is_not_null(cls, value: object) -> object:
        """Defaults are not checked, so that only a null that was sent is refused."""
        if value is None:
            raise ValueError("may be left out, but not null")
        return value


class InteractionCorrection(Body):
    changes: InteractionChanges
    reason: Text


class InteractionRead(Read):
    id: UUID
    version: int
    client_id: UUID
    kind: InteractionKind
    direction: InteractionDirection
    started_at: datetime
    duration_seconds: int | None
    is_reached: bool
    outcome: ContactOutcome | None
    purpose: ContactPurpose | None
    product_ids: list[UUID]
    summary: str | None
    attributes: dict[str, Any]
    staff_id: UUID | None
    consent_basis: ConsentBasis | None
    origin: str | None
    external_id: str | None
    recorded_at: datetime
    recorded_by: str


class InteractionVersionRead(Read):
    """What stood there before a correction."""

    version: int
    content: dict[str, Any]
    replaced_at: datetime
    replaced_by: str
    reason: str | None = Field(description="Why it was corrected; null when its origin sent it anew.")
