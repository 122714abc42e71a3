from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.admission.rules import Effect
from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus, SuspensionReason
from channel_commission.risk_events import queries, rules
from channel_commission.risk_events.rules import RiskStatus
from channel_commission.risk_events.schemas import Assignment, Check, MeasureResult, RiskEventCreate
from channel_commission.risk_events.tables import RiskEvent
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def report(
    session: AsyncSession, channel_id: UUID, wanted: RiskEventCreate, *, actor: Actor, now: datetime
) -> RiskEvent:
    """Record a risk event with its measure; a severe one or a red line stops the channel's sales at once.

    Raises:
        NotFound: no channel has this id.
        ChannelIsGone: it has ended.
        OccurredInFuture, DueInPast: a day does not fit.
    """
    channel = await channels.get(session, channel_id, lock=True)
    if channel.status in (ChannelStatus.TERMINATED, ChannelStatus.BLACKLISTED):
        raise rules.ChannelIsGone(f"A channel that is {channel.status} takes none.", state=channel.status.value)
    rules.require_dates(wanted.occurred_on, wanted.due_on, today=business_date(now))
    event = RiskEvent(channel_id=channel_id, reported_by=actor.id, reported_at=now, **wanted.model_dump())
    session.add(event)
    await session.flush()
    await _trace(session, event, "reported", reason=wanted.facts)
    if rules.suspends(event.severity, event.red_line):
        reason = SuspensionReason.RISK_EVENT
        await admission.restrict(session, channel, Effect.SALES, reason, source_id=event.id, now=now)
    return event


async def assign(session: AsyncSession, event_id: UUID, wanted: Assignment, *, now: datetime) -> RiskEvent:
    """Give a risk event another owner, measure or day.

    Raises:
        NotFound: no risk event has this id.
        RiskStatusForbids: it is closed.
        DueInPast: the day has passed.
    """
    event = await _locked(session, event_id, "assign")
    rules.require_dates(None, wanted.due_on, today=business_date(now))
    event.owner_id, event.measure, event.due_on = wanted.owner_id, wanted.measure, wanted.due_on
    event.status = RiskStatus.OPEN
    await _trace(session, event, "assigned", reason=wanted.measure)
    return event


async def report_measure(
    session: AsyncSession, event_id: UUID, wanted: MeasureResult, *, actor: Actor, now: datetime
) -> RiskEvent:
    """Record that the measure is done; somebody else checks it.

    Raises:
        NotFound: no risk event has this id.
        RiskStatusForbids: that is reported already, or the event is closed.
    """
    event = await _locked(session, event_id, "report-measure")
    event.status, event.result, event.measured_by, event.measured_at = (
        RiskStatus.MEASURED,
        wanted.result,
        actor.id,
        now,
    )
    event.checked_by = event.checked_at = event.check_note = None
    await _trace(session, event, "measured", reason=wanted.result)
    return event


async def check(session: AsyncSession, event_id: UUID, wanted: Check, *, actor: Actor, now: datetime) -> RiskEvent:
    """Close a risk event whose measure works, or open it again.

    Raises:
        NotFound: no risk event has this id.
        RiskStatusForbids: no measure was reported.
        SecondPersonNeeded: the caller owns the measure or reported it.
    """
    event = await _locked(session, event_id, "check")
    rules.require_another_checks(event.owner_id, event.measured_by, actor.id)
    event.status = RiskStatus.CLOSED if wanted.is_effective else RiskStatus.OPEN
    event.check_note, event.checked_by, event.checked_at = wanted.note, actor.id, now
    await _trace(session, event, "checked", reason=wanted.note)
    if wanted.is_effective and rules.suspends(event.severity, event.red_line):
        await admission.lift(session, event.channel_id, event.id, now=now)
    return event


async def _locked(session: AsyncSession, event_id: UUID, command: str) -> RiskEvent:
    """Return a risk event locked, its channel first."""
    await channels.get(session, (await queries.get_event(session, event_id)).channel_id, lock=True)
    event = await queries.get_event(session, event_id, for_update=True)
    rules.require_allowed(event.status, command)
    return event


async def _trace(session: AsyncSession, event: RiskEvent, what: str, *, reason: str) -> None:
    facts = {"risk_event_id": event.id, "severity": event.severity.value, "status": event.status.value}
    await trail.record(session, f"risk_event.{what}", kind="channel", id=event.channel_id, reason=reason, facts=facts)
