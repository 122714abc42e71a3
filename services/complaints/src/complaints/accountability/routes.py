"""Accountability (问责): finding, opinion, decision by another department, measure on a person or a channel, appeal.

Only compliance and those whom a case concerns reach it, and every read leaves a trace.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.accountability import rules, service
from complaints.accountability.rules import AccountabilityStatus
from complaints.accountability.schemas import (
    AccountabilityCreate,
    AccountabilityDecision,
    AccountabilityRead,
    Appeal,
    AppealDecision,
    Opinion,
    Referral,
)
from complaints.accountability.tables import AccountabilityCase
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, NotYetKnown, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Accountability")

#: What may stand against who decides, or is named to decide.
DECIDING = (
    NotFound,
    rules.AccountabilityCommandNotAllowed,
    rules.SubjectTakesNoPart,
    SecondPersonNeeded,
    rules.AnotherDepartmentDecides,
)


@routes.post(
    "/accountability-cases",
    status_code=201,
    responses=problems.docs(
        rules.SubjectUnclear,
        rules.SubjectTakesNoPart,
        rules.AlreadyHeldToAccount,
        NotFound,
        NotYetKnown,
        ClientIsErased,
    ),
)
async def open_accountability_case(
    wanted: AccountabilityCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AccountabilityRead:
    """Record what a complaint, a systemic issue or a finding holds a staff member or a channel to account for."""
    case = await service.open_case(session, wanted, actor=actor, now=now)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.get("/accountability-cases")
async def list_accountability_cases(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    status: Annotated[AccountabilityStatus | None, Query()] = None,
    staff_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
) -> Page[AccountabilityRead]:
    """List the cases that concern you, newest first; compliance sees all. What was shown to whom leaves a trace."""
    statement = service.select_cases(actor, status=status, staff_id=staff_id, channel_id=channel_id)
    by = (AccountabilityCase.found_at, AccountabilityCase.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    await service.trace_list(session, [one.id for one in found], actor=actor)
    return Page(items=[service.shown(one, actor=actor) for one in found], next_cursor=cursor)


@routes.get("/accountability-cases/{case_id}", responses=problems.docs(NotFound))
async def read_accountability_case(
    case_id: UUID, session: SessionDep, actor: ActorDep, response: Response
) -> AccountabilityRead:
    """Read a case that concerns you; that leaves a trace. Who is held to account reads it from the decision on."""
    case = await service.read(session, case_id, actor=actor)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.post(
    "/accountability-cases/{case_id}/give-opinion",
    responses=problems.docs(*DECIDING, rules.MeasureUnfit, NotYetKnown),
)
async def give_opinion(
    case_id: UUID, wanted: Opinion, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AccountabilityRead:
    """Propose a measure or none, and name who is to decide: somebody of another department."""
    case = await service.give_opinion(session, case_id, wanted, actor=actor, now=now)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.post("/accountability-cases/{case_id}/refer", responses=problems.docs(*DECIDING, NotYetKnown))
async def refer_accountability_case(
    case_id: UUID, wanted: Referral, session: SessionDep, actor: ActorDep, response: Response
) -> AccountabilityRead:
    """Name who is to decide next, on the case or on its appeal."""
    case = await service.refer(session, case_id, wanted.decider_id, reason=wanted.reason, actor=actor)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.post("/accountability-cases/{case_id}/decide", responses=problems.docs(*DECIDING, rules.MeasureUnfit))
async def decide_accountability_case(
    case_id: UUID, wanted: AccountabilityDecision, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AccountabilityRead:
    """Decide on a measure or on none, as a department that neither found, proposed nor is held to account."""
    case = await service.decide(session, case_id, wanted, actor=actor, now=now)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.post(
    "/accountability-cases/{case_id}/appeal",
    responses=problems.docs(NotFound, rules.AccountabilityCommandNotAllowed, rules.NotTheSubject, rules.AppealTooLate),
)
async def appeal_accountability_case(
    case_id: UUID, wanted: Appeal, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AccountabilityRead:
    """Appeal against the decision as who is held to account; the measure goes on meanwhile."""
    case = await service.appeal(session, case_id, grounds=wanted.grounds, actor=actor, now=now)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)


@routes.post("/accountability-cases/{case_id}/decide-appeal", responses=problems.docs(*DECIDING, rules.MeasureUnfit))
async def decide_accountability_appeal(
    case_id: UUID, wanted: AppealDecision, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AccountabilityRead:
    """Decide on an appeal, as somebody of a department that did not decide before: uphold, change or revoke."""
    case = await service.decide_appeal(session, case_id, wanted, actor=actor, now=now)
    set_etag(response, case.version)
    return service.shown(case, actor=actor)
