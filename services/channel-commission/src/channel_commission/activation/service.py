from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.activation.schemas import Activation
from channel_commission.admission import service as admission
from channel_commission.agreements import service as agreements
from channel_commission.channels import service as channels
from channel_commission.channels.tables import Channel
from shared.clock import business_date


async def activate(
    session: AsyncSession, channel_id: UUID, wanted: Activation, command: str, *, now: datetime
) -> Channel:
    """Let a channel sell and earn: `activate` an approved one, `resume` a suspended one.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed, Unlicensed, LicenseNotInDate, NoAgreementInForce, ActiveFromOutOfRange: see
            `admission.service.begin_activity`.
    """
    await channels.get(session, channel_id, lock=True)
    today = business_date(now)
    active_from = wanted.active_from or today
    agreed = {day: await agreements.is_in_force(session, channel_id, day) for day in {today, active_from}}
    return await admission.begin_activity(
        session, channel_id, command, active_from=active_from, has_agreement=agreed, now=now
    )
