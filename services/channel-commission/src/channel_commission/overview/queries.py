from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.evaluations.tables import Evaluation
from channel_commission.exits.rules import ExitStatus
from channel_commission.exits.tables import ExitProposal
from channel_commission.payee_accounts.tables import PayeeAccount
from channel_commission.plans.tables import SalesQuota
from channel_commission.products.tables import ProductAuthorization
from channel_commission.risk_events.rules import RiskStatus
from channel_commission.risk_events.tables import RiskEvent
from channel_commission.scorecards.tables import ChannelScorecard
from channel_commission.visits.tables import ChannelVisit

#: Rows shown of each kind; the lists of their own have all.
SHOWN = 10


def _newest(table: Any, channel_id: UUID, *conditions: Any) -> Select[Any]:
    return select(table).where(table.channel_id == channel_id, *conditions).order_by(table.id.desc()).limit(SHOWN)


async def rows(session: AsyncSession, channel_id: UUID, today: date) -> dict[str, list[Any]]:
    """Return what stands around a channel, the newest of each kind first: one bounded statement per kind."""
    statements = {
        "payee_accounts": _newest(PayeeAccount, channel_id, col(PayeeAccount.ended_at).is_(None)),
        "risk_events": _newest(RiskEvent, channel_id, col(RiskEvent.status) != RiskStatus.CLOSED),
        "scorecards": _newest(ChannelScorecard, channel_id),
        "evaluations": _newest(Evaluation, channel_id),
        "exit_proposals": _newest(ExitProposal, channel_id, col(ExitProposal.status) == ExitStatus.PROPOSED),
        "visits": _newest(ChannelVisit, channel_id),
        "quotas": _newest(SalesQuota, channel_id, col(SalesQuota.valid_until) > today),
        "products": _newest(ProductAuthorization, channel_id, col(ProductAuthorization.valid_to).is_(None)),
    }
    return {name: list((await session.execute(one)).scalars()) for name, one in statements.items()}
