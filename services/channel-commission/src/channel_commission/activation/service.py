from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.activation.schemas import Activation, Signing
from channel_commission.admission import service as admission
from channel_commission.admission.rules import NoAgreementInForce, require_licensed
from channel_commission.agreements import service as agreements
from channel_commission.channels import service as channels
from channel_commission.channels.tables import Channel
from shared.clock import business_date


async def activate(
    session: AsyncSession, channel_id: UUID, wanted: Activation, command: str, *, now: datetime
) -> Channel:
    """Let a channel sell and earn: `activate` a signed one, `resume` a suspended one.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed, Unlicensed, LicenseNotInDate, NoAgreementInForce, ActiveFromOutOfRange: see
            `admission.service.begin_activity`; ChannelRestricted too.
    """
    await channels.get(session, channel_id, lock=True)
    today = business_date(now)
    active_from = wanted.active_from or today
    agreed = {day: await agreements.is_in_force(session, channel_id, day) for day in {today, active_from}}
    return await admission.begin_activity(
        session, channel_id, command, active_from=active_from, has_agreement=agreed, now=now
    )


async def sign(session: AsyncSession, channel_id: UUID, wanted: Signing, *, now: datetime) -> Channel:
    """Record that the agreement with an approved channel is signed.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: it is not approved, or signed already.
        Unlicensed: the partner has no financial license; nothing is agreed with it.
        NoAgreementInForce: no agreement with an approved rate card holds on the day named.
    """
    channel = await channels.get(session, channel_id, lock=True)
    require_licensed(channel.kind)
    if not await agreements.is_in_force(session, channel_id, wanted.in_force_on):
        raise NoAgreementInForce(
            f"No agreement with an approved rate card is in force on {wanted.in_force_on}.",
            on=wanted.in_force_on.isoformat(),
        )
    return await admission.sign(session, channel_id, wanted.evidence, now=now)
