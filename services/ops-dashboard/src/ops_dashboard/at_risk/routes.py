"""Clients at risk of leaving (流失预警)."""

from typing import Annotated, Literal

from fastapi import Query

from ops_dashboard.at_risk import queries
from ops_dashboard.at_risk.schemas import ClientAtRiskRead
from ops_dashboard.at_risk.tables import ClientAtRisk
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import SessionDep, router

routes = router("Operations")


@routes.get("/operations/clients-at-risk")
async def list_clients_at_risk(
    session: SessionDep, page: PageDep, level: Annotated[Literal["low", "medium", "high"] | None, Query()] = None
) -> Page[ClientAtRiskRead]:
    """List the clients that are flagged at risk, the highest score first.

    One that fell to `low` stays listed until it was low long enough to be cleared.
    """
    by = (ClientAtRisk.score, ClientAtRisk.client_id)
    found, cursor = await pages.fetch(session, queries.select_flagged(level), page, by=by, descending=True)
    return Page(items=[ClientAtRiskRead.model_validate(client) for client in found], next_cursor=cursor)
