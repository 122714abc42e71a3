"""Many rows in one parameter: the table's own types read them, whatever they are."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest_asyncio
from sqlalchemy import column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared import rows
from shared.codes import Code
from shared.database import sqlalchemy_url
from shared.ids import new_id
from shared.testing.postgres import TestPostgres, clone, template_database

TABLE = """
CREATE TABLE sample (id uuid PRIMARY KEY, name text, fen bigint, rate numeric, on_day date, at timestamptz,
    tags text[], ids uuid[], facts jsonb, kind text, is_told boolean DEFAULT true)
"""
COLUMNS = ["id", "name", "fen", "rate", "on_day", "at", "tags", "ids", "facts", "kind"]


class Kind(Code):
    CALL = "call", "电话"


def _no_tables(_url: str) -> None:
    """Leave the database empty."""


@pytest_asyncio.fixture
async def session(postgres_server: TestPostgres) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(
        sqlalchemy_url(clone(postgres_server, template_database(postgres_server, "rows", _no_tables)))
    )
    async with AsyncSession(engine) as session:
        await session.execute(text(TABLE))
        yield session
    await engine.dispose()


def a_row(**values: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "name": 'O\'Brien \\ "张三"\n',
        "fen": 9_007_199_254_740_993,  # a double would lose its last digit
        "rate": Decimal("0.0085"),
        "on_day": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC),
        "tags": ["a,b", "{c}"],
        "ids": [new_id(), new_id()],
        "facts": {"n": None, "deep": [1, {"x": "y"}]},
        "kind": Kind.CALL,
        **values,
    }


async def test_rows_are_read_back_as_they_were_given(session: AsyncSession) -> None:
    given = [a_row(), a_row(name=None, tags=[], facts=None, kind=None)]

    inserted = rows.insert("sample", COLUMNS, then="ORDER BY id RETURNING *")
    found = (await session.execute(inserted, rows.given(given))).mappings().all()

    assert [{name: row[name] for name in COLUMNS} for row in found] == given
    assert [row["is_told"] for row in found] == [True, True]


async def test_no_rows_insert_nothing(session: AsyncSession) -> None:
    await session.execute(rows.insert("sample", COLUMNS), rows.given([]))

    assert (await session.execute(text("SELECT count(*) FROM sample"))).scalar_one() == 0


async def test_more_ids_than_a_statement_takes_parameters_are_one_condition(session: AsyncSession) -> None:
    wanted = a_row()
    await session.execute(rows.insert("sample", COLUMNS), rows.given([wanted, a_row()]))
    ids = [*(new_id() for _ in range(70_000)), wanted["id"]]

    sample = table("sample", column("id"))
    found = await session.execute(select(sample.c.id).where(rows.is_one_of(sample.c.id, ids)))
    none = await session.execute(select(sample.c.id).where(rows.is_one_of(sample.c.id, [])))

    assert (found.scalars().all(), none.scalars().all()) == ([wanted["id"]], [])
