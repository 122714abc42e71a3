from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.closes import queries, rules
from channel_commission.closes.schemas import EstablishmentRead, OpenEstablishment
from channel_commission.cycles.tables import Establishment
from channel_commission.dealings import service as dealings
from channel_commission.guarantees import service as guarantees
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period, period_of
from channel_commission.periods.tables import Period
from channel_commission.settlements import service as settlements
from channel_commission.settlements.rules import last_day
from channel_commission.vouchers import service as vouchers
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.money import Money


async def close(session: AsyncSession, period: str, *, actor: Actor, now: datetime) -> Period:
    """Close a month and freeze the statements due: one per channel, run and bearer with entries or a balance carried.

    Raises:
        PeriodAlreadyClosed: it is closed.
        PeriodNotOver: it has days to come.
        EarlierPeriodOpen: an earlier month comes first.
        TrailingPending: the timer has not booked all trailing fees of the month yet.
    """
    closing = await periods.begin_close(session, period, now=now)
    if await dealings.without_trailing(session, period, 1):
        raise rules.TrailingPending("Trailing fees of this month are still being booked; try again shortly.")
    await guarantees.true_up(session, period, now=now)
    statements = await settlements.freeze(session, period, now=now)
    await vouchers.accrue(session, period, on=last_day(period), now=now)
    total = sum(row.entries_fen for row in statements)
    await periods.finish_close(
        session, closing, statements=len(statements), total_fen=total, closed_by=actor.id, now=now
    )
    facts = {"period": period, "statements": len(statements), "total_fen": total}
    await trail.record(session, "period.closed", kind="period", id=closing.id, facts=facts)
    return closing


async def close_establishment(
    session: AsyncSession, product_id: UUID, *, actor: Actor, now: datetime
) -> EstablishmentRead:
    """Settle what is booked for a plan under agreements that settle at its establishment; what follows goes monthly.

    Bookings under way are waited for and stand in it; later ones are born into the plan's monthly run.

    Raises:
        EstablishmentClosed: it is closed.
        NothingAtEstablishment: nothing of it is settled so.
        EstablishmentNotOver: its day is not over.
    """
    closed_through = await periods.hold(session, exclusive=True)
    if await queries.find_establishment(session, product_id) is not None:
        raise rules.EstablishmentClosed("The establishment of this plan is closed.")
    today = business_date(now)
    rules.require_establishment_over(await queries.first_on(session, product_id), today=today)
    period = booked_period(period_of(today), closed_through)
    await periods.open_all(session, {period}, now=now)
    session.add(Establishment(product_id=product_id, period=period, closed_by=actor.id, closed_at=now))
    statements = await settlements.freeze(session, period, now=now, plan=product_id)
    total = sum(row.entries_fen for row in statements)
    facts = {"period": period, "statements": len(statements), "total_fen": total}
    await trail.record(session, "establishment.closed", kind="product", id=product_id, facts=facts)
    return EstablishmentRead(
        product_id=product_id, period=period, statements=len(statements), total=Money.from_fen(total)
    )


async def open_establishments(session: AsyncSession) -> list[OpenEstablishment]:
    """Return the plans with fees to settle at their establishment, the earliest first."""
    return [
        OpenEstablishment(
            product_id=row.product_id,
            established_on=row.established_on,
            channels=row.channels,
            total=Money.from_fen(row.total_fen),
        )
        for row in await queries.open_establishments(session)
    ]
