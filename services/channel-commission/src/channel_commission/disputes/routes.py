"""Disputes: lines of a statement that its channel does not accept, answered by one person and decided by another."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.disputes import queries, rules, service
from channel_commission.disputes.rules import DisputeStatus
from channel_commission.disputes.schemas import Answer, Dispute, DisputeRead
from channel_commission.disputes.tables import LineDispute
from channel_commission.settlements import rules as settlements
from channel_commission.settlements.schemas import StatementRead
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Disputes")


@routes.post(
    "/settlements/{statement_id}/dispute",
    responses=problems.docs(
        NotFound,
        settlements.CommandNotAllowed,
        settlements.DigestDiffers,
        settlements.EvidenceMissing,
        rules.LineDisputedBefore,
        rules.LineTwice,
        rules.LineIsNoFee,
        rules.LineNotInStatement,
    ),
)
async def dispute_settlement(
    statement_id: UUID, wanted: Dispute, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Dispute lines of a statement (提出异议) and confirm the others: only the disputed ones are not paid with it.

    A disputed deduction stays deducted until it is decided.
    """
    statement = await service.dispute(session, statement_id, wanted, actor=actor, now=now)
    set_etag(response, statement.version)
    return StatementRead.model_validate(statement)


@routes.get("/line-disputes")
async def list_line_disputes(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    statement_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[list[DisputeStatus] | None, Query()] = None,
) -> Page[DisputeRead]:
    """List disputed lines, the oldest first; a channel sees its own."""
    statement = queries.select_disputes(actor, statement_id=statement_id, status=status)
    found, cursor = await pages.fetch(session, statement, page, by=(LineDispute.id,))
    return Page(items=[DisputeRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/line-disputes/{dispute_id}/answer",
    responses=problems.docs(NotFound, rules.DisputeStatusForbids, rules.CorrectionOutOfRange, rules.DealingTakenBack),
)
async def answer_line_dispute(
    dispute_id: UUID, wanted: Answer, session: SessionDep, actor: ActorDep, now: NowDep
) -> DisputeRead:
    """Propose what the line should have been, or that it stands."""
    return DisputeRead.model_validate(await service.answer(session, dispute_id, wanted, actor=actor, now=now))


@routes.post(
    "/line-disputes/{dispute_id}/decide",
    responses=problems.docs(
        NotFound,
        rules.DisputeStatusForbids,
        SecondPersonNeeded,
        rules.CorrectionOutOfRange,
        rules.DealingTakenBack,
    ),
)
async def decide_line_dispute(dispute_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> DisputeRead:
    """Put the answer into effect (复核): what the line is worth comes into the first open month."""
    return DisputeRead.model_validate(await service.decide(session, dispute_id, actor=actor, now=now))
