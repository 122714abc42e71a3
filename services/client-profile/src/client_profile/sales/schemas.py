from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from client_profile.products.rules import Grade
from client_profile.qualifications.schemas import Reference
from client_profile.sales.rules import RefusalReason
from shared.http.bodies import Body, Read
from shared.money import Money, PositiveMoney


class SaleQuestion(Body):
    """A sale somebody means to make."""

    client_id: UUID
    product_id: UUID
    amount: PositiveMoney
    channel_id: UUID | None = Field(
        default=None,
        description="The selling channel; leave out for a direct sale. A channel leaves it out or names itself.",
    )
    channel_grade: Grade | None = Field(
        default=None, description="The channel's own grade of the product; the higher of both counts."
    )
    recording_number: Reference | None = Field(default=None, description="Number of the recording (双录).")


class RefusalRead(Read):
    code: RefusalReason
    name: str = Field(description="The reason in Chinese.")
    detail: str
    facts: dict[str, Any]
    rule_version: str


class SaleCheckRead(Read):
    id: UUID
    client_id: UUID
    product_id: UUID
    channel_id: UUID | None
    amount: Money
    channel_grade: Grade | None
    recording_number: str | None
    allowed: bool
    reasons: list[RefusalRead] = Field(description="Every reason against the sale; empty if it is allowed.")
    checked_by: str
    checked_at: datetime


class SaleWhy(Read):
    """The gate passed again: the facts of that day, the rules in force on it, and what follows from them."""

    facts: dict[str, Any]
    rules: dict[str, Any] = Field(description="The policy rows by code, each with value, version and source.")
    reasons: list[RefusalRead]
    allowed: bool


class SaleCheckWhy(SaleCheckRead):
    why: SaleWhy
