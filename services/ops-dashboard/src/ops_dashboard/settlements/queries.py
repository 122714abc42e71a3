from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.settlements.tables import PeriodOnBoard, StatementOnBoard


async def put_statement(session: AsyncSession, values: Mapping[str, Any]) -> None:
    new = insert(StatementOnBoard).values(values)
    changed = {name: new.excluded[name] for name in ("version", "amount_fen", "status")}
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["statement_id"], set_=changed, where=col(StatementOnBoard.version) < new.excluded.version
        )
    )


async def put_period(session: AsyncSession, values: Mapping[str, Any]) -> None:
    new = insert(PeriodOnBoard).values(values)
    changed = {name: new.excluded[name] for name in ("version", "status", "statements", "total_fen")}
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["period"], set_=changed, where=col(PeriodOnBoard.version) < new.excluded.version
        )
    )


def select_statements(period: str | None) -> Select[StatementOnBoard]:
    statement = select(StatementOnBoard)
    return statement if period is None else statement.where(col(StatementOnBoard.period) == period)


async def periods(session: AsyncSession, limit: int) -> Sequence[PeriodOnBoard]:
    statement = select(PeriodOnBoard).order_by(col(PeriodOnBoard.period).desc()).limit(limit)
    return (await session.execute(statement)).scalars().all()


async def sums(session: AsyncSession, names: Sequence[str]) -> list[tuple[str, str, int, int]]:
    """Return period, status, statements and fen."""
    table = StatementOnBoard
    statement = select(col(table.period), col(table.status), func.count(), func.sum(col(table.amount_fen)))
    grouped = statement.where(col(table.period).in_(names)).group_by(col(table.period), col(table.status))
    rows = await session.execute(grouped.order_by(col(table.period), col(table.status)))
    return [(period, status, count, int(total)) for period, status, count, total in rows]
