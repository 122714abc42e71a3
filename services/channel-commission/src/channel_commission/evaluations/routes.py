"""Evaluations of channels: stability and compliance, on a schedule and on triggers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.evaluations import queries, rules, service
from channel_commission.evaluations.rules import EvaluationStatus
from channel_commission.evaluations.schemas import (
    EvaluationDecision,
    EvaluationOrder,
    EvaluationRead,
    EvaluationReport,
)
from channel_commission.evaluations.tables import Evaluation
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Evaluations")


@routes.post(
    "/channels/{channel_id}/evaluations", status_code=201, responses=problems.docs(NotFound, rules.EvaluationOpen)
)
async def order_evaluation(
    channel_id: UUID, wanted: EvaluationOrder, session: SessionDep, now: NowDep
) -> EvaluationRead:
    """Call for an evaluation out of turn (专项评估). Periodic ones, and those after risk events, open by themselves."""
    return EvaluationRead.model_validate(await service.order(session, channel_id, wanted, now=now))


@routes.get("/channel-evaluations")
async def list_evaluations(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[list[EvaluationStatus] | None, Query()] = None,
) -> Page[EvaluationRead]:
    """List evaluations, the oldest first."""
    statement = queries.select_evaluations(actor, channel_id=channel_id, status=status)
    found, cursor = await pages.fetch(session, statement, page, by=(Evaluation.id,))
    return Page(items=[EvaluationRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/channel-evaluations/{evaluation_id}/submit",
    responses=problems.docs(NotFound, rules.EvaluationStatusForbids, rules.ScorecardOfAnother),
)
async def submit_evaluation(
    evaluation_id: UUID, wanted: EvaluationReport, session: SessionDep, actor: ActorDep, now: NowDep
) -> EvaluationRead:
    """Submit what an evaluation found on stability and compliance (稳定性与合规性审查), with its scorecard."""
    return EvaluationRead.model_validate(await service.submit(session, evaluation_id, wanted, actor=actor, now=now))


@routes.post(
    "/channel-evaluations/{evaluation_id}/decide",
    responses=problems.docs(NotFound, rules.EvaluationStatusForbids, SecondPersonNeeded),
)
async def decide_evaluation(
    evaluation_id: UUID, wanted: EvaluationDecision, session: SessionDep, actor: ActorDep, now: NowDep
) -> EvaluationRead:
    """Put an evaluation into effect as a second person (复核).

    Grade D, a red line, an unstable or a violating channel fail: no new products at once, no sales after a while.
    """
    return EvaluationRead.model_validate(await service.decide(session, evaluation_id, wanted, actor=actor, now=now))
