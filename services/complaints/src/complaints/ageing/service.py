from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.ageing import queries, rules
from complaints.ageing.rules import Band
from complaints.ageing.schemas import AgeBand, Ageing
from complaints.cases import service as cases
from complaints.statistics.rules import Figure
from complaints.statistics.service import number
from shared import policy
from shared.http.callers import Actor


async def ageing(session: AsyncSession, *, actor: Actor, today: date) -> Ageing:
    """Return the open cases that the caller reaches by the age bands in force today."""
    row = await policy.row(session, rules.BANDS, on=today)
    bands = rules.bands(row.value)
    found = await queries.count(session, bands, cases.reached(actor), today)
    shown = [_band(band, found.get(place), today) for place, band in enumerate(bands)]
    return Ageing(
        on=today,
        rule_version=row.version,
        rule_source=row.source,
        open=sum(one.open.cases for one in shown),
        overdue=sum(one.overdue.cases for one in shown),
        bands=shown,
    )


def _band(band: Band, counted: Any | None, today: date) -> AgeBand:
    received_to = today - timedelta(days=band.from_days)
    if band.to_days is not None:
        received_from = today - timedelta(days=band.to_days)
    else:
        received_from = counted.first_on if counted else received_to
    period = (received_from, received_to)
    return AgeBand(
        from_days=band.from_days,
        to_days=band.to_days,
        open=number(counted.open if counted else 0, Figure.OPEN, period),
        overdue=number(counted.overdue if counted else 0, Figure.OVERDUE, period),
    )
