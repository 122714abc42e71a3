"""Dues: what a channel is paid for a month, and why not more."""

from uuid import UUID

from channel_commission.dues import service
from channel_commission.dues.schemas import Due
from channel_commission.periods.schemas import PeriodText
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Settlements")


@routes.get("/channels/{channel_id}/dues/{period}", responses=problems.docs(NotFound))
async def read_due(channel_id: UUID, period: PeriodText, session: SessionDep, actor: ActorDep) -> Due:
    """Read what a channel is paid for a month, and why it is not more: sales refused or taken back, a month or quarter
    that is not closed, fees withheld, disputed or booked later, a debt carried on. Where it is nothing, it says why.
    """
    return await service.read(session, channel_id, period, actor=actor)
