from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.at_risk import queries
from ops_dashboard.at_risk.tables import ClientAtRisk
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.risk import ClientCleared, ClientFlagged, ClientRiskChanged


def _row(
    received: Received[ClientFlagged] | Received[ClientRiskChanged] | Received[ClientCleared], since: datetime | None
) -> ClientAtRisk:
    event = received.event
    return ClientAtRisk(
        client_id=event.client_id,
        version=received.aggregate_version,
        level=event.level,
        score=event.score,
        reasons=event.reasons,
        flagged_at=since,
    )


async def flag(session: AsyncSession, received: Received[ClientFlagged]) -> None:
    """Put a client on the list."""
    await queries.put(session, _row(received, received.event.occurred_at), keeps_flagged_at=False)


async def change(session: AsyncSession, received: Received[ClientRiskChanged]) -> None:
    """Change a listed client's level; since when it is listed stays."""
    await queries.put(session, _row(received, received.event.occurred_at), keeps_flagged_at=True)


async def clear(session: AsyncSession, received: Received[ClientCleared]) -> None:
    """Take a client off the list."""
    await queries.put(session, _row(received, None), keeps_flagged_at=False)


HANDLERS: Handlers = {
    ClientFlagged: projection(flag),
    ClientRiskChanged: projection(change),
    ClientCleared: projection(clear),
}
