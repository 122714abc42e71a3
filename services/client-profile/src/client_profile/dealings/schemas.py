from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from client_profile.dealings.rules import DealingKind, DealingStatus
from client_profile.products.rules import Grade
from client_profile.products.schemas import decimal_text
from shared.http.bodies import Body, Read, Text
from shared.money import Money


def _units(value: object) -> Decimal:
    return decimal_text(value, places=4)


def _net_value(value: object) -> Decimal:
    number = decimal_text(value, places=4)
    if not 0 < number < Decimal(10) ** 8:
        raise ValueError("must be above 0 and below 100,000,000")
    return number


_AS_TEXT = PlainSerializer(lambda value: f"{value:.4f}", return_type=str)
_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,4})?$", "examples": ["1.0250"]})
#: A number of units, or yuan per unit: a decimal number in a string.
Units = Annotated[Decimal, BeforeValidator(_units), _AS_TEXT, _SCHEMA]
NetValue = Annotated[Decimal, BeforeValidator(_net_value), _AS_TEXT, _SCHEMA]
ConfirmationNumber = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]


class Reason(Body):
    reason: Text


class DealingRead(Read):
    id: UUID
    version: int
    number: str
    kind: DealingKind
    status: DealingStatus
    client_id: UUID
    product_id: UUID
    share_class: str
    channel_id: UUID | None
    amount: Money
    units: Units | None
    net_value: NetValue | None
    applied_on: date
    paid_on: date | None
    confirmed_on: date | None
    origin: str
    confirmation_number: str | None
    original_dealing_id: UUID | None
    sale_check_id: UUID | None
    channel_grade: Grade | None
    proof_reference: str | None
    recording_number: str | None
    recorded_at: datetime


class HoldingRead(Read):
    product_id: UUID
    units: Units | None = Field(description="Units left; null where the plan has none.")
    subscribed: Money = Field(description="Sum of confirmed subscriptions.")
    left: Money = Field(description="What has not been redeemed, at cost.")
    distributed: Money = Field(description="Sum of distributions paid.")


class HoldingsRead(Read):
    client_id: UUID
    on: date
    holdings: list[HoldingRead]
    aum: Money = Field(description="Sum of what is left over all products.")
