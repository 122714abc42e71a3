from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema

from client_profile.clients.rules import ServiceClass
from client_profile.products.schemas import Rate
from shared.http.bodies import Read
from shared.money import Money

#: Yuan times days: no amount of money, and larger than any.
YuanDays = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["291400000.00"]}),
]


class FeeLineRead(Read):
    """yuan_days x fee_rate / year_days, rounded once to the fen."""

    product_id: UUID
    yuan_days: YuanDays = Field(description="What was held at the end of each day, summed over the days.")
    fee_rate: Rate
    fee: Money


class RebateLineRead(Read):
    accrual_id: UUID
    channel_id: UUID
    product_id: UUID
    dealing_id: UUID
    earned_period: str
    amount: Money = Field(description="Signed: reversals and clawbacks are negative.")


class ContributionRead(Read):
    """fees - rebate - service_cost = contribution, with what each follows from."""

    client_id: UUID
    begins: date
    ends: date = Field(description="First day after the period.")
    days: int
    fees: Money
    fee_lines: list[FeeLineRead]
    rebate: Money = Field(description="Fees to channels that the house bears, of the months that begin in the period.")
    rebate_lines: list[RebateLineRead] = Field(description="The first 200 entries.")
    service_cost: Money = Field(description="Yearly cost of the class x days / year_days.")
    service_class: ServiceClass
    contribution: Money
    year_days: int
    rule_version: str


class RankedClient(Read):
    client_id: UUID
    service_class: ServiceClass
    contribution: Money


class Group(Read):
    clients: int
    contribution: Money
    average: Money | None = Field(description="Per client; null for an empty group.")
    by_class: dict[ServiceClass, int] = Field(description="How many clients of each service class.")


class RankingRead(Read):
    """Who makes the first 60 % of all contribution, and who the rest."""

    period: str
    begins: date
    ends: date
    top_share: str
    total: Money = Field(description="Sum over the clients who contribute more than nothing.")
    makers: Group = Field(description="The smallest group from the top that reaches the share.")
    others: Group
    without_contribution: int = Field(description="Clients with holdings or rebates who contribute nothing or less.")
    clients: list[RankedClient] = Field(description="The makers, largest first, as many as asked for.")
    rule_version: str
