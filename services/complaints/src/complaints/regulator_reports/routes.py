"""Statistics for the regulator (监管统计报表): drafted, frozen as submitted, corrected as a further version."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from complaints.cases.tables import Complaint
from complaints.regulator_reports import rules, service
from complaints.regulator_reports.rules import Section
from complaints.regulator_reports.schemas import ReportCorrect, ReportDraft, ReportRead, ReportSubmit, ReportSummary
from complaints.regulator_reports.tables import RegulatorReport
from complaints.statistics.rules import PeriodEmpty
from complaints.statistics.schemas import CountedCase
from shared import workbooks
from shared.errors import NotFound
from shared.http import downloads, pages, problems
from shared.http.bodies import PRINTABLE, Day
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Regulator reports")


@routes.get("/regulator-reports/draft", responses=problems.docs(PeriodEmpty))
async def draft_report(
    session: SessionDep,
    period_from: Annotated[Day, Query(description="First day (Asia/Shanghai).")],
    period_to: Annotated[Day, Query(description="Last day (Asia/Shanghai).")],
) -> ReportDraft:
    """Read what the report of a period would say now, and how it differs from what was submitted last.

    It counts every complaint of the house, whoever reads it; it shows none of them.
    """
    return await service.draft(session, period_from, period_to)


@routes.get("/regulator-reports/cases", responses=problems.docs(PeriodEmpty, rules.LineUnknown))
async def list_reported_cases(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    period_from: Annotated[Day, Query(description="First day (Asia/Shanghai).")],
    period_to: Annotated[Day, Query(description="Last day (Asia/Shanghai).")],
    section: Annotated[Section, Query()],
    code: Annotated[str, Query(max_length=40, pattern=PRINTABLE, description="Code of the line.")],
) -> Page[CountedCase]:
    """List the cases that a line of the report counts now, in the order of receipt; none about yourself."""
    statement = service.select_cases(section, code, period_from, period_to, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.received_on, Complaint.id))
    return Page(items=[CountedCase.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/regulator-reports",
    status_code=201,
    responses=problems.docs(PeriodEmpty, rules.PeriodNotOver, rules.ReportChanged, rules.AlreadySubmitted),
)
async def submit_report(wanted: ReportSubmit, session: SessionDep, actor: ActorDep, now: NowDep) -> ReportRead:
    """Freeze the report of a period that is over, as its draft says; `digest` proves that it is the one you read."""
    return await service.submit(session, wanted, actor=actor, now=now)


@routes.post(
    "/regulator-reports/{report_id}/correct",
    status_code=201,
    responses=problems.docs(NotFound, rules.ReportChanged, rules.NothingToCorrect, rules.NotTheLatest),
)
async def correct_report(
    report_id: UUID, wanted: ReportCorrect, session: SessionDep, actor: ActorDep, now: NowDep
) -> ReportRead:
    """Submit the numbers as they are now as the next version, with the differences; the earlier one stays as it is."""
    return await service.correct(session, report_id, wanted, actor=actor, now=now)


@routes.get("/regulator-reports")
async def list_reports(session: SessionDep, page: PageDep) -> Page[ReportSummary]:
    """List the reports submitted, every version, newest first."""
    by = (RegulatorReport.submitted_at, RegulatorReport.id)
    found, cursor = await pages.fetch(session, service.select_reports(), page, by=by, descending=True)
    return Page(items=[ReportSummary.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/regulator-reports/{report_id}", responses=problems.docs(NotFound))
async def read_report(report_id: UUID, session: SessionDep) -> ReportRead:
    """Read a report as it was submitted, with what differs from the version before."""
    return await service.read(session, report_id)


@routes.get(
    "/regulator-reports/{report_id}/file",
    response_class=StreamingResponse,
    responses={**downloads.docs(workbooks.MEDIA_TYPE), **problems.docs(NotFound)},
)
async def read_report_file(report_id: UUID, session: SessionDep) -> StreamingResponse:
    """Read a report as it was submitted, as an Excel workbook: the same bytes each time."""
    file, report = await service.write(session, report_id)
    name = f"{report.period_from}-{report.period_to}-v{report.version}.xlsx"
    return downloads.answer(
        file,
        name=f"regulator-report-{name}",
        title=f"消费投诉监管统计报表-{name}",
        media_type=workbooks.MEDIA_TYPE,
        headers={"Cache-Control": "private, no-cache", "ETag": f'"{report.digest}"'},
    )
