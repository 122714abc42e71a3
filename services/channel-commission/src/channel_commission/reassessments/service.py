from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.bookings import service as bookings
from channel_commission.bookings.service import AT_ONCE
from channel_commission.channels import service as channels
from channel_commission.dealings import service as dealings
from channel_commission.ledger.service import Occasion
from channel_commission.periods import service as periods
from channel_commission.rates import service as rates
from shared.context import current_cause


async def reassess(session: AsyncSession, now: datetime, limit: int) -> int:
    """Look again at refused dealings of a channel whose admission, rates or products changed; a timer's work.

    With them those of channels that give it a share: they wait for it as well.

    Returns:
        `limit` as long as there may be more to do, then 0.
    """
    await periods.hold(session)
    channel_id = await channels.next_reassessment(session)
    if channel_id is None:
        return 0
    involved = {channel_id, *await rates.sharing_with(session, channel_id)}
    work = await channels.take_reassessment(session, channel_id, involved)
    if work is None:
        return limit
    waiting = await dealings.refused_of_channels(session, involved, work.done_up_to, AT_ONCE)
    sales = await dealings.sales(session, waiting=waiting)
    case = await bookings.open_case(session, {dealing.id for dealing in waiting}, involved, sales)
    for dealing in waiting:
        if dealing.event_id is not None:
            await bookings.settle(session, case, dealing, Occasion(dealing.event_id, current_cause(), now))
    await bookings.finish(session, case)
    if len(waiting) == AT_ONCE:
        work.done_up_to = waiting[-1].id
    else:
        await session.delete(work)
    return limit
