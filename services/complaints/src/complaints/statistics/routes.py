"""Complaint statistics (投诉统计) of a period; every number opens to its cases."""

from typing import Annotated

from fastapi import Query

from complaints.cases.tables import Complaint
from complaints.statistics import service
from complaints.statistics.rules import By, Figure, PeriodEmpty
from complaints.statistics.schemas import CountedCase, Statistics
from shared.clock import business_date
from shared.http import pages, problems
from shared.http.bodies import PRINTABLE, Day
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint statistics")

FromQuery = Annotated[Day, Query(description="First day of receipt (Asia/Shanghai).")]
ToQuery = Annotated[Day, Query(description="Last day of receipt (Asia/Shanghai).")]


@routes.get("/complaint-statistics", responses=problems.docs(PeriodEmpty))
async def read_statistics(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    received_from: FromQuery,
    received_to: ToQuery,
    by: Annotated[By, Query()] = By.REASON,
) -> Statistics:
    """Count the complaints received in a period as they stand now, with in-time, extension and repeat rates.

    What turned out to be no complaint is left out. Each number's `list` is the path of exactly its cases. Nobody's
    numbers count a complaint about themselves.
    """
    return await service.statistics(
        session, by=by, received_from=received_from, received_to=received_to, actor=actor, today=business_date(now)
    )


@routes.get("/complaint-statistics/cases", responses=problems.docs(PeriodEmpty))
async def list_counted_cases(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    received_from: FromQuery,
    received_to: ToQuery,
    figure: Annotated[Figure, Query()],
    by: Annotated[By, Query()] = By.REASON,
    value: Annotated[
        str | None, Query(max_length=200, pattern=PRINTABLE, description="Left out: the cases that have none.")
    ] = None,
) -> Page[CountedCase]:
    """List the cases that one number of the statistics counts, in the order of receipt."""
    statement = service.select_cases(
        figure=figure,
        by=by,
        value=value,
        received_from=received_from,
        received_to=received_to,
        actor=actor,
        today=business_date(now),
    )
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.received_on, Complaint.id))
    return Page(items=[CountedCase.model_validate(one) for one in found], next_cursor=cursor)
