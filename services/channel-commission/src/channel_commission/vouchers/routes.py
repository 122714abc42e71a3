"""Vouchers: what the finance ledger enters of fees, exported once, in the books of one fee bearer at a time."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.vouchers import queries, rules, service
from channel_commission.vouchers.rules import PostingKind
from channel_commission.vouchers.schemas import PostingRead, VoucherExportCreate, VoucherExportRead
from channel_commission.vouchers.tables import Posting, VoucherExport
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Vouchers")


@routes.get("/postings")
async def list_postings(
    session: SessionDep,
    page: PageDep,
    txn_key: Annotated[str | None, Query(max_length=120, description="e.g. `settlement:<statement>`.")] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    export_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[PostingKind | None, Query()] = None,
) -> Page[PostingRead]:
    """List postings (分录), the oldest first: one amount from one account to another."""
    statement = queries.select_postings(txn_key=txn_key, channel_id=channel_id, export_id=export_id, kind=kind)
    found, cursor = await pages.fetch(session, statement, page, by=(Posting.id,))
    return Page(items=[PostingRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post("/voucher-exports", status_code=201, responses=problems.docs(rules.NothingToExport))
async def export_vouchers(
    wanted: VoucherExportCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> VoucherExportRead:
    """Export the vouchers of the company's books, or of one trust plan's (导出凭证): each posting once, ever."""
    return VoucherExportRead.model_validate(await service.export(session, wanted, actor=actor, now=now))


@routes.get("/voucher-exports")
async def list_voucher_exports(
    session: SessionDep, page: PageDep, plan_id: Annotated[UUID | None, Query()] = None
) -> Page[VoucherExportRead]:
    """List exports, the oldest first."""
    found, cursor = await pages.fetch(session, queries.select_exports(plan_id), page, by=(VoucherExport.id,))
    return Page(items=[VoucherExportRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/voucher-exports/{export_id}", responses=problems.docs(NotFound))
async def read_voucher_export(export_id: UUID, session: SessionDep) -> VoucherExportRead:
    """Read what an export is over, with its digest."""
    return VoucherExportRead.model_validate(await queries.get_export(session, export_id))


@routes.get(
    "/voucher-exports/{export_id}/content",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems.docs(NotFound)},
)
async def read_voucher_export_content(export_id: UUID, session: SessionDep) -> Response:
    """Hand out an export, each time the same bytes: CSV in UTF-8, header `H`, two rows `D` a posting, trailer `T`."""
    made = await queries.get_export(session, export_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.number}.csv"',
        "ETag": f'"{made.digest}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(made.content.encode(), media_type="text/csv; charset=utf-8", headers=headers)
