"""Contribution of clients (客户贡献), and which of them make most of it.

The source text's formula (margin deposits x deposit spread x time + commission rate x turnover - commission rebate),
carried over to trusts: assets x days x net trustee fee rate / days of the year - rebate to channels - cost of service.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from client_profile.clients.rules import ServiceClass
from client_profile.products.rules import ProductKind
from shared.errors import Invalid
from shared.money import round_fen


class PeriodInvalid(Invalid):
    """This is no period."""

    code = "period_invalid"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `begins` (counted) to `ends` (not counted), Asia/Shanghai."""

    begins: date
    ends: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.ends - self.begins).days


@dataclass(frozen=True, slots=True)
class FeeLine:
    """What one product brings.

    Attributes:
        product_id: The product.
        fen_days: Sum over the days of what was held at the end of each, in fen.
        fee_rate: Net trustee fee a year, as a part of one.
        fee_fen: fen_days x fee_rate / days of the year, rounded once.
    """

    product_id: UUID
    fen_days: int
    fee_rate: Decimal
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a client contributed in a period, in fen. The cost of service is that of its class."""

    service_class: ServiceClass
    lines: Sequence[FeeLine]
    rebate_fen: int
    service_cost_fen: int

    @property
    def total_fen(self) -> int:
        """Fees less rebate and cost of service."""
        return sum(line.fee_fen for line in self.lines) - self.rebate_fen - self.service_cost_fen


@dataclass(frozen=True, slots=True)
class ContributionRule:
    """The policy row `contribution.rule`.

    Attributes:
        year_days: Days of the year by which a rate is divided.
        fee_rates: Usual net trustee fee a year by kind of product, where a product has none of its own.
        service_costs_fen: Cost of service a year by class.
        top_share: The part of all contribution that the first group makes.
    """

    year_days: int
    fee_rates: Mapping[ProductKind, Decimal]
    service_costs_fen: Mapping[ServiceClass, int]
    top_share: Decimal


def contribution_rule(value: Mapping[str, Any]) -> ContributionRule:
    """Return the rule that the policy row's value tells (amounts in yuan)."""
    rates, costs = value["fee_rates"], value["service_costs"]
    return ContributionRule(
        year_days=value["year_days"],
        fee_rates={ProductKind[kind.upper()]: Decimal(rate) for kind, rate in rates.items()},
        service_costs_fen={ServiceClass[code]: round_fen(Decimal(cost)) for code, cost in costs.items()},
        top_share=Decimal(value["top_share"]),
    )


def fee_line(
    product_id: UUID, fen_days: int, *, kind: ProductKind, own_rate: Decimal | None, rule: ContributionRule
) -> FeeLine:
    """Return what holding a product brought, at its own rate or the usual one of its kind."""
    rate = rule.fee_rates[kind] if own_rate is None else own_rate
    fee_fen = round_fen(Decimal(fen_days) * rate / rule.year_days / 100)
    return FeeLine(product_id, fen_days, rate, fee_fen)


def service_cost_fen(service_class: ServiceClass, days: int, rule: ContributionRule) -> int:
    """Return what serving a client of the class costs in `days` days."""
    return round_fen(Decimal(rule.service_costs_fen[service_class]) * days / rule.year_days / 100)


def period_between(begins: date, ends: date) -> Period:
    """Return the period from `begins` (counted) to `ends` (not counted).

    Raises:
        PeriodInvalid: it has no day, or more than ten years.
    """
    if begins >= ends or (ends - begins).days > 3653:
        raise PeriodInvalid("`to` lies after `from`, by ten years at the most.", pointer="/query/to")
    return Period(begins, ends)


def named_period(name: str) -> Period:
    """Return the period that a name stands for: `2026`, `2026-Q1` or `2026-03`.

    Raises:
        PeriodInvalid: it is no such name.
    """
    found = re.fullmatch(r"(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", name)
    if found is None:
        raise PeriodInvalid("A period reads 2026, 2026-Q1 or 2026-03.", pointer="/query/period")
    year, quarter, month = (int(part) if part else None for part in found.groups())
    assert year is not None  # noqa: S101  # the pattern has a year
    if quarter:
        first, months = quarter * 3 - 2, 3
    elif month:
        first, months = month, 1
    else:
        first, months = 1, 12
    after = year * 12 + first - 1 + months
    return Period(date(year, first, 1), date(after // 12, after % 12 + 1, 1))


def makers(contributions: Iterable[tuple[UUID, int]], share: Decimal) -> tuple[list[tuple[UUID, int]], int]:
    """Return the clients who make the first `share` of all contribution, and that whole in fen.

    The smallest group taken from the top, ties by client id, whose contribution reaches the share. Clients who
    contribute nothing or less are left out of the whole (source text: who makes the first 60 %).

    Args:
        contributions: Client and fen.
        share: Part of the whole, above 0 and at most 1.
    """
    ranked = sorted(((client, fen) for client, fen in contributions if fen > 0), key=lambda one: (-one[1], one[0]))
    whole = sum(fen for _, fen in ranked)
    needed, reached = whole * share, 0
    top: list[tuple[UUID, int]] = []
    for client, fen in ranked:
        if reached >= needed:
            break
        top.append((client, fen))
        reached += fen
    return top, whole
