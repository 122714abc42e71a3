"""Risk events of channels: reported, measured, and closed by somebody else's check."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.risk_events import queries, rules, service
from channel_commission.risk_events.rules import RiskStatus
from channel_commission.risk_events.schemas import (
    Assignment,
    Check,
    MeasureResult,
    RiskEventCreate,
    RiskEventRead,
)
from channel_commission.risk_events.tables import RiskEvent
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Risk events")


@routes.post(
    "/channels/{channel_id}/risk-events",
    status_code=201,
    responses=problems.docs(NotFound, rules.ChannelIsGone, rules.OccurredInFuture, rules.DueInPast),
)
async def report_risk_event(
    channel_id: UUID, wanted: RiskEventCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> RiskEventRead:
    """Report a risk event (风险事件) with owner and measure. A severe one or a red line suspends the channel."""
    return RiskEventRead.model_validate(await service.report(session, channel_id, wanted, actor=actor, now=now))


@routes.get("/risk-events")
async def list_risk_events(
    session: SessionDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[list[RiskStatus] | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
) -> Page[RiskEventRead]:
    """List risk events, the oldest first."""
    statement = queries.select_events(channel_id=channel_id, status=status, owner_id=owner_id)
    found, cursor = await pages.fetch(session, statement, page, by=(RiskEvent.id,))
    return Page(items=[RiskEventRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/risk-events/{event_id}/assign", responses=problems.docs(NotFound, rules.RiskStatusForbids, rules.DueInPast)
)
async def assign_risk_event(event_id: UUID, wanted: Assignment, session: SessionDep, now: NowDep) -> RiskEventRead:
    """Give a risk event another owner, measure or day."""
    return RiskEventRead.model_validate(await service.assign(session, event_id, wanted, now=now))


@routes.post("/risk-events/{event_id}/report-measure", responses=problems.docs(NotFound, rules.RiskStatusForbids))
async def report_measure(
    event_id: UUID, wanted: MeasureResult, session: SessionDep, actor: ActorDep, now: NowDep
) -> RiskEventRead:
    """Report that the measure is done."""
    return RiskEventRead.model_validate(await service.report_measure(session, event_id, wanted, actor=actor, now=now))


@routes.post(
    "/risk-events/{event_id}/check",
    responses=problems.docs(NotFound, rules.RiskStatusForbids, SecondPersonNeeded),
)
async def check_risk_event(
    event_id: UUID, wanted: Check, session: SessionDep, actor: ActorDep, now: NowDep
) -> RiskEventRead:
    """Check as another person whether the measure works (核验): it closes the event, or opens it again.

    A channel suspended for it still has to be resumed.
    """
    return RiskEventRead.model_validate(await service.check(session, event_id, wanted, actor=actor, now=now))
