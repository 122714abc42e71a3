"""Settlements: statements from the first check to the payment. Closing stands in a feature of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.periods.schemas import PeriodText
from channel_commission.products.rules import Bearer
from channel_commission.settlements import queries, rules, service
from channel_commission.settlements.rules import StatementStatus
from channel_commission.settlements.schemas import Check, Confirmation, StatementRead, Void
from channel_commission.settlements.tables import Statement
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Settlements")


def answer(statement: Statement, response: Response) -> StatementRead:
    """Return a statement as it is read, and its version as the ETag."""
    set_etag(response, statement.version)
    return StatementRead.model_validate(statement)


@routes.get("/settlements")
async def list_settlements(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query()] = None,
    period: Annotated[PeriodText | None, Query()] = None,
    status: Annotated[StatementStatus | None, Query()] = None,
    bearer: Annotated[Bearer | None, Query()] = None,
) -> Page[StatementRead]:
    """List statements (结算单), the oldest first. A channel sees its own from the moment they are sent."""
    statement = queries.select_statements(actor, channel_id=channel_id, period=period, status=status, bearer=bearer)
    found, cursor = await pages.fetch(session, statement, page, by=(Statement.id,))
    return Page(items=[StatementRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/settlements/{statement_id}", responses=problems.docs(NotFound))
async def read_settlement(
    statement_id: UUID, session: SessionDep, actor: ActorDep, response: Response
) -> StatementRead:
    """Read one statement with its digest."""
    return answer(await queries.get_statement(session, statement_id, actor), response)


@routes.post(
    "/settlements/{statement_id}/check",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.DigestDiffers, rules.EntriesDiffer),
)
async def check_settlement(
    statement_id: UUID, wanted: Check, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Check a statement (复核); its entries are counted again. Who checks cannot approve the payment later."""
    return answer(await service.check(session, statement_id, wanted.digest, actor=actor, now=now), response)


@routes.post("/settlements/{statement_id}/send", responses=problems.docs(NotFound, rules.CommandNotAllowed))
async def send_settlement(
    statement_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Show a checked statement to its channel."""
    return answer(await service.send(session, statement_id, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/confirm",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.DigestDiffers, rules.EvidenceMissing),
)
async def confirm_settlement(
    statement_id: UUID, wanted: Confirmation, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Confirm a statement (渠道确认): the channel itself, or staff naming where its confirmation is kept."""
    return answer(await service.confirm(session, statement_id, wanted, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/void",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.NothingPayable),
)
async def void_settlement(
    statement_id: UUID, wanted: Void, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Declare a statement void (作废) before it is paid: the statement of the first open month takes its lines.

    Whoever checked, confirmed or approved it does so again there. What was disputed of it stays disputed.
    """
    return answer(await service.void(session, statement_id, wanted.reason, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/archive",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.PaymentOutstanding, rules.DisputeOpen),
)
async def archive_settlement(
    statement_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Archive a statement (归档) that is paid, or confirmed with nothing to pay; no line may be in dispute."""
    return answer(await service.archive(session, statement_id, actor=actor, now=now), response)
