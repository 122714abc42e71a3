"""Policy rows: legal and house numbers with validity dates and a source, so that a rule change is a new row.

days = await policy.value(session, "complaint.decision_days", on=received_on)
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

POLICY_V1 = """
CREATE TABLE policy_row (
    code text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    value jsonb NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (code, valid_from),
    CHECK (valid_to IS NULL OR valid_to > valid_from)
);
"""

_IN_FORCE = text(
    "SELECT code, valid_from, value, source FROM policy_row"
    " WHERE code = ANY(:codes) AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)"
)
_BY_DAY = text(
    "SELECT day, valid_from, value, source FROM unnest(CAST(:days AS date[])) AS wanted (day)"
    " JOIN policy_row ON code = :code AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)"
)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A number or table in force, and where it comes from.

    Attributes:
        code: What it is, e.g. `complaint.decision_days`.
        value: A JSON value: number, string, list or object; rates and amounts are strings.
        version: `<code>@<valid_from>`, kept beside every result it took part in.
        source: Law and article, or the house decision.
    """

    code: str
    value: Any
    version: str
    source: str


class PolicyMissing(LookupError):
    """No row of this code is in force on that day: a gap in the policy table, our mistake."""


async def rows(session: AsyncSession, codes: Sequence[str], *, on: date) -> dict[str, PolicyRow]:
    """Return the rows of `codes` in force on `on` (Asia/Shanghai date), by code.

    Raises:
        PolicyMissing: a code has no row in force on that day.
    """
    found = (await session.execute(_IN_FORCE, {"codes": list(codes), "day": on})).all()
    by_code = {row.code: _row(row.code, row.valid_from, row.value, row.source) for row in found}
    missing = sorted(set(codes) - set(by_code))
    if missing:
        raise PolicyMissing(f"no policy row of {', '.join(missing)} is in force on {on}")
    return by_code


async def row(session: AsyncSession, code: str, *, on: date) -> PolicyRow:
    """Return the row of `code` in force on `on`.

    Raises:
        PolicyMissing: no row is in force on that day.
    """
    return (await rows(session, [code], on=on))[code]


async def by_day(session: AsyncSession, code: str, days: Collection[date]) -> dict[date, PolicyRow]:
    """Return the row of `code` in force on each of many days (Asia/Shanghai dates), by one statement.

    Raises:
        PolicyMissing: no row is in force on one of them.
    """
    found = (await session.execute(_BY_DAY, {"code": code, "days": sorted(set(days))})).all()
    rows_of = {row.day: _row(code, row.valid_from, row.value, row.source) for row in found}
    missing = sorted(set(days) - set(rows_of))
    if missing:
        raise PolicyMissing(f"no policy row of {code} is in force on {', '.join(map(str, missing[:3]))}")
    return rows_of


def _row(code: str, valid_from: date, value: Any, source: str) -> PolicyRow:
    return PolicyRow(code, value, f"{code}@{valid_from.isoformat()}", source)
