from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.channels.schemas import BusinessDate
from channel_commission.dealings.rules import Refusal
from channel_commission.periods.schemas import PeriodText
from channel_commission.rates.rules import InvestorKind
from shared.http.bodies import Body, Read
from shared.money import Money, PositiveMoney


class SupposedSale(Body):
    product_id: UUID
    amount: PositiveMoney
    confirmed_on: BusinessDate
    share_class: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{0,20}$")] = ""
    investor_kind: InvestorKind | None = None


class Simulate(Body):
    """The months to look at, both included, and sales supposed in them beside those that were made."""

    first: PeriodText
    last: PeriodText
    sales: Annotated[list[SupposedSale], Field(default_factory=list, max_length=1000)]


class SimulatedMonth(Read):
    period: str
    booked: Annotated[Money, Field(description="What is booked for these sales in the ledger, by month earned.")]
    simulated: Annotated[Money, Field(description="What the version would earn for them, and for supposed sales.")]
    difference: Money


class NotEarning(Read):
    reason: Refusal
    reason_zh: str
    sales: int


class Simulation(Read):
    """Sales of the agreement's channel that stand, with their redemptions up to the last month; nothing is booked."""

    sales: int
    months: list[SimulatedMonth]
    booked: Money
    simulated: Money
    difference: Money
    not_earning: list[NotEarning]
