"""Suitability: the risk levels of clients."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from client_profile.clients.queries import get_client
from client_profile.clients.rules import ClientIsClosed
from client_profile.identity.rules import ClientKind
from client_profile.qualifications.rules import ProofOutOfDate
from client_profile.suitability import queries, rules, service
from client_profile.suitability.schemas import (
    ChannelAssessmentCreate,
    QuestionnaireRead,
    RiskAssessmentCreate,
    RiskAssessmentRead,
    SuitabilityRead,
)
from client_profile.suitability.tables import RiskAssessment
from shared import policy
from shared.clock import business_date
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Suitability")


@routes.get("/risk-questionnaire")
async def read_questionnaire(
    session: SessionDep, now: NowDep, kind: Annotated[ClientKind, Query()] = ClientKind.PERSON
) -> QuestionnaireRead:
    """Read the risk questionnaire in force for persons or institutions (风险承受能力评估问卷)."""
    questionnaire = await policy.row(session, rules.questionnaire_code(kind), on=business_date(now))
    return QuestionnaireRead.model_validate(questionnaire.value)


@routes.post(
    "/clients/{client_id}/risk-assessments",
    status_code=201,
    responses=problems.docs(
        NotFound, ClientIsClosed, rules.QuestionnaireOutdated, rules.AnswerInvalid, rules.TooManyAssessments
    ),
)
async def assess_client(
    client_id: UUID, wanted: RiskAssessmentCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> RiskAssessmentRead:
    """Score a client's answers to the questionnaire in force (风险测评).

    The result, C1 to C5, counts at once and for twelve months, also when it is lower than the one before. A client is
    assessed twice a day and eight times in twelve months at the most.
    """
    return RiskAssessmentRead.model_validate(await service.assess(session, client_id, wanted, actor=actor, now=now))


@routes.post(
    "/clients/{client_id}/channel-assessments",
    status_code=201,
    responses=problems.docs(NotFound, ClientIsClosed, ProofOutOfDate, rules.TooManyAssessments),
)
async def report_assessment(
    client_id: UUID, wanted: ChannelAssessmentCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> RiskAssessmentRead:
    """Report the channel's own assessment of a client it referred, with its evidence (代销机构测评结果).

    It counts where the house has none in date, and otherwise only if it is lower.
    """
    return RiskAssessmentRead.model_validate(await service.report(session, client_id, wanted, actor=actor, now=now))


@routes.get("/clients/{client_id}/risk-assessments", responses=problems.docs(NotFound))
async def list_assessments(
    client_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[RiskAssessmentRead]:
    """List a client's risk assessments, newest first."""
    await get_client(session, client_id, actor)
    found, cursor = await pages.fetch(
        session, queries.select_assessments(client_id), page, by=(RiskAssessment.id,), descending=True
    )
    return Page(items=[RiskAssessmentRead.model_validate(row) for row in found], next_cursor=cursor)


@routes.get("/clients/{client_id}/suitability", responses=problems.docs(NotFound))
async def read_suitability(client_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> SuitabilityRead:
    """Read the client's risk level and qualified-investor status of today, and why they are so.

    Shows the answers with their points, the bands, the proof and the test it passed, with the versions of the rules.
    """
    await get_client(session, client_id, actor)
    return await service.why(session, client_id, today=business_date(now))
