from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import queries
from client_profile.clients.tables import ClientRisk
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.risk import ClientCleared, ClientFlagged, ClientRiskChanged

RiskEvent = ClientFlagged | ClientRiskChanged | ClientCleared


async def keep_risk(session: AsyncSession, received: Received[RiskEvent]) -> None:
    """Keep the at-risk level of a client, whether or not the client is known yet; an older one changes nothing."""
    event = received.event
    risk = ClientRisk(
        client_id=event.client_id,
        is_flagged=not isinstance(event, ClientCleared),
        level=event.level,
        score=event.score,
        reasons=event.reasons,
        rule_version=event.rule_version,
        changed_at=event.occurred_at,
        event_version=received.aggregate_version,
    )
    await queries.keep_risk(session, risk)


HANDLERS: Handlers = {kind: projection(keep_risk) for kind in (ClientFlagged, ClientRiskChanged, ClientCleared)}
