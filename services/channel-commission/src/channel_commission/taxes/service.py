from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.periods import service as periods
from channel_commission.taxes import rules
from channel_commission.taxes.rules import TaxStatus, Terms
from channel_commission.taxes.schemas import TaxStatusCreate
from channel_commission.taxes.tables import ChannelTaxStatus
from shared import policy
from shared.audit import trail
from shared.http.callers import Actor


@dataclass(frozen=True, slots=True)
class InForce:
    """What the policy says of value added tax on a day, and of channels whose status nobody recorded."""

    terms: Mapping[TaxStatus, Terms]
    unknown: TaxStatus
    version: str


async def record(
    session: AsyncSession, channel_id: UUID, wanted: TaxStatusCreate, *, actor: Actor, now: datetime
) -> ChannelTaxStatus:
    """Record how a channel is registered for value added tax from a day on.

    Raises:
        NotFound: no channel has this id.
        TaxMonthClosed: the day lies in a closed month.
    """
    rules.require_month_open(wanted.valid_from, await periods.hold(session))
    await channels.get(session, channel_id, lock=True)
    status = ChannelTaxStatus(channel_id=channel_id, recorded_by=actor.id, recorded_at=now, **wanted.model_dump())
    session.add(status)
    await session.flush()
    facts = {"status": wanted.status.value, "valid_from": wanted.valid_from}
    await trail.record(
        session, "channel.tax_status_recorded", kind="channel", id=channel_id, reason=wanted.evidence, facts=facts
    )
    return status


async def in_force(session: AsyncSession, *, on: date) -> InForce:
    """Return what holds of value added tax on a day (Asia/Shanghai).

    Raises:
        PolicyMissing: the policy has a gap there.
    """
    found = await policy.rows(session, ["tax.vat", "tax.status_unknown"], on=on)
    vat = found["tax.vat"]
    return InForce(rules.terms(vat.value), TaxStatus(found["tax.status_unknown"].value), vat.version)
