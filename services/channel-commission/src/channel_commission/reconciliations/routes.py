"""Reconciliation: a partner's file against a statement, a bank's file against what was paid."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request

from channel_commission.partner_files import rules as files
from channel_commission.partner_files.rules import Column
from channel_commission.periods.schemas import PeriodText
from channel_commission.reconciliations import queries, rules, service
from channel_commission.reconciliations.rules import Finding
from channel_commission.reconciliations.schemas import FindingRead, ReconciliationRead, Resolution
from channel_commission.reconciliations.tables import Reconciliation, ReconciliationFinding
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Reconciliations")

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        },
    }
}
_REFUSALS = (files.FileUnreadable, files.HeadingMissing, files.CellInvalid, files.TotalDiffers)
Heading = Annotated[str | None, Query(min_length=1, max_length=60, description="The column's heading in this file.")]


def _headings(
    number: Heading = None, date: Heading = None, product: Heading = None, base: Heading = None, amount: Heading = None
) -> dict[Column, str]:
    told = zip(Column, (number, date, product, base, amount), strict=True)
    return {column: heading for column, heading in told if heading is not None}


HeadingsDep = Annotated[dict[Column, str], Depends(_headings)]


@routes.post(
    "/settlements/{statement_id}/reconciliations", openapi_extra=_FILE, responses=problems.docs(NotFound, *_REFUSALS)
)
async def reconcile_settlement(
    statement_id: UUID, request: Request, headings: HeadingsDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> ReconciliationRead:
    """Compare a partner's file (渠道对账) with a statement: CSV in UTF-8 or GB 18030, or a workbook (.xlsx).

    Common headings are known (交易确认号, 金额（元）, 业务日期, 产品编号, 计费基数（元）), others are told by query.
    The same file again is answered with the same reconciliation.
    """
    found = await service.compare_statement(session, statement_id, await request.body(), headings, actor=actor, now=now)
    return (await service.read(session, [found]))[0]


@routes.post("/periods/{period}/payment-reconciliations", openapi_extra=_FILE, responses=problems.docs(*_REFUSALS))
async def reconcile_payments(
    period: PeriodText, request: Request, headings: HeadingsDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> ReconciliationRead:
    """Compare a bank's file (银行对账) with the payments of statements made in a month, whatever month they settle."""
    found = await service.compare_payments(session, period, await request.body(), headings, actor=actor, now=now)
    return (await service.read(session, [found]))[0]


@routes.get("/reconciliations")
async def list_reconciliations(
    session: SessionDep,
    page: PageDep,
    statement_id: Annotated[UUID | None, Query()] = None,
    paid_in: Annotated[PeriodText | None, Query()] = None,
) -> Page[ReconciliationRead]:
    """List reconciliations, the oldest first."""
    statement = queries.select_reconciliations(statement_id, paid_in)
    found, cursor = await pages.fetch(session, statement, page, by=(Reconciliation.id,))
    return Page(items=await service.read(session, found), next_cursor=cursor)


@routes.get("/reconciliations/{reconciliation_id}", responses=problems.docs(NotFound))
async def read_reconciliation(reconciliation_id: UUID, session: SessionDep) -> ReconciliationRead:
    """Read a reconciliation with its sums by finding."""
    return (await service.read(session, [await queries.get(session, reconciliation_id)]))[0]


@routes.get("/reconciliations/{reconciliation_id}/findings", responses=problems.docs(NotFound))
async def list_findings(
    reconciliation_id: UUID,
    session: SessionDep,
    page: PageDep,
    finding: Annotated[Finding | None, Query()] = None,
    unresolved: Annotated[bool | None, Query()] = None,
) -> Page[FindingRead]:
    """List findings in the order of numbers; every line of both sides stands in exactly one."""
    await queries.get(session, reconciliation_id)
    statement = queries.select_findings(reconciliation_id, finding, unresolved)
    found, cursor = await pages.fetch(session, statement, page, by=(ReconciliationFinding.place,))
    return Page(items=[FindingRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/reconciliations/{reconciliation_id}/findings/{place}/resolve",
    responses=problems.docs(NotFound, rules.NothingToResolve),
)
async def resolve_finding(
    reconciliation_id: UUID,
    place: Annotated[int, Path(ge=1, le=10**6)],
    wanted: Resolution,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
) -> FindingRead:
    """Record what a difference comes from. It changes no amount: corrections are disputes, reversals and payments."""
    found = await service.resolve(session, reconciliation_id, place, wanted.reason, actor=actor, now=now)
    return FindingRead.model_validate(found)
