"""Many rows or ids in one parameter: a thousand of them cost a statement no more than one of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, CursorResult, SQLColumnExpression, TextClause, Uuid, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession


def is_one_of(
    column: SQLColumnExpression[UUID] | SQLColumnExpression[UUID | None], ids: Collection[UUID]
) -> ColumnElement[bool]:
    """Return the SQL condition that a column holds one of many ids, sent as one array."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def insert(table: str, columns: Sequence[str], *, then: str = "") -> TextClause:
    """Return an INSERT of many rows, to be executed with `given(rows)`.

    PostgreSQL reads the values as the types of the table's own columns.

    Args:
        table: Name of the table.
        columns: Those that every row names; the others get their defaults.
        then: What follows: ORDER BY, ON CONFLICT, RETURNING.
    """
    names = ", ".join(columns)
    rows = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS jsonb))"
    return text(f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows} AS given {then}")


async def copy(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write new rows by COPY, in the session's transaction: the least that many rows can cost.

    Args:
        session: A session without changes of its own that these rows need to see: nothing is flushed.
        table: Name of the table.
        columns: Those that every row has a value for; the others get their defaults.
        rows: Their values, in the order of `columns`.
    """
    into_table = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  # a connection that just ran statements has its driver
    async with driver.cursor() as cursor, cursor.copy(into_table) as into:
        for row in rows:
            await into.write_row(row)


async def run(
    session: AsyncSession, statement: str, values: Mapping[str, Any] | tuple[object, ...]
) -> CursorResult[Any]:
    """Run a statement in the driver's own form (`%(name)s`): what delivery runs for every batch costs less so.

    Nothing is flushed before.
    """
    return await (await session.connection()).exec_driver_sql(statement, values)


def given(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the one parameter of `insert`."""
    return {"rows": to_json(list(rows)).decode()}
