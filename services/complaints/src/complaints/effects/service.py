from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases.rules import require_day
from complaints.effects import queries, rules
from complaints.effects.schemas import ActionDone, EffectCheck, EffectRead, RecurrenceRead, RoundRead
from complaints.effects.tables import ImprovementRound
from complaints.improvement import service as improvement
from complaints.improvement.rules import ActionCommand, after, require_not_involved
from complaints.improvement.tables import ImprovementAction
from shared import policy
from shared.clock import business_date
from shared.http.callers import Actor
from shared.http.preconditions import require_version


async def report_done(
    session: AsyncSession, action_id: UUID, wanted: ActionDone, *, actor: Actor, now: datetime
) -> ImprovementAction:
    """Record that an action was done, with what shows it; what comes again is looked for from that day on.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it is not open.
        NotTheActionOwner: somebody else than the owner.
        DayOutOfRange: before it was opened or last judged, or in the future.
    """
    action = await improvement.take(session, action_id, ActionCommand.REPORT_DONE, actor=actor)
    rules.require_owns(actor.id, action.owner_id)
    before = await queries.list_rounds(session, action.id)
    first = before[-1].checked_on if before else None
    opened_on = business_date(action.opened_at)
    require_day(wanted.done_on, first=first or opened_on, today=business_date(now), pointer="/done_on")
    row = await policy.row(session, rules.POLICY, on=wanted.done_on)
    watch = rules.watch(row.value, action.origin, wanted.done_on)
    done = ImprovementRound(
        action_id=action.id,
        round=action.round,
        due_on=action.due_on,
        done_on=wanted.done_on,
        evidence=wanted.evidence,
        reported_by=actor.id,
        reported_at=now,
        check_from=watch.check_from,
        watched_until=watch.watched_until,
        rule_version=row.version,
    )
    session.add(done)
    action.status, action.check_from = after(ActionCommand.REPORT_DONE, action.status), watch.check_from
    await improvement.change(session, action, "done", facts={"round": action.round, "done_on": wanted.done_on})
    return action


async def check(
    session: AsyncSession, action_id: UUID, wanted: EffectCheck, *, read_version: int, actor: Actor, now: datetime
) -> ImprovementAction:
    """Judge, on what was read, whether an action had an effect; without one it opens again with a new due date.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it is not done.
        Stale: it changed since, e.g. the same complaint came again.
        SecondPersonNeeded: the caller owns it or said that it was done.
        EffectCheckTooEarly, NextDueDateUnclear, DueDateInvalid: see the rules.
    """
    action = await improvement.take(session, action_id, ActionCommand.CHECK, actor=actor)
    require_version(read_version, action.version)
    done, today = await queries.get_round(session, action), business_date(now)
    require_not_involved(actor.id, involved=[action.owner_id, done.reported_by])
    rules.require_can_show(done.check_from, today)
    rules.require_clear(is_effective=wanted.is_effective, due_on=wanted.due_on)
    done.checked_on, done.checked_by = today, actor.id
    done.is_effective, done.findings = wanted.is_effective, wanted.findings
    action.status, action.check_from = after(ActionCommand.CHECK, action.status), None
    if wanted.due_on is not None:
        improvement.open_again(action, wanted.due_on, now=now)
    facts = {"round": done.round, "is_effective": wanted.is_effective}
    await improvement.change(session, action, "checked", facts=facts)
    return action


async def reopen(
    session: AsyncSession, action_id: UUID, due_on: date, *, reason: str, actor: Actor, now: datetime
) -> ImprovementAction:
    """Open an action again that was judged effective, e.g. since the same complaint came again.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it was not judged effective.
        DueDateInvalid: before today.
    """
    action = await improvement.take(session, action_id, ActionCommand.REOPEN, actor=actor)
    improvement.open_again(action, due_on, now=now)
    facts = {"round": action.round, "due_on": due_on}
    await improvement.change(session, action, "reopened", reason=reason, facts=facts)
    return action


async def read(session: AsyncSession, action_id: UUID, *, actor: Actor) -> EffectRead:
    """Return every time that an action was done, and what came again.

    Raises:
        NotFound: there is no such action in reach.
    """
    action = await improvement.get(session, action_id, actor=actor)
    rounds = await queries.list_rounds(session, action.id)
    again = await queries.list_recurrences(session, action.id)
    return EffectRead(
        rounds=[RoundRead.model_validate(one) for one in rounds],
        recurrences=[RecurrenceRead.model_validate(one) for one in again],
    )


async def find_recurrences(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Find the complaints that came again after an action was done; return of how many actions.

    A timer of the worker, by one statement for all.
    """
    return await queries.find_recurrences(session, now)
