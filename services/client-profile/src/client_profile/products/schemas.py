from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from client_profile.products.rules import Grade, ProductKind, ProductStatus
from shared.http.bodies import Body, Day, ExternalId, Read, ShortText, Text
from shared.money import Money


def decimal_text(value: object, *, places: int) -> Decimal:
    """Return the number in a text of a body; floats are refused, since they would lose digits.

    Raises:
        ValueError: it is no finite number, below zero, or has more than `places` decimal places.
    """
    if not isinstance(value, str | Decimal) or len(str(value)) > 24:
        raise ValueError('must be a decimal number in a string, such as "1.025"')
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError('must be a decimal number in a string, such as "1.025"') from None
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 16 or number != round(number, places):
        raise ValueError(f"must be at least 0, with at most {places} decimal places")
    return round(number, places)


def _rate(value: object) -> Decimal:
    rate = decimal_text(value, places=8)
    if rate >= 1:
        raise ValueError("must be below 1")
    return rate


#: A yearly rate as a part of one: `"0.008"` is 0.8 %.
Rate = Annotated[
    Decimal,
    BeforeValidator(_rate),
    PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^0(\.[0-9]{1,8})?$", "examples": ["0.008"]}),
]
ShareClass = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,10}$")]


class ProductCreate(Body):
    number: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{3,40}$")] = Field(examples=["XT-2026-018"])
    name: ShortText
    kind: ProductKind
    grade: Grade
    term_months: int | None = Field(
        default=None, ge=1, le=600, description="Planned term; leave out for an open-ended plan."
    )
    share_classes: list[ShareClass] = Field(default=[], max_length=20)
    fee_rate: Rate | None = Field(
        default=None, description="Net trustee fee a year; leave out for the kind's usual rate."
    )


class ProductItem(ProductCreate):
    """A product as another system knows it."""

    external_id: ExternalId
    established_on: Day | None = Field(default=None, description="Day of establishment of a plan that runs already.")


class Regrade(Body):
    grade: Grade
    reason: Text


class Extension(Body):
    ends_on: Day = Field(description="Last day of the term from now on.")
    resolution: ShortText = Field(description="Resolution of the holders' meeting or clause of the contract.")
    reason: Text


class PaymentDelay(Body):
    payable_on: Day = Field(description="Day on which the plan should have paid; not in the future.")
    expected_on: Day | None = Field(default=None, description="Day on which payment is now expected, if one is known.")
    reason: Text


class ProductRead(Read):
    id: UUID
    version: int
    number: str
    name: str
    kind: ProductKind
    grade: Grade
    status: ProductStatus
    term_months: int | None
    share_classes: list[str]
    fee_rate: Rate | None
    minimum_amount: Money | None = Field(default=None, description="Smallest subscription under today's rules.")
    takes_subscriptions: bool = Field(default=False, description="Whether it may be sold now.")
    established_on: date | None
    ends_on: date | None = Field(default=None, description="Last day of the term; null before establishment.")
    extended_to: date | None = Field(description="The end of the term, if it was extended.")
    payment_delayed_since: date | None = Field(description="Since when the plan owes its holders a payment.")
    origin: str | None
    external_id: str | None
