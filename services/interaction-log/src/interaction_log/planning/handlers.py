"""Follow-ups that events ask for: clients at risk go to team leads; who comes or leaves changes whose they are."""

from sqlalchemy.ext.asyncio import AsyncSession

from interaction_log.planning import service
from shared.delivery.handlers import Handlers, effect
from shared.events.base import Received
from shared.events.client_profile import StaffJoined, StaffLeft, StaffMoved
from shared.events.risk import ClientCleared, ClientFlagged


async def schedule_for_leads(session: AsyncSession, run: list[Received[ClientFlagged]]) -> None:
    """Schedule follow-ups for the team leads of clients that became at risk."""
    await service.schedule_for_leads(session, run)


async def cancel_at_risk(session: AsyncSession, run: list[Received[ClientCleared]]) -> None:
    """Cancel the at-risk follow-ups that nobody has done yet."""
    await service.cancel_at_risk(session, run)


async def change_staff(session: AsyncSession, run: list[Received[StaffJoined | StaffMoved | StaffLeft]]) -> None:
    """Let the follow-ups of team leads find who leads now, and those of who left find who takes over."""
    await service.staff_changed(session, left={one.event.staff_id for one in run if isinstance(one.event, StaffLeft)})


_CHANGE_STAFF = effect(change_staff, batch=True)

HANDLERS: Handlers = {
    ClientFlagged: effect(schedule_for_leads, batch=True),
    ClientCleared: effect(cancel_at_risk, batch=True),
    StaffJoined: _CHANGE_STAFF,
    StaffMoved: _CHANGE_STAFF,
    StaffLeft: _CHANGE_STAFF,
}
