"""Complaint statistics (投诉统计) of a period; every number opens to its cases."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from complaints.cases.rules import Level, Reason, RootCause, Source
from complaints.cases.tables import Complaint
from complaints.classification.schemas import CodeText
from complaints.statistics import rules, service
from complaints.statistics.rules import MOST_DIMENSIONS, By, Figure, NamedTwice, PeriodEmpty
from complaints.statistics.schemas import CountedCase, Statistics
from complaints.traits.rules import Regime
from shared.clock import business_date
from shared.http import pages, problems
from shared.http.bodies import PRINTABLE, Day
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint statistics")

FromQuery = Annotated[Day, Query(description="First day of receipt (Asia/Shanghai).")]
ToQuery = Annotated[Day, Query(description="Last day of receipt (Asia/Shanghai).")]
ByQuery = Annotated[list[By], Query(min_length=1, max_length=MOST_DIMENSIONS, description="Up to three at once.")]


def _values(
    reason: Annotated[Reason | None, Query()] = None,
    level: Annotated[Level | None, Query()] = None,
    source: Annotated[Source | None, Query()] = None,
    product_class: Annotated[str | None, Query(max_length=200, pattern=PRINTABLE)] = None,
    product_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    root_cause: Annotated[RootCause | None, Query()] = None,
    business_code: Annotated[CodeText | None, Query()] = None,
    regime: Annotated[Regime | None, Query()] = None,
    without: Annotated[list[By] | None, Query(description="The cases that have none of these.")] = None,
) -> dict[By, str | None]:
    given: dict[By, str | None] = {
        By.REASON: reason,
        By.LEVEL: level,
        By.SOURCE: source,
        By.PRODUCT_CLASS: product_class,
        By.PRODUCT_ID: None if product_id is None else str(product_id),
        By.CHANNEL_ID: None if channel_id is None else str(channel_id),
        By.ROOT_CAUSE: root_cause,
        By.BUSINESS_CODE: business_code,
        By.REGIME: regime,
    }
    return rules.values_of(given, without or [])


@routes.get("/complaint-statistics", responses=problems.docs(PeriodEmpty, NamedTwice))
async def read_statistics(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    received_from: FromQuery,
    received_to: ToQuery,
    by: ByQuery = [By.REASON],  # noqa: B006  # FastAPI copies it
) -> Statistics:
    """Count the complaints received in a period as they stand now, with in-time, extension and repeat rates.

    `by` may name up to three at once, such as cause, product and channel: a table of all combinations that occur.
    What turned out to be no complaint is left out. Each number's `list` is the path of exactly its cases. Nobody's
    numbers count a complaint about themselves.
    """
    return await service.statistics(
        session, by=by, received_from=received_from, received_to=received_to, actor=actor, today=business_date(now)
    )


@routes.get("/complaint-statistics/cases", responses=problems.docs(PeriodEmpty, NamedTwice))
async def list_counted_cases(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    received_from: FromQuery,
    received_to: ToQuery,
    figure: Annotated[Figure, Query()],
    values: Annotated[dict[By, str | None], Depends(_values)],
) -> Page[CountedCase]:
    """List the cases that one number counts, in the order of receipt."""
    statement = service.select_cases(
        figure=figure,
        values=values,
        received_from=received_from,
        received_to=received_to,
        actor=actor,
        today=business_date(now),
    )
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.received_on, Complaint.id))
    return Page(items=[CountedCase.model_validate(one) for one in found], next_cursor=cursor)
