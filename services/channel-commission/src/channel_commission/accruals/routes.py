"""Accruals: what channels earned, dealing by dealing, and why."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.accruals import queries, service
from channel_commission.accruals.schemas import AccrualRead
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.periods.schemas import PeriodText
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Accruals")


@routes.get("/accruals", responses=problems.docs(ClientIsErased))
async def list_accruals(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    client_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    dealing_id: Annotated[UUID | None, Query()] = None,
    event_id: Annotated[UUID | None, Query(description="The event that caused them.")] = None,
    rate_rule_id: Annotated[UUID | None, Query(description="The rate that priced them.")] = None,
    period: Annotated[PeriodText | None, Query(description="Month of the settlement, e.g. `2026-10`.")] = None,
) -> Page[AccrualRead]:
    """List fee entries (计提明细), the oldest first; a channel sees its own."""
    await require_present(session, client_id)
    statement = queries.select_entries(
        actor,
        client_id=client_id,
        channel_id=channel_id,
        dealing_id=dealing_id,
        event_id=event_id,
        rate_rule_id=rate_rule_id,
        period=period,
    )
    found, cursor = await pages.fetch(session, statement, page, by=(AccrualEntry.id,))
    return Page(items=await service.read(session, found), next_cursor=cursor)


@routes.get("/accruals/{accrual_id}", responses=problems.docs(NotFound))
async def read_accrual(accrual_id: UUID, session: SessionDep, actor: ActorDep) -> AccrualRead:
    """Read one fee entry."""
    [accrual] = await service.read(session, [await queries.get_entry(session, accrual_id, actor)])
    return accrual
