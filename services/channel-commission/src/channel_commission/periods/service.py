from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.periods import queries, rules
from channel_commission.periods.rules import PeriodStatus
from channel_commission.periods.tables import Period
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.channel_commission import PeriodClosed, PeriodOpened
from shared.money import Money


async def hold(session: AsyncSession, *, exclusive: bool = False) -> str | None:
    """Keep every month from being closed until this transaction ends, and return the last closed one.

    With `exclusive` bookings are kept out too, once those under way have ended.

    The first lock of every booking, shared by all of them: a close waits for bookings under way and counts their
    entries, a booking waits for a close under way and then sees that month closed. One lock stands for all months,
    since they are closed in order and a close is short.
    """
    await (queries.lock_for_close if exclusive else queries.lock_against_close)(session)
    return await queries.closed_through(session)


async def open_all(session: AsyncSession, periods: Collection[str], *, now: datetime) -> None:
    """Open those of `periods` that are not known yet, in order."""
    missing = set(periods) - await queries.known(session, periods)
    for period in sorted(missing):
        opened = await queries.add(session, period, now=now)
        if opened is not None:
            event = PeriodOpened(occurred_at=now, period_id=opened.id, period=period)
            await outbox.record(session, opened, event)


async def open_present(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Open the present month; a timer's work."""
    closed_through = await hold(session)
    present = rules.period_of(business_date(now))
    if closed_through is None or present > closed_through:
        await open_all(session, [present], now=now)
    return 0


async def begin_close(session: AsyncSession, period: str, *, now: datetime) -> Period:
    """Wait for bookings under way, keep new ones out until this transaction ends, and return the month to close.

    Raises:
        PeriodAlreadyClosed: it is closed.
        PeriodNotOver: it has days to come.
        EarlierPeriodOpen: an earlier month comes first.
    """
    await queries.lock_for_close(session)
    rules.require_closable(
        period,
        today=business_date(now),
        closed_through=await queries.closed_through(session),
        earliest_open=await queries.earliest_open(session),
    )
    await open_all(session, [period], now=now)
    return await queries.get_period(session, period, for_update=True)


async def finish_close(
    session: AsyncSession, period: Period, *, statements: int, total_fen: int, closed_by: UUID, now: datetime
) -> None:
    """Close the month that `begin_close` returned."""
    period.status, period.closed_at, period.closed_by = PeriodStatus.CLOSED, now, closed_by
    period.statements, period.total_fen = statements, total_fen
    event = PeriodClosed(
        occurred_at=now,
        period_id=period.id,
        period=period.period,
        statements=statements,
        total=Money.from_fen(total_fen),
    )
    await outbox.record(session, period, event)
