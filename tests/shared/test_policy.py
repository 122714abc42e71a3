from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import policy
from shared.database import Database, sqlalchemy_url
from shared.schema import SHARED
from shared.testing.postgres import TestPostgres, clone, template_database


def _migrate(url: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(SHARED)
        connection.exec_driver_sql(
            "INSERT INTO policy_row (code, valid_from, valid_to, value, source) VALUES"
            " ('days', '2020-03-01', '2026-07-01', '15', 'old'), ('days', '2026-07-01', NULL, '10', 'new')"
        )
    engine.dispose()


@pytest_asyncio.fixture
async def session(postgres_server: TestPostgres) -> AsyncIterator[AsyncSession]:
    url = clone(postgres_server, template_database(postgres_server, "policy", _migrate), suffix="_policy")
    database = Database(url, service="policy-test")
    async with database.session() as session:
        yield session
    await database.close()


@pytest.mark.parametrize(("day", "value"), [("2020-03-01", 15), ("2026-06-30", 15), ("2026-07-01", 10)])
async def test_the_row_in_force_on_the_day_counts(session: AsyncSession, day: str, value: int) -> None:
    row = await policy.row(session, "days", on=date.fromisoformat(day))

    assert row.value == value
    assert row.version.startswith("days@")


async def test_a_gap_is_an_error_not_a_default(session: AsyncSession) -> None:
    with pytest.raises(policy.PolicyMissing, match="days"):
        await policy.row(session, "days", on=date(2020, 2, 29))


async def test_every_missing_code_is_named(session: AsyncSession) -> None:
    with pytest.raises(policy.PolicyMissing, match="hours, weeks"):
        await policy.rows(session, ["days", "weeks", "hours"], on=date(2026, 1, 1))


async def test_validity_cannot_be_empty(session: AsyncSession) -> None:
    with pytest.raises(Exception, match="policy_row"):
        await session.execute(text("INSERT INTO policy_row VALUES ('x', '2026-01-02', '2026-01-02', '1', 'none')"))


async def test_many_days_are_answered_at_once(session: AsyncSession) -> None:
    days = [date(2020, 3, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 6, 30)]

    found = await policy.by_day(session, "days", days)

    assert {day: row.value for day, row in found.items()} == {
        day: (await policy.row(session, "days", on=day)).value for day in days
    }
    assert await policy.by_day(session, "days", []) == {}


async def test_a_day_among_many_that_no_row_covers_is_named(session: AsyncSession) -> None:
    with pytest.raises(policy.PolicyMissing, match="days is in force on 2020-02-29"):
        await policy.by_day(session, "days", [date(2020, 3, 1), date(2020, 2, 29)])
