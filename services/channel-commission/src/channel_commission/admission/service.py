from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import queries, rules
from channel_commission.admission.rules import Effect, Span, Standing
from channel_commission.admission.tables import ActiveSpan, Restriction
from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus, SuspensionReason, Validity, is_covered
from channel_commission.channels.tables import Channel, ChannelLicense
from channel_commission.due_diligence import service as due_diligence
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.channel_commission import (
    ChannelActivated,
    ChannelLicenseExpiring,
    ChannelSuspended,
    ChannelTerminated,
)
from shared.http.callers import Actor


async def start_due_diligence(session: AsyncSession, channel_id: UUID, *, actor: Actor, now: datetime) -> Channel:
    """Record who examines a prospect.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: it is no prospect.
    """
    channel = await _move(session, channel_id, "start-due-diligence")
    channel.due_diligence_by = actor.id
    await channels.record_update(session, channel, ["status"], now=now)
    await trail.record(session, "channel.due_diligence_started", kind="channel", id=channel.id)
    return channel


async def approve(session: AsyncSession, channel_id: UUID, opinion: str, *, actor: Actor, now: datetime) -> Channel:
    """Admit a partner after due diligence, by a second person.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: there was no due diligence, or it is admitted already.
        SecondPersonNeeded: the caller did the due diligence.
        FindingFailed, FindingsMissing: what due diligence found stands against it, or the house wants more.
    """
    channel = await _move(session, channel_id, "approve")
    rules.require_second_person(channel.due_diligence_by, actor.id)
    await due_diligence.require_passed(session, channel.id, approver=actor.id, now=now)
    channel.approved_by = actor.id
    await channels.record_update(session, channel, ["status"], now=now)
    await trail.record(session, "channel.approved", kind="channel", id=channel.id, reason=opinion)
    return channel


async def begin_activity(
    session: AsyncSession,
    channel_id: UUID,
    command: str,
    *,
    active_from: date,
    has_agreement: Mapping[date, bool],
    now: datetime,
) -> Channel:
    """Let a channel sell and earn from `active_from` on.

    Args:
        session: The request's session.
        channel_id: The channel.
        command: `activate` or `resume`.
        active_from: First day (Asia/Shanghai); in the past for a partner taken over from before.
        has_agreement: For today and `active_from`, whether an agreement is in force on that day.
        now: The instant.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: the status does not allow it.
        Unlicensed: the partner has no financial license.
        LicenseNotInDate: no license is in date today or on `active_from`.
        NoAgreementInForce: no agreement is in force today or on `active_from`.
        ActiveFromOutOfRange: the day has not come, or activity on it is recorded already.
        ChannelRestricted: a risk event or an evaluation stands against it.
    """
    channel = await channels.get(session, channel_id, lock=True)
    status = rules.next_status(channel.status, command)
    await _require_unrestricted(session, channel.id, Effect.SALES)
    licenses = [Validity(one.valid_from, one.valid_to) for one in await _licenses(session, channel.id)]
    for day in sorted({active_from, business_date(now)}):
        rules.require_may_be_active(channel.kind, licenses, has_agreement=has_agreement[day], on=day)
    spans = (await queries.spans(session, [channel.id]))[channel.id]
    rules.require_activity_start(active_from, [_span(span) for span in spans], today=business_date(now))
    session.add(ActiveSpan(channel_id=channel.id, active_from=active_from))
    channel.status, channel.suspension_reason = status, None
    await outbox.record(session, channel, ChannelActivated(occurred_at=now, channel_id=channel.id))
    await channels.ask_reassessment(session, channel.id, now=now)
    facts = {"active_from": active_from}
    await trail.record(session, f"channel.{command}d", kind="channel", id=channel.id, facts=facts)
    return channel


async def suspend(session: AsyncSession, channel_id: UUID, reason: str, *, now: datetime) -> Channel:
    """Stop a channel from selling and earning from today on.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: it is not active.
    """
    channel = await _move(session, channel_id, "suspend")
    await _stop(session, channel, SuspensionReason.DECISION, first_day=business_date(now), now=now)
    await trail.record(session, "channel.suspended", kind="channel", id=channel.id, reason=reason)
    return channel


async def terminate(session: AsyncSession, channel_id: UUID, reason: str, *, now: datetime) -> Channel:
    """End the cooperation for good; fees earned so far are still settled.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: it has ended already.
    """
    channel = await _move(session, channel_id, "terminate")
    await _end_span(session, channel.id, business_date(now))
    await outbox.record(session, channel, ChannelTerminated(occurred_at=now, channel_id=channel.id))
    await trail.record(session, "channel.terminated", kind="channel", id=channel.id, reason=reason)
    return channel


async def sign(session: AsyncSession, channel_id: UUID, evidence: str, *, now: datetime) -> Channel:
    """Record that the agreement with an approved partner is signed; activation follows.

    Raises:
        NotFound: no channel has this id.
        CommandNotAllowed: it is not approved, or signed already.
    """
    channel = await _move(session, channel_id, "sign")
    await channels.record_update(session, channel, ["status"], now=now)
    await trail.record(session, "channel.signed", kind="channel", id=channel.id, reason=evidence)
    return channel


async def restrict(
    session: AsyncSession,
    channel: Channel,
    effect: Effect,
    reason: SuspensionReason,
    *,
    source_id: UUID,
    now: datetime,
) -> None:
    """Forbid a locked channel something until its source is settled; one that may not sell is suspended at once."""
    session.add(Restriction(channel_id=channel.id, effect=effect, reason=reason, source_id=source_id, since=now))
    await session.flush()
    if effect is Effect.SALES and channel.status is ChannelStatus.ACTIVE:
        channel.status = rules.next_status(channel.status, "suspend")
        await _stop(session, channel, reason, first_day=business_date(now), now=now)
    facts = {"effect": effect.value, "reason": reason.value, "source_id": source_id}
    await trail.record(session, "channel.restricted", kind="channel", id=channel.id, facts=facts)


async def lift(session: AsyncSession, channel_id: UUID, source_id: UUID, *, now: datetime) -> None:
    """End the restrictions that come from one source; a suspended channel still has to be resumed."""
    await queries.lift(session, source_id, now=now)
    await trail.record(
        session, "channel.restriction_lifted", kind="channel", id=channel_id, facts={"source_id": source_id}
    )


async def restrictions(session: AsyncSession, channel_id: UUID) -> list[Restriction]:
    """Return the restrictions of a channel that hold."""
    return await queries.restrictions(session, channel_id)


async def require_may_take_products(session: AsyncSession, channel_id: UUID) -> None:
    """Refuse new products to a channel that something stands against.

    Raises:
        ChannelRestricted: as said, with the reasons.
    """
    await _require_unrestricted(session, channel_id, Effect.NEW_PRODUCTS)


async def blacklist(session: AsyncSession, channel: Channel, *, entry_id: UUID, now: datetime) -> None:
    """End the cooperation with a locked channel whose credit code, or whose head office's, was blacklisted."""
    was_over = channel.status is ChannelStatus.TERMINATED
    await _end_span(session, channel.id, business_date(now))
    channel.status = ChannelStatus.BLACKLISTED
    if was_over:
        await channels.record_update(session, channel, ["status"], now=now)
    else:
        await outbox.record(session, channel, ChannelTerminated(occurred_at=now, channel_id=channel.id))
    facts = {"blacklist_entry_id": entry_id}
    await trail.record(session, "channel.blacklisted", kind="channel", id=channel.id, facts=facts)


async def watch_licenses(session: AsyncSession, now: datetime, limit: int) -> int:
    """Give notice of licenses that end soon, and suspend channels that have none any more; a timer's work."""
    today = business_date(now)
    thresholds: list[int] = (await policy.row(session, "channel.license_notice_days", on=today)).value
    due = await queries.lock_with_ending_license(session, today, thresholds, limit)
    for channel_id in due:
        channel, licenses = await channels.get(session, channel_id), await _licenses(session, channel_id)
        if not is_covered(today, [Validity(one.valid_from, one.valid_to) for one in licenses]):
            channel.status = rules.next_status(channel.status, "suspend")
            first_day = max(one.valid_to for one in licenses if one.valid_to < today) + timedelta(days=1)
            await _stop(session, channel, SuspensionReason.LICENSE_EXPIRED, first_day=first_day, now=now)
            continue
        license = licenses[-1]
        days = rules.license_notice(license.valid_to, today=today, thresholds=thresholds, given=license.notice_given)
        if days is not None:
            license.notice_given = days
            event = ChannelLicenseExpiring(
                occurred_at=now, channel_id=channel.id, valid_to=license.valid_to, days_left=days
            )
            await outbox.record(session, channel, event)
    return len(due)


async def standings(session: AsyncSession, wanted: set[tuple[UUID, date]]) -> dict[tuple[UUID, date], Standing]:
    """Return what each known channel was on each day asked for (Asia/Shanghai)."""
    kinds = await channels.kinds(session, {channel_id for channel_id, _ in wanted})
    spans = await queries.spans(session, kinds)
    licenses = await channels.licenses(session, kinds)
    found = {}
    for channel_id, day in wanted:
        if channel_id in kinds:
            validities = [Validity(license.valid_from, license.valid_to) for license in licenses[channel_id]]
            active = [_span(span) for span in spans[channel_id]]
            found[channel_id, day] = rules.standing(kinds[channel_id], active, validities, on=day)
    return found


async def active_days(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[tuple[date, date | None]]]:
    """Return the half-open days on which each channel could sell; the end is None while it can."""
    spans = await queries.spans(session, ids)
    return {id: [(span.active_from, span.active_until) for span in spans[id]] for id in ids}


async def _require_unrestricted(session: AsyncSession, channel_id: UUID, effect: Effect) -> None:
    found = await queries.restrictions(session, channel_id)
    rules.require_unrestricted([(one.effect, one.reason) for one in found], forbids=effect)


async def _move(session: AsyncSession, channel_id: UUID, command: str) -> Channel:
    channel = await channels.get(session, channel_id, lock=True)
    channel.status = rules.next_status(channel.status, command)
    return channel


async def _stop(
    session: AsyncSession, channel: Channel, reason: SuspensionReason, *, first_day: date, now: datetime
) -> None:
    await _end_span(session, channel.id, first_day)
    channel.suspension_reason = reason
    event = ChannelSuspended(occurred_at=now, channel_id=channel.id, reason=reason.value)
    await outbox.record(session, channel, event)


async def _end_span(session: AsyncSession, channel_id: UUID, day: date) -> None:
    for span in (await queries.spans(session, [channel_id]))[channel_id]:
        if span.active_until is None:
            span.active_until = max(day, span.active_from)


async def _licenses(session: AsyncSession, channel_id: UUID) -> list[ChannelLicense]:
    return (await channels.licenses(session, [channel_id]))[channel_id]


def _span(span: ActiveSpan) -> Span:
    return Span(span.active_from, span.active_until)
