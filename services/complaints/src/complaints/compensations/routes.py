"""What a complainant is paid: agreed, approved above limits, then paid with proof."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.approvals.rules import ApprovalAboveLimit
from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.compensations import rules, service
from complaints.compensations.schemas import (
    CompensationAgreed,
    CompensationPayment,
    CompensationRead,
    CompensationRefusal,
)
from complaints.compensations.tables import Compensation
from complaints.handling.rules import ApproverNotIndependent, NotTheHandler
from complaints.recusal.rules import HandlerExcluded
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.post(
    "/complaints/{complaint_id}/agree-compensation",
    responses=problems.docs(
        NotFound, CommandNotAllowed, NotTheHandler, HandlerExcluded, DayOutOfRange, rules.CompensationPaid
    ),
)
async def agree_compensation(
    complaint_id: UUID, wanted: CompensationAgreed, session: SessionDep, actor: ActorDep, now: NowDep
) -> CompensationRead:
    """Record what was agreed to be paid to the complainant; an unpaid agreement is replaced.

    `needs` says whose word it takes by the limits in force. What the approved decision pays needs no further one.
    """
    return await service.agree(session, complaint_id, wanted, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/approve-compensation",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        Stale,
        rules.NothingAgreed,
        rules.CompensationPaid,
        rules.NothingToApprove,
        ApproverNotIndependent,
        ApprovalAboveLimit,
    ),
)
async def approve_compensation(
    complaint_id: UUID, version: IfMatchDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> CompensationRead:
    """Approve what was agreed in the case you read (If-Match), as somebody who neither agreed on it nor handles."""
    return await service.approve(session, complaint_id, read_version=version, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/refuse-compensation",
    status_code=204,
    responses=problems.docs(
        NotFound, CommandNotAllowed, rules.NothingAgreed, rules.CompensationPaid, ApproverNotIndependent
    ),
)
async def refuse_compensation(
    complaint_id: UUID, wanted: CompensationRefusal, session: SessionDep, actor: ActorDep
) -> None:
    """Refuse what was agreed and not paid: the agreement is gone, another one may be made."""
    await service.refuse(session, complaint_id, reason=wanted.reason, actor=actor)


@routes.post(
    "/complaints/{complaint_id}/pay-compensation",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        DayOutOfRange,
        rules.NothingAgreed,
        rules.CompensationPaid,
        rules.CompensationNotApproved,
        rules.PayerAgreed,
    ),
)
async def pay_compensation(
    complaint_id: UUID, wanted: CompensationPayment, session: SessionDep, actor: ActorDep, now: NowDep
) -> CompensationRead:
    """Record that the agreed compensation was paid, with proof, as somebody who neither agreed nor handles."""
    return await service.pay(session, complaint_id, wanted, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/compensation", responses=problems.docs(NotFound))
async def read_compensation(complaint_id: UUID, session: SessionDep, actor: ActorDep) -> CompensationRead:
    """Read what was agreed to be paid to the complainant, and whether it was."""
    return await service.read(session, complaint_id, actor=actor)


@routes.get("/compensations")
async def list_compensations(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    waits_for: Annotated[rules.Step | None, Query(description="Only those that wait for this.")] = None,
) -> Page[CompensationRead]:
    """List what was agreed and is not paid, the oldest agreement first."""
    statement = service.select_unpaid(actor, waits_for)
    found, cursor = await pages.fetch(session, statement, page, by=(Compensation.agreed_on, Compensation.complaint_id))
    return Page(items=[service.shown(agreed) for agreed in found], next_cursor=cursor)
