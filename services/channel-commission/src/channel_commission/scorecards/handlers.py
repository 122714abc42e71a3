from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.scorecards import queries
from channel_commission.scorecards.tables import ChannelMeasure, ChannelOutcome
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.complaints import (
    ComplaintChannelOutcomeRecorded,
    ComplaintDecided,
    ComplaintRegistered,
    ComplaintWithdrawn,
)
from shared.events.improvement import AccountabilityOutcomeRecorded


async def keep_registered(session: AsyncSession, received: Received[ComplaintRegistered]) -> None:
    """Remember that a channel's sale was complained about."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"received_on": event.received_on})


async def keep_decided(session: AsyncSession, received: Received[ComplaintDecided]) -> None:
    """Remember whether a complaint was found justified; the last decision counts."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"is_upheld": event.is_upheld})


async def keep_withdrawn(session: AsyncSession, received: Received[ComplaintWithdrawn]) -> None:
    """Remember that a complaint was taken back."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"is_withdrawn": True})


async def keep_outcome(session: AsyncSession, received: Received[ComplaintChannelOutcomeRecorded]) -> None:
    """Remember what a complaint came to and whether the channel cooperated; told several times, the newest holds."""
    event = received.event
    if event.channel_id is not None:
        values = event.model_dump(include={"complaint_id", "channel_id", "outcome", "ended_on", "statements"})
        await queries.keep_newest(session, ChannelOutcome, values | {"version": received.aggregate_version})


async def keep_measure(session: AsyncSession, received: Received[AccountabilityOutcomeRecorded]) -> None:
    """Remember that a channel was held to account; told again after an appeal, the newest holds."""
    event = received.event
    if event.channel_id is not None:
        values = event.model_dump(include={"accountability_id", "channel_id", "severity", "measure", "in_force_from"})
        await queries.keep_newest(session, ChannelMeasure, values | {"version": received.aggregate_version})


HANDLERS: Handlers = {
    ComplaintChannelOutcomeRecorded: projection(keep_outcome),
    AccountabilityOutcomeRecorded: projection(keep_measure),
    ComplaintRegistered: projection(keep_registered),
    ComplaintDecided: projection(keep_decided),
    ComplaintWithdrawn: projection(keep_withdrawn),
}
