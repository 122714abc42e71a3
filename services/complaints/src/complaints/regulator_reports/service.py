import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.regulator_reports import queries, rules
from complaints.regulator_reports.rules import UNITS, Item, Line, Section
from complaints.regulator_reports.schemas import ReportCorrect, ReportDraft, ReportRead, ReportSubmit, ReportSummary
from complaints.regulator_reports.tables import RegulatorReport
from complaints.statistics.rules import require_period
from shared.audit import trail
from shared.clock import SHANGHAI, business_date
from shared.http import downloads
from shared.http.callers import Actor
from shared.money import Money
from shared.workbooks import Cell, Table, workbook

CASES = "/v1/regulator-reports/cases"


async def draft(session: AsyncSession, period_from: date, period_to: date) -> ReportDraft:
    """Return what the report of a period would say now, over all cases, and how that differs from what was submitted.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    require_period(period_from, period_to, pointer="/query/period_to")
    document = await _document(session, period_from, period_to)
    last = await queries.find_last(session, period_from, period_to)
    lines = rules.told(document)
    differing = rules.differences(rules.told(last.content), lines) if last else []
    said = {
        "digest": rules.digest(document),
        "differences": [asdict(one) for one in differing],
        "lines": _lines(lines, period_from, period_to),
    }
    return ReportDraft.model_validate(document | said)


async def submit(session: AsyncSession, wanted: ReportSubmit, *, actor: Actor, now: datetime) -> ReportRead:
    """Freeze the first report of a period as it is now.

    Raises:
        PeriodEmpty, PeriodNotOver: the period ends before it begins, or has not ended.
        ReportChanged: the numbers are not those that were looked at.
        AlreadySubmitted: a report of this period was submitted.
    """
    require_period(wanted.period_from, wanted.period_to, pointer="/period_to")
    rules.require_over(wanted.period_to, business_date(now))
    document = await _document(session, wanted.period_from, wanted.period_to)
    rules.require_seen(wanted.digest, rules.digest(document))
    report = RegulatorReport(
        period_from=wanted.period_from,
        period_to=wanted.period_to,
        version=1,
        content=document,
        digest=wanted.digest,
        reference=wanted.reference,
        submitted_at=now,
        submitted_by=actor.name,
    )
    if not await queries.keep(session, report):
        raise rules.AlreadySubmitted("The report of this period was submitted: correct it.")
    await _note(session, "regulator_report.submitted", report)
    return _shown(report, None)


async def correct(
    session: AsyncSession, report_id: UUID, wanted: ReportCorrect, *, actor: Actor, now: datetime
) -> ReportRead:
    """Freeze the numbers as they are now as the next version of a report.

    Raises:
        NotFound: there is no such report.
        ReportChanged: the numbers are not those that were looked at.
        NothingToCorrect: they are those that were submitted.
        NotTheLatest: a later version was submitted.
    """
    before = await queries.get_report(session, report_id)
    document = await _document(session, before.period_from, before.period_to)
    rules.require_seen(wanted.digest, rules.digest(document))
    if wanted.digest == before.digest:
        raise rules.NothingToCorrect("Nothing differs from what was submitted.")
    report = RegulatorReport(
        period_from=before.period_from,
        period_to=before.period_to,
        version=before.version + 1,
        content=document,
        digest=wanted.digest,
        reference=wanted.reference,
        submitted_at=now,
        submitted_by=actor.name,
        reason=wanted.reason,
    )
    if not await queries.keep(session, report):
        raise rules.NotTheLatest("A later version of this report was submitted: correct that one.")
    await _note(session, "regulator_report.corrected", report)
    return _shown(report, before)


async def read(session: AsyncSession, report_id: UUID) -> ReportRead:
    """Return a report as it was submitted.

    Raises:
        NotFound: there is no such report.
    """
    return _shown(*await _with_former(session, report_id))


def select_cases(section: Section, code: str, period_from: date, period_to: date, *, actor: Actor) -> Select[Complaint]:
    """Return the select of the cases that a line counts now, of those that the caller reaches.

    Raises:
        PeriodEmpty: the period ends before it begins.
        LineUnknown: the section has no such line.
    """
    require_period(period_from, period_to, pointer="/query/period_to")
    rules.require_line(section, code)
    return queries.select_cases(section, code, period_from, period_to, cases.reached(actor))


async def paid(session: AsyncSession, period_from: date, period_to: date) -> tuple[int, Money]:
    """Return the number of cases in which compensation was paid in a period, and the sum."""
    counted = await queries.summary(session, period_from, period_to)
    return int(counted[Item.COMPENSATED.value]), Money.from_fen(int(counted[Item.COMPENSATION.value]))


def list_of(section: Section, code: str, period_from: date, period_to: date) -> str:
    """Return the path of the list of the cases that a line counts."""
    query = {"period_from": str(period_from), "period_to": str(period_to), "section": section.value, "code": code}
    return f"{CASES}?{urlencode(query)}"


def select_reports() -> Select[RegulatorReport]:
    """Return the select of all versions of all reports."""
    return queries.select_reports()


async def write(session: AsyncSession, report_id: UUID) -> tuple[IO[bytes], RegulatorReport]:
    """Return a report as a workbook, the same bytes each time.

    Raises:
        NotFound: there is no such report.
    """
    report, before = await _with_former(session, report_id)
    with downloads.made() as file:
        await asyncio.to_thread(_write, file, _shown(report, before))
    return file, report


async def _with_former(session: AsyncSession, report_id: UUID) -> tuple[RegulatorReport, RegulatorReport | None]:
    report = await queries.get_report(session, report_id)
    if report.version == 1:
        return report, None
    return report, await queries.find_report(session, report.period_from, report.period_to, report.version - 1)


async def _document(session: AsyncSession, period_from: date, period_to: date) -> dict[str, Any]:
    counted = await queries.summary(session, period_from, period_to)
    by = await queries.by_section(session, period_from, period_to)
    return rules.content(period_from, period_to, rules.lines(_values(counted), by))


def _values(counted: Mapping[str, Any]) -> dict[Item, str]:
    values = {item: int(counted[item.value]) for item in Item}
    amounts = {item: str(Money.from_fen(values[item]).amount) for item in Item if UNITS.get(item) == "元"}
    return {item: str(value) for item, value in values.items()} | amounts


async def _note(session: AsyncSession, action: str, report: RegulatorReport) -> None:
    facts = {
        "period_from": report.period_from,
        "period_to": report.period_to,
        "version": report.version,
        "digest": report.digest,
    }
    await trail.record(session, action, kind="regulator_report", id=report.id, reason=report.reason, facts=facts)


def _shown(report: RegulatorReport, before: RegulatorReport | None) -> ReportRead:
    lines = rules.told(report.content)
    differing = rules.differences(rules.told(before.content), lines) if before else []
    said = ReportSummary.model_validate(report).model_dump()
    return ReportRead.model_validate(
        said
        | {
            "form": report.content["form"],
            "lines": _lines(lines, report.period_from, report.period_to),
            "differences": [asdict(one) for one in differing],
        }
    )


def _lines(lines: list[Line], period_from: date, period_to: date) -> list[dict[str, Any]]:
    return [asdict(line) | {"list": list_of(line.section, line.code, period_from, period_to)} for line in lines]


def _write(file: IO[bytes], report: ReportRead) -> None:
    book = workbook(file, title="消费投诉监管统计报表", created=report.submitted_at)
    at = f"{report.submitted_at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M:%S}（北京时间）"
    front: list[tuple[str, Cell]] = [
        ("报表名称", "消费投诉监管统计报表"),
        ("报告期间", f"{report.period_from:%Y年%m月%d日}至{report.period_to:%Y年%m月%d日}"),
        ("报送编号", report.reference),
        ("版本", report.version),
        ("更正原因", report.reason),
        ("提交人", report.submitted_by),
        ("提交时间", at),
        ("数字摘要（SHA-256）", report.digest),
    ]
    Table(book, "说明", [("项目", 22), ("内容", 70)]).add(front)
    Table(book, "报表", [("栏目", 26), ("代码", 20), ("项目", 40), ("单位", 6), ("数值", 16)]).add(
        [line.section.zh, line.code, line.name, line.unit, _cell(line.value)] for line in report.lines
    )
    if report.version > 1:
        Table(book, "与上一版差异", [("栏目", 26), ("代码", 20), ("项目", 40), ("更正前", 16), ("更正后", 16)]).add(
            [one.section.zh, one.code, one.name, _cell(one.before), _cell(one.after)] for one in report.differences
        )
    book.close()


def _cell(value: str | None) -> Cell:
    if value is None:
        return None
    return Decimal(value) if "." in value else int(value)
