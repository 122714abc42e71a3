"""Periods: the months that take entries, and those that do not any more. Closing stands with the settlements."""

from typing import Annotated

from fastapi import Query

from channel_commission.periods import queries
from channel_commission.periods.rules import PeriodStatus
from channel_commission.periods.schemas import PeriodRead, PeriodText
from channel_commission.periods.tables import Period
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import SessionDep, router

routes = router("Periods")


@routes.get("/periods")
async def list_periods(
    session: SessionDep, page: PageDep, status: Annotated[PeriodStatus | None, Query()] = None
) -> Page[PeriodRead]:
    """List the months, the latest first."""
    statement = queries.select_periods(status)
    found, cursor = await pages.fetch(session, statement, page, by=(Period.period,), descending=True)
    return Page(items=[PeriodRead.model_validate(period) for period in found], next_cursor=cursor)


@routes.get("/periods/{period}", responses=problems.docs(NotFound))
async def read_period(period: PeriodText, session: SessionDep) -> PeriodRead:
    """Read one month, e.g. `2026-10`."""
    return PeriodRead.model_validate(await queries.get_period(session, period))
