"""Statements as files: what a channel's and the house's finance keep, sign and calculate with."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from channel_commission.statements import service
from channel_commission.statements.rules import FileFormat
from shared.documents import CharacterMissing
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Settlements")

_MEDIA = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PDF: "application/pdf",
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
        },
    }
}


@routes.get(
    "/settlements/{statement_id}/file",
    response_class=StreamingResponse,
    responses={**_FILES, **problems.docs(NotFound, CharacterMissing)},
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
    named = f"attachment; filename=\"statement-{name}\"; filename*=UTF-8''{quote(f'结算单-{name}')}"
    headers = {
        "Content-Disposition": named,
        "Content-Length": str(file.seek(0, 2)),
        "Cache-Control": "private, no-cache",
        "ETag": f'"{sheet.statement.version}"',
        "X-Content-Type-Options": "nosniff",
    }
    file.seek(0)
    return StreamingResponse(service.pieces(file), media_type=_MEDIA[format], headers=headers)
