from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.statistics import queries, rules
from complaints.statistics.rules import By, Figure
from complaints.statistics.schemas import Counted, Group, Number, Statistics
from shared.http.callers import Actor
from shared.money import Money

CASES = "/v1/complaint-statistics/cases"


async def statistics(
    session: AsyncSession, *, by: Sequence[By], received_from: date, received_to: date, actor: Actor, today: date
) -> Statistics:
    """Return the numbers of the cases received in a period, by what `by` says; what was no complaint is left out.

    Raises:
        PeriodEmpty: the period ends before it begins.
        NamedTwice: the same stands twice in `by`.
    """
    rules.require_period(received_from, received_to)
    rules.require_distinct(by)
    rows = await queries.count(session, by, received_from, received_to, cases.reached(actor), today)
    period = (received_from, received_to)
    return Statistics(
        received_from=received_from,
        received_to=received_to,
        by=list(by),
        total=Counted(**_counted(_summed(rows), period, {})),
        groups=[_group(row, period, by) for row in rows],
    )


async def count_received(session: AsyncSession, received_from: date, received_to: date, *, actor: Actor) -> int:
    """Return how many complaints were received in a period, of those that the caller reaches."""
    return await queries.count_received(session, received_from, received_to, cases.reached(actor))


def select_cases(
    *,
    figure: Figure,
    values: Mapping[By, str | None],
    received_from: date,
    received_to: date,
    actor: Actor,
    today: date,
) -> Select[Complaint]:
    """Return the select of the cases that one number counts; None in `values` stands for those that have none.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    rules.require_period(received_from, received_to)
    return queries.select_cases(figure, values, received_from, received_to, cases.reached(actor), today)


def number(
    cases_counted: int, figure: Figure, period: tuple[date, date], values: Mapping[By, str | None] | None = None
) -> Number:
    """Return a number with the path of the list of exactly its cases.

    Args:
        cases_counted: How many.
        figure: Which number.
        period: First and last day of receipt.
        values: What they have in common; None for those that have none of it.
    """
    said = values or {}
    query: list[tuple[str, str]] = [
        ("received_from", str(period[0])),
        ("received_to", str(period[1])),
        ("figure", figure.value),
        *((by.value, value) for by, value in said.items() if value is not None),
        *(("without", by.value) for by, value in said.items() if value is None),
    ]
    return Number(cases=cases_counted, list=f"{CASES}?{urlencode(query)}")


def _group(row: Mapping[str, Any], period: tuple[date, date], by: Sequence[By]) -> Group:
    values: dict[By, str | None] = {one: row[f"by_{one.value}"] for one in by}
    return Group(values=values, **_counted(row, period, values))


def _summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums over all groups: every case is in exactly one."""
    names = [*(figure.value for figure in Figure), "compensation"]
    found = list(rows)
    return {name: sum(int(row[name]) for row in found) for name in names}


def _counted(row: Mapping[str, Any], period: tuple[date, date], values: Mapping[By, str | None]) -> dict[str, Any]:
    return {
        "figures": {figure: number(row[figure.value], figure, period, values) for figure in Figure},
        "compensation": Money.from_fen(int(row["compensation"])),
        "in_time_rate_bp": rules.in_time_bp(in_time=row["in_time"], informed=row["informed"], overdue=row["overdue"]),
        "extension_rate_bp": rules.rate_bp(row["extended"], row["received"]),
        "repeat_rate_bp": rules.rate_bp(row["repeated"], row["received"]),
    }
