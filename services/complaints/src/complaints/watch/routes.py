"""Many complaints over one product or channel (群体性投诉预警)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.watch import rules, service
from complaints.watch.rules import Subject
from complaints.watch.schemas import AlertClose, AlertDetail, AlertRead
from complaints.watch.tables import MassAlert
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Mass watch")


@routes.get("/mass-alerts")
async def list_mass_alerts(
    session: SessionDep,
    page: PageDep,
    subject: Annotated[Subject | None, Query()] = None,
    open: Annotated[bool | None, Query(description="Whether nobody has closed it yet.")] = None,
) -> Page[AlertRead]:
    """List products and channels that many complained about in the days of the policy, newest first."""
    statement, by = service.select_alerts(subject, open), (MassAlert.raised_at, MassAlert.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[AlertRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/mass-alerts/{alert_id}", responses=problems.docs(NotFound))
async def read_mass_alert(alert_id: UUID, session: SessionDep, actor: ActorDep) -> AlertDetail:
    """Read an alert with the cases behind its number."""
    return await service.detail(session, alert_id, actor=actor)


@routes.post("/mass-alerts/{alert_id}/close", responses=problems.docs(NotFound, rules.AlertIsClosed))
async def close_mass_alert(
    alert_id: UUID, wanted: AlertClose, session: SessionDep, actor: ActorDep, now: NowDep
) -> AlertRead:
    """Close an alert with what was found and done; only complaints received later raise another."""
    return AlertRead.model_validate(await service.close(session, alert_id, note=wanted.note, actor=actor, now=now))
