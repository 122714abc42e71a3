"""Settlements: statements from the first check to the payment. Closing stands in a feature of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.accruals import service as accruals
from channel_commission.accruals.schemas import AccrualRead
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.periods.schemas import PeriodText
from channel_commission.products.rules import Bearer
from channel_commission.settlements import queries, rules, service
from channel_commission.settlements.rules import StatementStatus
from channel_commission.settlements.schemas import Check, Confirmation, Invoice, Payment, StatementRead, Void
from channel_commission.settlements.tables import Statement
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Settlements")


def _answer(statement: Statement, response: Response) -> StatementRead:
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
    return _answer(await queries.get_statement(session, statement_id, actor), response)


@routes.get("/settlements/{statement_id}/lines", responses=problems.docs(NotFound))
async def list_settlement_lines(
    statement_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[AccrualRead]:
    """List the entries of a statement; each explains itself at `/v1/accruals/{id}/why`."""
    statement = await queries.get_statement(session, statement_id, actor)
    lines = accruals.select_lines(
        actor,
        channel_id=statement.channel_id,
        run=statement.run,
        months=statement.months,
        bearer=statement.bearer,
        product_id=statement.product_id,
    )
    entries, cursor = await pages.fetch(session, lines, page, by=(AccrualEntry.id,))
    return Page(items=await accruals.read(session, entries), next_cursor=cursor)


@routes.post(
    "/settlements/{statement_id}/check",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.DigestDiffers, rules.EntriesDiffer),
)
async def check_settlement(
    statement_id: UUID, wanted: Check, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Check a statement (复核); its entries are counted again. Who checks cannot approve the payment later."""
    return _answer(await service.check(session, statement_id, wanted.digest, actor=actor, now=now), response)


@routes.post("/settlements/{statement_id}/send", responses=problems.docs(NotFound, rules.CommandNotAllowed))
async def send_settlement(
    statement_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Show a checked statement to its channel."""
    return _answer(await service.send(session, statement_id, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/confirm",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.DigestDiffers, rules.EvidenceMissing),
)
async def confirm_settlement(
    statement_id: UUID, wanted: Confirmation, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Confirm a statement (渠道确认): the channel itself, or staff naming where its confirmation is kept."""
    return _answer(await service.confirm(session, statement_id, wanted, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/record-invoice",
    responses=problems.docs(
        NotFound,
        rules.CommandNotAllowed,
        rules.NothingPayable,
        rules.InvoiceAmountDiffers,
        rules.InvoiceUsedBefore,
    ),
)
async def record_invoice(
    statement_id: UUID, wanted: Invoice, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Record the channel's invoice (收票); it must be over exactly what is payable."""
    return _answer(await service.record_invoice(session, statement_id, wanted, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/approve-payment",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.DigestDiffers, SecondPersonNeeded),
)
async def approve_payment(
    statement_id: UUID, wanted: Check, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Approve the payment (付款审批), by somebody who did not check, confirm or invoice the statement."""
    return _answer(await service.approve_payment(session, statement_id, wanted.digest, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/record-payment",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.PaidOnOutOfRange, rules.PaymentUsedBefore),
)
async def record_payment(
    statement_id: UUID, wanted: Payment, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Record the bank's payment of an approved statement."""
    return _answer(await service.record_payment(session, statement_id, wanted, actor=actor, now=now), response)


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
    return _answer(await service.void(session, statement_id, wanted.reason, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/archive",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.PaymentOutstanding),
)
async def archive_settlement(
    statement_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Archive a statement (归档) that is paid, or confirmed with nothing to pay."""
    return _answer(await service.archive(session, statement_id, actor=actor, now=now), response)
