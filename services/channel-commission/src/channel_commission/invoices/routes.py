"""Invoices: what channels bill, compared with their statements field by field."""

from uuid import UUID

from fastapi import Response

from channel_commission.invoices import queries, rules, service
from channel_commission.invoices.schemas import InvoiceCreate, InvoiceRead, RedLetterCreate
from channel_commission.invoices.tables import Invoice
from channel_commission.settlements import rules as settlement_rules
from channel_commission.settlements import service as settlements
from channel_commission.settlements.routes import answer
from channel_commission.settlements.schemas import StatementRead
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Settlements")


@routes.post(
    "/settlements/{statement_id}/record-invoice",
    responses=problems.docs(
        NotFound,
        settlement_rules.CommandNotAllowed,
        settlement_rules.NothingPayable,
        rules.InvoicesComplete,
        rules.InvoiceNumberMalformed,
        rules.InvoiceDiffers,
        rules.ChannelCodeMissing,
        rules.InvoiceUsedBefore,
    ),
)
async def record_invoice(
    statement_id: UUID, wanted: InvoiceCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Record an invoice of the channel (收票). Several may make up a statement; with the last one it is invoiced.

    Buyer, seller and issue date are compared, and amount and tax to the fen; `differences` names each field.
    """
    statement = await service.record(session, statement_id, wanted, actor=actor, now=now)
    return answer(statement, response)


@routes.get("/settlements/{statement_id}/invoices", responses=problems.docs(NotFound))
async def list_invoices(statement_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[InvoiceRead]:
    """List the invoices over a statement, red-letter ones too, as recorded; a channel sees its own."""
    await settlements.get(session, statement_id, actor=actor)
    found, cursor = await pages.fetch(session, queries.select_invoices(statement_id), page, by=(Invoice.id,))
    return Page(items=[InvoiceRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/invoices/{invoice_id}/record-red-letter",
    status_code=201,
    responses=problems.docs(
        NotFound,
        rules.RedLetterNotPossible,
        rules.InvoiceNumberMalformed,
        rules.InvoiceDiffers,
        rules.InvoiceUsedBefore,
    ),
)
async def record_red_letter(
    invoice_id: UUID, wanted: RedLetterCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> InvoiceRead:
    """Record a red-letter invoice (红字发票): it takes back another one, and a new one may take its place."""
    found = await service.record_red_letter(session, invoice_id, wanted, actor=actor, now=now)
    return InvoiceRead.model_validate(found)
