from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from complaints.statistics.schemas import Number
from shared.http.bodies import Read
from shared.money import Money

Ratio = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\.\d{2}$"}),
]


class ClientsCounted(Read):
    """Clients at the end of a day, and in words who is counted."""

    on: date
    clients: int
    counted: str


class SoldCounted(Read):
    """What was sold in a period (both days included), and in words what is counted."""

    confirmed_from: date
    confirmed_to: date
    dealings: int
    amount: Money
    counted: str


class Density(Read):
    """Complaints received in a period against clients and sales; null where there were none."""

    received_from: date
    received_to: date
    complaints: Number
    clients: ClientsCounted
    sold: SoldCounted
    per_1000_clients: Ratio | None
    per_100m_yuan_sold: Ratio | None
