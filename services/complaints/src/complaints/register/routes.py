"""The complaint register (投诉台账), masked, as pages and as a workbook."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from complaints.cases.rules import Level, Source, Status
from complaints.cases.tables import Complaint
from complaints.register import service
from complaints.register.rules import RegisterTooLong
from complaints.register.schemas import RegisterEntry, RegisterExport, RegisterFilter
from complaints.statistics.rules import PeriodEmpty
from complaints.traits.rules import Regime
from shared import workbooks
from shared.clock import business_date
from shared.http import downloads, pages, problems
from shared.http.bodies import Day
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint register")


@routes.get("/complaint-register", responses=problems.docs(PeriodEmpty))
async def list_register(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    received_from: Annotated[Day, Query(description="First day of receipt (Asia/Shanghai).")],
    received_to: Annotated[Day, Query(description="Last day of receipt (Asia/Shanghai).")],
    status: Annotated[Status | None, Query()] = None,
    level: Annotated[Level | None, Query()] = None,
    source: Annotated[Source | None, Query()] = None,
    regime: Annotated[Regime | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    product_id: Annotated[UUID | None, Query()] = None,
) -> Page[RegisterEntry]:
    """List the complaints received in a period with all that the register keeps of them, in the order of receipt.

    Names, phones and numbers in texts are masked. What turned out to be no complaint is listed only with
    `status=reclassified`. Row scope is that of the complaints: nobody sees one about themselves.
    """
    wanted = RegisterFilter(
        received_from=received_from,
        received_to=received_to,
        status=status,
        level=level,
        source=source,
        regime=regime,
        channel_id=channel_id,
        product_id=product_id,
    )
    statement = service.select_entries(wanted, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.received_on, Complaint.id))
    return Page(items=[service.entry(row, today=business_date(now)) for row in found], next_cursor=cursor)


@routes.post(
    "/complaint-register/export",
    response_class=StreamingResponse,
    responses={**downloads.docs(workbooks.MEDIA_TYPE), **problems.docs(PeriodEmpty, RegisterTooLong)},
)
async def export_register(
    wanted: RegisterExport, session: SessionDep, actor: ActorDep, now: NowDep
) -> StreamingResponse:
    """Take the register out as an Excel workbook, masked as it is read; who took which rows and why is kept."""
    file = await service.export(session, wanted, actor=actor, now=now)
    period = f"{wanted.received_from}-{wanted.received_to}.xlsx"
    return downloads.answer(
        file,
        name=f"complaint-register-{period}",
        title=f"投诉台账-{period}",
        media_type=workbooks.MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )
