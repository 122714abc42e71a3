from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import OPEN
from complaints.cases.tables import Complaint
from complaints.compensations.tables import Compensation
from complaints.regulator_reports.rules import NONE, Item, Section
from complaints.regulator_reports.tables import RegulatorReport
from shared.errors import NotFound

_IN_PERIOD = "BETWEEN :first AND :last"
_RECEIVED = f"complaint.received_on {_IN_PERIOD}"
_INFORMED = f"complaint.informed_on {_IN_PERIOD}"
_DAYS = "complaint.informed_on - complaint.received_on"
# Whoever was neither informed nor had withdrawn by the end of the period was waiting then, whatever followed.
_OPEN_AT_END = (
    "coalesce(complaint.informed_on > :last, true) AND coalesce(complaint.withdrawn_on > :last, true)"
    " AND (complaint.informed_on IS NOT NULL OR complaint.withdrawn_on IS NOT NULL OR complaint.status = ANY(:open))"
)
# The due date that held then: that of the last entry of the clock so far; during an appraisal none passes.
_DUE_AT_END = (
    "(SELECT CASE WHEN entry.kind <> 'suspended' THEN entry.due_on END FROM clock_entry AS entry"
    " WHERE entry.complaint_id = complaint.id AND entry.happened_on <= :last"
    " ORDER BY entry.event_version DESC LIMIT 1)"
)
_PAID = f"complaint.compensation > 0 AND coalesce(compensation.paid_on, complaint.informed_on) {_IN_PERIOD}"
#: Which cases a line of the summary counts: the numbers and the lists of their cases cannot differ.
_CONDITIONS: Mapping[Item, str] = {
    Item.RECEIVED: _RECEIVED,
    Item.PERSONS: _RECEIVED,
    Item.MAJOR: f"{_RECEIVED} AND complaint.level = 'major'",
    Item.REPEATED: f"{_RECEIVED} AND complaint.repeat_of IS NOT NULL",
    Item.INFORMED: _INFORMED,
    Item.IN_TIME: f"{_INFORMED} AND complaint.is_in_time",
    Item.LATE: f"{_INFORMED} AND NOT complaint.is_in_time",
    Item.UPHELD: f"{_INFORMED} AND complaint.is_upheld",
    Item.WITHIN_15: f"{_INFORMED} AND {_DAYS} <= 15",
    Item.WITHIN_30: f"{_INFORMED} AND {_DAYS} BETWEEN 16 AND 30",
    Item.WITHIN_60: f"{_INFORMED} AND {_DAYS} BETWEEN 31 AND 60",
    Item.OVER_60: f"{_INFORMED} AND {_DAYS} > 60",
    Item.WITHDRAWN: f"complaint.withdrawn_on {_IN_PERIOD}",
    Item.OPEN_AT_END: _OPEN_AT_END,
    Item.OVERDUE_AT_END: f"{_OPEN_AT_END} AND {_DUE_AT_END} < :last",
    Item.EXTENDED: (
        "EXISTS (SELECT FROM clock_entry AS entry WHERE entry.complaint_id = complaint.id"
        f" AND entry.kind IN ('extended', 'extended_again') AND entry.happened_on {_IN_PERIOD})"
    ),
    Item.REVIEWED: f"complaint.review_requested_on {_IN_PERIOD}",
    # Imported cases do not tell the day of payment: it counts as on the day of informing.
    Item.COMPENSATED: _PAID,
    Item.COMPENSATION: _PAID,
}
#: What is summed up where a line does not count cases.
_SUMS: Mapping[Item, str] = {Item.PERSONS: "complaint.persons", Item.COMPENSATION: "complaint.compensation"}
_BASE = "complaint.received_on <= :last AND complaint.status NOT IN ('reclassified', 'rejected')"


def _number(item: Item) -> str:
    counted = f"sum({_SUMS[item]})" if item in _SUMS else "count(*)"
    return f"coalesce({counted} FILTER (WHERE {_CONDITIONS[item]}), 0) AS {item.value}"


_SUMMARY = text(
    f"SELECT {', '.join(map(_number, Item))}"  # no value stands in it
    " FROM complaint LEFT JOIN compensation ON compensation.complaint_id = complaint.id"
    f" WHERE {_BASE}"
)
_BY = text(
    "SELECT about.section, about.code, code.name, count(*) AS cases"
    " FROM complaint AS one CROSS JOIN LATERAL (VALUES ('reason', reason), ('source', source), ('level', level),"
    " ('regime', regime), ('business_code', business_code)) AS about (section, code)"
    " LEFT JOIN classification_code AS code"
    " ON about.section = 'business_code' AND code.dimension = 'business' AND code.code = about.code"
    " WHERE one.received_on BETWEEN :first AND :last AND one.status NOT IN ('reclassified', 'rejected')"
    " GROUP BY about.section, about.code, code.name"
)


def _values(first: date, last: date) -> dict[str, Any]:
    return {"first": first, "last": last, "open": sorted(OPEN)}


def select_cases(
    section: Section, code: str, first: date, last: date, reached: ColumnElement[bool]
) -> Select[Complaint]:
    """Return the select of the cases that a line counts."""
    if section is Section.SUMMARY:
        counted = text(f"{_BASE} AND {_CONDITIONS[Item(code)]}").bindparams(**_used(code, _values(first, last)))
    else:
        column = f"complaint.{section.value}"
        is_it = f"{column} IS NULL" if code == NONE else f"{column} = :code"
        values = {"first": first, "last": last} | ({} if code == NONE else {"code": code})
        counted = text(f"{_BASE} AND {_RECEIVED} AND {is_it}").bindparams(**values)
    return (
        select(Complaint)
        .outerjoin(Compensation, col(Compensation.complaint_id) == col(Complaint.id))
        .where(reached, counted)
    )


def _used(code: str, values: dict[str, Any]) -> dict[str, Any]:
    said = f"{_BASE} {_CONDITIONS[Item(code)]}"
    return {name: value for name, value in values.items() if f":{name}" in said}


async def summary(session: AsyncSession, first: date, last: date) -> Any:
    """Return the numbers of a period by line, over all cases: one statement."""
    return (await session.execute(_SUMMARY, _values(first, last))).mappings().one()


async def by_section(session: AsyncSession, first: date, last: date) -> dict[Section, dict[str, tuple[str, int]]]:
    """Return name and number of cases received in a period, by section and code: one statement."""
    found: dict[Section, dict[str, tuple[str, int]]] = defaultdict(dict)
    for row in await session.execute(_BY, {"first": first, "last": last}):
        found[Section(row.section)][row.code or NONE] = (row.name or row.code or "未分类", row.cases)
    return found


async def keep(session: AsyncSession, report: RegulatorReport) -> bool:
    """Keep a report unless there is one of that period and version; return whether it was kept."""
    statement = insert(RegulatorReport).values(report.model_dump()).on_conflict_do_nothing()
    return (await session.execute(statement.returning(col(RegulatorReport.id)))).scalar_one_or_none() is not None


async def get_report(session: AsyncSession, report_id: UUID) -> RegulatorReport:
    found = await session.get(RegulatorReport, report_id)
    if found is None:
        raise NotFound("No report has this id.")
    return found


async def find_report(
    session: AsyncSession, period_from: date, period_to: date, version: int
) -> RegulatorReport | None:
    statement = select(RegulatorReport).where(
        col(RegulatorReport.period_from) == period_from,
        col(RegulatorReport.period_to) == period_to,
        col(RegulatorReport.version) == version,
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def find_last(session: AsyncSession, period_from: date, period_to: date) -> RegulatorReport | None:
    statement = select(RegulatorReport).where(
        col(RegulatorReport.period_from) == period_from, col(RegulatorReport.period_to) == period_to
    )
    return (
        await session.execute(statement.order_by(col(RegulatorReport.version).desc()).limit(1))
    ).scalar_one_or_none()


def select_reports() -> Select[RegulatorReport]:
    return select(RegulatorReport)
