from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.statistics import queries, rules
from complaints.statistics.rules import By, Figure
from complaints.statistics.schemas import Group, Number, Statistics
from shared.http.callers import Actor
from shared.money import Money

CASES = "/v1/complaint-statistics/cases"


async def statistics(
    session: AsyncSession, *, by: By, received_from: date, received_to: date, actor: Actor, today: date
) -> Statistics:
    """Return the numbers of the cases received in a period, by what `by` says; what was no complaint is left out.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    rules.require_period(received_from, received_to)
    rows = await queries.count(session, by, received_from, received_to, cases.reached(actor), today)
    period = {"received_from": str(received_from), "received_to": str(received_to), "by": by.value}
    return Statistics(
        received_from=received_from, received_to=received_to, by=by, groups=[_group(row, period) for row in rows]
    )


def select_cases(
    *,
    figure: Figure,
    by: By,
    value: str | None,
    received_from: date,
    received_to: date,
    actor: Actor,
    today: date,
) -> Select[Complaint]:
    """Return the select of the cases that one number counts.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    rules.require_period(received_from, received_to)
    return queries.select_cases(figure, by, value, received_from, received_to, cases.reached(actor), today)


def _group(row: Mapping[str, Any], period: dict[str, str]) -> Group:
    value = {} if row["value"] is None else {"value": row["value"]}
    return Group(
        value=row["value"],
        figures={
            figure: Number(
                cases=row[figure.value], list=f"{CASES}?{urlencode(period | value | {'figure': figure.value})}"
            )
            for figure in Figure
        },
        compensation=Money.from_fen(int(row["compensation"])),
        in_time_rate_bp=rules.rate_bp(row["in_time"], row["informed"]),
        extension_rate_bp=rules.rate_bp(row["extended"], row["received"]),
        repeat_rate_bp=rules.rate_bp(row["repeated"], row["received"]),
    )
