from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.calendars import rules as calendar_rules
from complaints.calendars import service as calendars
from complaints.calendars.rules import WorkCalendar
from complaints.cases import service as cases
from complaints.cases.rules import OPEN, UNDER_REVIEW, Command
from complaints.cases.tables import Complaint
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import Entry, EntryKind
from complaints.correspondence import service as correspondence
from complaints.correspondence.schemas import ExchangeCreate
from complaints.correspondence.tables import Exchange
from complaints.goals import queries, rules
from complaints.goals.rules import Contact, Goal, GoalPolicy, Level, Timeline
from complaints.goals.schemas import CalendarRead, EscalationRead, GoalClockRead, InternalClocks
from complaints.goals.tables import Escalation, GoalClock
from complaints.parties import service as parties
from shared import policy
from shared.clock import business_date, start_of_day
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.complaints import ComplaintEscalated
from shared.http.callers import Actor
from shared.ids import new_id

_DAY = timedelta(days=1)


async def refresh(session: AsyncSession, complaint: Complaint, *, now: datetime) -> None:
    """Compute the clocks of a locked case anew from what happened to it; a level told of is not told of again."""
    entries = await clocks.history(session, complaint.id)
    contacts = await correspondence.all_of(session, complaint.id)
    timeline = _timeline(complaint, entries, contacts, now=now)
    calendar, goals = await calendars.working_calendar(session, now=now), await _policy(session, complaint.received_on)
    service_class = await parties.service_class_of(session, complaint.client_id)
    known = {(clock.goal, clock.round): clock for clock in await queries.list_clocks(session, complaint.id)}
    for running in rules.clocks(timeline):
        target = goals.target(running.goal, service_class)
        clock = known.get((running.goal, running.round)) or _new(complaint, running.goal, running.round, target, goals)
        # Later policies and classes leave a clock that runs already alone.
        minutes = clock.target_minutes or target
        found = (
            [] if timeline.paused_at else rules.levels(goals.levels, calendar, running.since, minutes, timeline.breaks)
        )
        due_at = calendar_rules.due_at(calendar, running.since, minutes, timeline.breaks)
        clock.since, clock.stopped_at, clock.is_met = running.since, running.stopped_at, rules.is_met(running, due_at)
        clock.due_at, clock.calendar_version = None if timeline.paused_at else due_at, calendar.version
        _arm(clock, found)
        session.add(clock)
    session.add(_legal(known.get((Goal.LEGAL, 1)), complaint, entries, goals, calendar, now=now))
    await session.flush()


async def follow_review(
    session: AsyncSession,
    complaint: Complaint,
    *,
    requested_on: date,
    due_on: date,
    informed_on: date | None,
    is_in_time: bool | None,
    now: datetime,
) -> None:
    """Keep the clock of a review beside those of its locked case, so that it warns and escalates as they do.

    Args:
        session: The transaction.
        complaint: The case.
        requested_on: Day of the request, which does not count (Asia/Shanghai).
        due_on: Last day for informing of the result.
        informed_on: Day on which the complainant was informed; the clock stops then. None while it runs.
        is_in_time: Whether that was in time.
        now: The present instant.
    """
    goals = await _policy(session, requested_on)
    calendar = await calendars.working_calendar(session, now=now)
    known = next((one for one in await queries.list_clocks(session, complaint.id) if one.goal is Goal.REVIEW), None)
    clock = known or _new(complaint, Goal.REVIEW, 1, None, goals)
    clock.since, clock.due_at = start_of_day(requested_on + _DAY), start_of_day(due_on + _DAY)
    clock.stopped_at, clock.is_met = _end_of(informed_on, now), is_in_time
    clock.calendar_version = calendar.version
    _arm(clock, rules.legal_levels(goals, clock.since, clock.due_at))
    session.add(clock)
    await session.flush()


async def exchange(
    session: AsyncSession, complaint_id: UUID, wanted: ExchangeCreate, *, actor: Actor, now: datetime
) -> Exchange:
    """Keep what was exchanged with the complainant; it stops or starts the internal clocks.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is over.
        InstantOutOfRange: before receipt or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.CORRESPOND, actor=actor)
    kept = await correspondence.keep(session, complaint, wanted, actor=actor, now=now)
    await refresh(session, complaint, now=now)
    return kept


async def escalate(session: AsyncSession, now: datetime, limit: int) -> int:
    """Tell of clocks that reached a level, each level once; return how many. A timer of the worker.

    Cases that somebody works on at this moment are left for the next time.
    """
    due = await queries.list_due_cases(session, now, limit)
    complaints = {one.id: one for one in await cases.lock_free(session, due)} if due else {}
    told: list[tuple[Complaint, Event]] = []
    for clock in await queries.lock_due_clocks(session, complaints, now) if complaints else []:
        complaint = complaints[clock.complaint_id]
        # A case that ended elsewhere, by an import, has nothing more to tell of.
        is_running = complaint.status in (UNDER_REVIEW if clock.goal is Goal.REVIEW else OPEN)
        levels = restored(clock.levels) if is_running else []
        level = rules.reached(levels, clock.told_percent, now)
        if level is not None and clock.due_at is not None:
            clock.told_percent = level.percent
            session.add(_escalation(clock, level, clock.due_at, now=now))
            told.append((complaint, _event(complaint, clock, level, clock.due_at, now=now)))
        clock.next_at = rules.next_at(levels, clock.told_percent)
    if told:
        await outbox.record_many(session, told)
    return len(told)


async def internal_clocks(session: AsyncSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> InternalClocks:
    """Return the clocks of a case with their levels and what was told of them.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    calendar = await calendars.working_calendar(session, now=now)
    timeline = _timeline(complaint, await clocks.history(session, complaint.id), [], now=now)
    items = [_shown(clock, timeline, calendar, now=now) for clock in await queries.list_clocks(session, complaint.id)]
    told = await queries.list_escalations(session, complaint.id)
    return InternalClocks(
        complaint_id=complaint.id,
        number=complaint.number,
        calendar=CalendarRead.model_validate(calendar),
        items=items,
        escalations=[EscalationRead.model_validate(one) for one in told],
    )


def _shown(clock: GoalClock, timeline: Timeline, calendar: WorkCalendar, *, now: datetime) -> GoalClockRead:
    used, note = None, None
    if clock.target_minutes is not None:
        until = max(clock.stopped_at or timeline.paused_at or now, clock.since)
        worked = calendar_rules.worked(calendar, clock.since, until, timeline.breaks)
        used = None if worked is None else int(worked.total_seconds() // 60)
    if clock.due_at is None:
        covered = f"工作日历覆盖{calendar.first}至{calendar.last}（{calendar.source}），此外的时限不作推算"
        note = "外部鉴定期间，时限暂停" if timeline.paused_at else covered
    values = clock.model_dump() | {"name": clock.goal.zh, "used_minutes": used, "note": note}
    return GoalClockRead.model_validate(values)


def select_escalations(actor: Actor, office: str | None) -> Select[Escalation]:
    """Return the select of what was told of clocks of cases that a caller reaches, to this office or to any."""
    return queries.select_escalations(cases.select_ids(actor), office)


async def _policy(session: AsyncSession, on: date) -> GoalPolicy:
    row = await policy.row(session, rules.POLICY, on=on)
    return GoalPolicy.of(row.value, version=row.version, source=row.source)


def _timeline(
    complaint: Complaint, entries: Sequence[Entry], contacts: Sequence[Exchange], *, now: datetime
) -> Timeline:
    paused_at, breaks = None, []
    for entry in entries:
        if entry.kind is EntryKind.SUSPENDED:
            paused_at = start_of_day(entry.on)
        elif entry.kind is EntryKind.RESUMED and paused_at is not None:
            breaks.append((paused_at, start_of_day(entry.on)))
            paused_at = None
    return Timeline(
        received_at=complaint.received_at,
        contacts=tuple(Contact(one.at, one.kind) for one in contacts),
        informed_at=_end_of(complaint.informed_on, now),
        withdrawn_at=_end_of(complaint.withdrawn_on or complaint.reclassified_on or complaint.rejected_on, now),
        breaks=tuple(breaks),
        paused_at=paused_at,
    )


def _end_of(day: date | None, now: datetime) -> datetime | None:
    """Return the end of a day of which no hour is known, or now if it is not over."""
    return min(start_of_day(day + _DAY), now) if day else None


def _new(complaint: Complaint, goal: Goal, number: int, target: int | None, goals: GoalPolicy) -> GoalClock:
    return GoalClock(
        complaint_id=complaint.id,
        goal=goal,
        round=number,
        since=complaint.received_at,
        target_minutes=target,
        levels=[],
        rule_version=goals.version,
        calendar_version="",
    )


def _legal(
    known: GoalClock | None,
    complaint: Complaint,
    entries: Sequence[Entry],
    goals: GoalPolicy,
    calendar: WorkCalendar,
    *,
    now: datetime,
) -> GoalClock:
    """Return the legal clock's row: another due date is another clock to warn of, from the first level on."""
    legal = clock_rules.fold(entries)
    clock = known or _new(complaint, Goal.LEGAL, 1, None, goals)
    due_at = None if legal.paused_on else start_of_day(legal.due_on + _DAY)
    is_moved = due_at is not None and clock.due_at not in (None, due_at)
    clock.since, clock.due_at = start_of_day(legal.counted_from + _DAY), due_at
    clock.stopped_at, clock.is_met = _end_of(legal.stopped_on, now), legal.is_in_time
    clock.calendar_version = calendar.version
    found = rules.legal_levels(goals, clock.since, due_at) if due_at else []
    if is_moved:
        # Whoever moves the due date knows how much of the new time is used; what comes after is told of.
        clock.told_percent = max((level.percent for level in found if level.at <= now), default=0)
    _arm(clock, found)
    return clock


def _arm(clock: GoalClock, found: Sequence[Level]) -> None:
    clock.levels = stored(found)
    clock.next_at = None if clock.stopped_at else rules.next_at(found, clock.told_percent)


def stored(found: Sequence[Level]) -> list[dict[str, Any]]:
    """Return the levels of a clock as its row keeps them."""
    return [{"percent": one.percent, "office": one.office, "at": one.at.isoformat()} for one in found]


def restored(kept: Sequence[dict[str, Any]]) -> list[Level]:
    """Return the levels that `stored` was given."""
    return [
        Level(int(one["percent"]), str(one["office"]), datetime.fromisoformat(one["at"]).astimezone(UTC))
        for one in kept
    ]


def _escalation(clock: GoalClock, level: Level, due_at: datetime, *, now: datetime) -> Escalation:
    return Escalation(
        id=new_id(),
        complaint_id=clock.complaint_id,
        goal=clock.goal,
        round=clock.round,
        percent=level.percent,
        office=level.office,
        due_at=due_at,
        told_at=now,
    )


def _event(complaint: Complaint, clock: GoalClock, level: Level, due_at: datetime, *, now: datetime) -> Event:
    return ComplaintEscalated(
        **cases.about(complaint, at=now),
        clock=clock.goal,
        round=clock.round,
        percent=level.percent,
        office=level.office,
        # The end of a day is the first instant of the next one.
        due_on=business_date(due_at - timedelta(microseconds=1)),
    )
