from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import OPEN
from complaints.regulator_reports.rules import NONE, Section
from complaints.regulator_reports.tables import RegulatorReport
from shared.errors import NotFound

_IN_PERIOD = "BETWEEN :first AND :last"
_INFORMED = f"one.informed_on {_IN_PERIOD}"
_DAYS = "one.informed_on - one.received_on"
# Whoever was neither informed nor had withdrawn by the end of the period was waiting then, whatever followed.
_OPEN_AT_END = (
    "coalesce(one.informed_on > :last, true) AND coalesce(one.withdrawn_on > :last, true)"
    " AND (one.informed_on IS NOT NULL OR one.withdrawn_on IS NOT NULL OR one.status = ANY(:open))"
)
_SUMMARY = text(
    "SELECT"  # no value stands in it
    f" count(*) FILTER (WHERE one.received_on {_IN_PERIOD}) AS received,"
    f" coalesce(sum(one.persons) FILTER (WHERE one.received_on {_IN_PERIOD}), 0) AS persons,"
    f" count(*) FILTER (WHERE one.received_on {_IN_PERIOD} AND one.level = 'major') AS major,"
    f" count(*) FILTER (WHERE one.received_on {_IN_PERIOD} AND one.repeat_of IS NOT NULL) AS repeated,"
    f" count(*) FILTER (WHERE {_INFORMED}) AS informed,"
    f" count(*) FILTER (WHERE {_INFORMED} AND one.is_in_time) AS in_time,"
    f" count(*) FILTER (WHERE {_INFORMED} AND NOT one.is_in_time) AS late,"
    f" count(*) FILTER (WHERE {_INFORMED} AND one.is_upheld) AS upheld,"
    f" count(*) FILTER (WHERE {_INFORMED} AND {_DAYS} <= 15) AS within_15,"
    f" count(*) FILTER (WHERE {_INFORMED} AND {_DAYS} BETWEEN 16 AND 30) AS within_30,"
    f" count(*) FILTER (WHERE {_INFORMED} AND {_DAYS} BETWEEN 31 AND 60) AS within_60,"
    f" count(*) FILTER (WHERE {_INFORMED} AND {_DAYS} > 60) AS over_60,"
    f" count(*) FILTER (WHERE one.withdrawn_on {_IN_PERIOD}) AS withdrawn,"
    f" count(*) FILTER (WHERE {_OPEN_AT_END}) AS open_at_end,"
    " count(*) FILTER (WHERE EXISTS (SELECT FROM clock_entry AS entry WHERE entry.complaint_id = one.id"
    f" AND entry.kind IN ('extended', 'extended_again') AND entry.happened_on {_IN_PERIOD})) AS extended,"
    f" count(*) FILTER (WHERE one.review_requested_on {_IN_PERIOD}) AS reviewed,"
    f" count(*) FILTER (WHERE one.compensation > 0 AND coalesce(paid.paid_on, one.informed_on) {_IN_PERIOD})"
    " AS compensated,"
    f" coalesce(sum(one.compensation) FILTER (WHERE coalesce(paid.paid_on, one.informed_on) {_IN_PERIOD}), 0)"
    " AS compensation"
    " FROM complaint AS one LEFT JOIN compensation AS paid ON paid.complaint_id = one.id"
    " WHERE one.received_on <= :last AND one.status NOT IN ('reclassified', 'rejected')"
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


async def summary(session: AsyncSession, first: date, last: date) -> Any:
    """Return the numbers of a period by line, over all cases: one statement."""
    values = {"first": first, "last": last, "open": sorted(OPEN)}
    return (await session.execute(_SUMMARY, values)).mappings().one()


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
