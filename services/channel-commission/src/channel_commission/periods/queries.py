from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.periods.rules import PeriodStatus
from channel_commission.periods.tables import Period
from shared.errors import NotFound
from shared.ids import new_id

#: Names the lock that keeps bookings and closes apart.
_CLOSING = 7_240_310


async def lock_against_close(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _CLOSING})


async def lock_for_close(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLOSING})


async def closed_through(session: AsyncSession) -> str | None:
    statement = select(func.max(col(Period.period))).where(col(Period.status) == PeriodStatus.CLOSED)
    return (await session.execute(statement)).scalar_one()


async def earliest_open(session: AsyncSession) -> str | None:
    statement = select(func.min(col(Period.period))).where(col(Period.status) == PeriodStatus.OPEN)
    return (await session.execute(statement)).scalar_one()


async def known(session: AsyncSession, periods: Collection[str]) -> set[str]:
    return set((await session.execute(select(col(Period.period)).where(col(Period.period).in_(periods)))).scalars())


async def add(session: AsyncSession, period: str, *, now: datetime) -> Period | None:
    """Return the new period, not recorded yet; None if somebody else opened it meanwhile."""
    period_id = new_id()
    values = {
        "id": period_id, "version": 0, "event_key": period_id, "period": period,
        "status": PeriodStatus.OPEN, "opened_at": now,
    }  # fmt: skip
    statement = insert(Period).values(values).on_conflict_do_nothing(index_elements=["period"])
    added = (await session.execute(statement.returning(col(Period.id)))).scalar_one_or_none()
    return None if added is None else await session.get(Period, period_id)


async def get_period(session: AsyncSession, period: str, *, for_update: bool = False) -> Period:
    statement = select(Period).where(col(Period.period) == period)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("Nothing was booked in this month, and it was not opened.")
    return found


def select_periods(status: PeriodStatus | None) -> Select[Period]:
    statement = select(Period)
    return statement if status is None else statement.where(col(Period.status) == status)
