"""Statements as files: what a channel's and the house's finance keep, sign and calculate with."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from channel_commission.accruals.tables import AccrualEntry
from channel_commission.settlements import service as settlements
from channel_commission.statements import service
from channel_commission.statements.rules import FileFormat
from channel_commission.statements.schemas import StatementLineRead
from shared import workbooks
from shared.documents import CharacterMissing
from shared.errors import NotFound
from shared.http import downloads, pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Settlements")

_MEDIA = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: workbooks.MEDIA_TYPE,
    FileFormat.PDF: "application/pdf",
}


@routes.get("/settlements/{statement_id}/lines", responses=problems.docs(NotFound))
async def list_settlement_lines(
    statement_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[StatementLineRead]:
    """List the entries of a statement with the tax in them; each explains itself at `/v1/accruals/{id}/why`."""
    statement = await settlements.get(session, statement_id, actor=actor)
    lines = service.select_lines(statement, actor)
    entries, cursor = await pages.fetch(session, lines, page, by=(AccrualEntry.id,))
    return Page(items=await service.read_lines(session, statement, lines, entries), next_cursor=cursor)


@routes.get(
    "/settlements/{statement_id}/file",
    response_class=StreamingResponse,
    responses={**downloads.docs(*_MEDIA.values()), **problems.docs(NotFound, CharacterMissing)},
)
async def read_settlement_file(
    statement_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    format: Annotated[FileFormat, Query(description="A table for programs, a workbook, or the document to sign.")],
) -> StreamingResponse:
    """Read a statement as a file (结算单文件): CSV, Excel or PDF, each with all figures to the fen.

    In the CSV file, rows of 行类别 明细 are the lines; the others are figures. A PDF holds the lines of statements of
    up to 1,000 lines; of longer ones it holds the sums by product.
    """
    file, sheet = await service.write(session, statement_id, format, actor=actor)
    name = f"{sheet.statement.period}-{sheet.channel.number}-{sheet.statement.bearer}.{format}"
    return downloads.answer(
        file,
        name=f"statement-{name}",
        title=f"结算单-{name}",
        media_type=_MEDIA[format],
        headers={"Cache-Control": "private, no-cache", "ETag": f'"{sheet.statement.version}"'},
    )
