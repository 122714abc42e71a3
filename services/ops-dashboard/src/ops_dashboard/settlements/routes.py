"""Where the settlement of channel fees stands."""

from typing import Annotated

from fastapi import Query

from ops_dashboard.settlements import queries, service
from ops_dashboard.settlements.schemas import PeriodState, StatementOnBoardRead
from ops_dashboard.settlements.tables import StatementOnBoard
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import SessionDep, router
from shared.money import Money

routes = router("Operations")


@routes.get("/operations/periods")
async def list_periods(session: SessionDep, months: Annotated[int, Query(ge=1, le=24)] = 6) -> list[PeriodState]:
    """Show the latest months, newest first, and where their statements stand."""
    return await service.latest_periods(session, months)


@routes.get("/operations/settlements")
async def list_settlements(
    session: SessionDep,
    page: PageDep,
    period: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$", description="A month, e.g. `2026-10`.")] = None,
) -> Page[StatementOnBoardRead]:
    """List statements with where they stand."""
    by = (StatementOnBoard.statement_id,)
    found, cursor = await pages.fetch(session, queries.select_statements(period), page, by=by)
    items = [
        StatementOnBoardRead(**row.model_dump(exclude={"version", "amount_fen"}), amount=Money.from_fen(row.amount_fen))
        for row in found
    ]
    return Page(items=items, next_cursor=cursor)
