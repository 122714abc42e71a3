"""Complaints: reading and listing."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases import service
from complaints.cases.rules import FilterNotYours, Level, Status
from complaints.cases.schemas import ComplaintRead
from complaints.cases.tables import Complaint
from shared.clock import business_date
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaints")


@routes.get("/complaints", responses=problems.docs(FilterNotYours, ClientIsErased))
async def list_complaints(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    status: Annotated[Status | None, Query()] = None,
    level: Annotated[Level | None, Query()] = None,
    handler_id: Annotated[UUID | None, Query()] = None,
    client_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    due_before: Annotated[date | None, Query(description="Due earlier than this day.")] = None,
    open: Annotated[bool | None, Query(description="Whether the legal clock runs.")] = None,
    overdue: Annotated[bool | None, Query(description="Open past the due date.")] = None,
    task_overdue: Annotated[bool | None, Query(description="A task of it waits past its due day.")] = None,
    recusal: Annotated[bool | None, Query(description="Something speaks against the handler by now (回避).")] = None,
) -> Page[ComplaintRead]:
    """List the complaints that you reach, the next due first.

    Complaint staff see all, relationship managers those of their clients, team leads those of their unit, channels
    those about their sales, clients their own. Nobody sees a complaint about themselves.
    """
    await require_present(session, client_id)
    statement = service.select_listed(
        actor,
        status=status,
        level=level,
        handler_id=handler_id,
        client_id=client_id,
        channel_id=channel_id,
        due_before=due_before,
        is_open=open,
        is_overdue=overdue,
        needs_recusal=recusal,
        has_overdue_task=task_overdue,
        today=business_date(now),
    )
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.due_on, Complaint.id))
    items = [service.shown(complaint, actor=actor, now=now) for complaint in found]
    return Page(items=items, next_cursor=cursor)


@routes.get("/complaints/{complaint_id}", responses=problems.docs(NotFound, ClientIsErased))
async def read_complaint(
    complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Read a complaint. `allowed` names the commands that its state takes now."""
    complaint = await service.get(session, complaint_id, actor=actor)
    set_etag(response, complaint.version)
    return service.shown(complaint, actor=actor, now=now)
