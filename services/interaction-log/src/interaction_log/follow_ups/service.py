from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.follow_ups import queries, rules
from interaction_log.follow_ups.schemas import FollowUpCompletion, FollowUpRequest, FollowUpReschedule, FollowUpWhy
from interaction_log.interactions import service as interactions
from interaction_log.parties import service as parties
from interaction_log.planning import service as planning
from interaction_log.planning.rules import CATCH_UP_DAYS, Basis, FollowUpReason, FollowUpStatus, due_on, next_status
from interaction_log.planning.tables import FollowUp
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor, Scope
from shared.ids import new_id


async def request(session: AsyncSession, wanted: FollowUpRequest, *, actor: Actor, now: datetime) -> FollowUp:
    """Plan a follow-up that a person asks for.

    Raises:
        DayOutOfRange: the day has passed or is too far ahead.
        ClientOutOfReach: it is neither for the caller nor with a client the caller reaches.
        AssigneeHasLeft: the assignee does not work here any more.
    """
    await _require_day(session, wanted.due_on, now=now)
    await parties.lock(session, [wanted.client_id], now=now)
    (client,) = await parties.clients(session, [wanted.client_id])
    assignee_id = wanted.assignee_id or client.manager_id or actor.id
    if assignee_id != actor.id and not await parties.is_reached(session, client.id, actor=actor):
        raise rules.ClientOutOfReach("Plan it for yourself, or for a client of yours.")
    assignee = await parties.find_staff(session, assignee_id)
    if assignee is not None and assignee.left_at is not None:
        raise rules.AssigneeHasLeft("This staff member has left.", pointer="/assignee_id")
    follow_up = FollowUp(
        id=new_id(),
        event_key=client.id,
        client_id=client.id,
        reason=FollowUpReason.REQUESTED,
        status=FollowUpStatus.SCHEDULED,
        due_on=wanted.due_on,
        assignee_id=assignee_id,
        note=wanted.note,
        scheduled_on=business_date(now),
    )
    await planning.request(session, follow_up, now=now)
    return follow_up


async def complete(
    session: AsyncSession, follow_up_id: UUID, wanted: FollowUpCompletion, *, actor: Actor, now: datetime
) -> FollowUp:
    """Complete a follow-up by a contact or by what came of it in words.

    Raises:
        NotFound: the caller reaches no such follow-up.
        NotTheAssignee: it is somebody else's.
        FollowUpNotOpen: it is completed, missed or canceled.
        CompletedByContact: it is one of the rhythm.
        InteractionUnknown: the client has no such interaction.
    """
    follow_up = await _lock(session, follow_up_id, "complete", actor=actor, now=now)
    rules.require_no_contact_needed(follow_up.reason)
    interaction_id = wanted.interaction_id
    if interaction_id and not await interactions.is_with_client(session, interaction_id, follow_up.client_id):
        raise rules.InteractionUnknown("No interaction with this client has this id.", pointer="/interaction_id")
    await planning.complete(session, follow_up, interaction_id=interaction_id, result=wanted.note, now=now)
    return follow_up


async def reschedule(
    session: AsyncSession, follow_up_id: UUID, wanted: FollowUpReschedule, *, actor: Actor, now: datetime
) -> FollowUp:
    """Move a follow-up to a day the caller chooses; the reason goes to the audit trail.

    Raises:
        NotFound: the caller reaches no such follow-up.
        NotTheAssignee: it is somebody else's.
        FollowUpNotOpen: it is completed, missed or canceled.
        DayOutOfRange: the day has passed or is too far ahead.
    """
    follow_up = await _lock(session, follow_up_id, "reschedule", actor=actor, now=now)
    await _require_day(session, wanted.due_on, now=now)
    days = {"from": str(follow_up.due_on), "to": str(wanted.due_on)}
    await planning.reschedule(session, follow_up, due_on=wanted.due_on, now=now)
    await trail.record(
        session, "follow_up.rescheduled", kind="follow_up", id=follow_up.id, reason=wanted.reason, facts=days
    )
    return follow_up


async def why(session: AsyncSession, follow_up: FollowUp) -> FollowUpWhy:
    """Return what the day of a follow-up follows from, with the rule's answer computed once more."""
    facts: dict[str, object] = {name: getattr(follow_up, name, None) for name in FollowUpWhy.model_fields}
    if follow_up.basis_on and follow_up.basis_days is not None and follow_up.planned_on and follow_up.rule_version:
        code = follow_up.rule_version.partition("@")[0]
        numbers = await policy.rows(session, [code, CATCH_UP_DAYS], on=follow_up.planned_on)
        basis, catch_up_days = Basis(follow_up.basis_on, follow_up.basis_days), int(numbers[CATCH_UP_DAYS].value)
        facts |= {
            "catch_up_days": catch_up_days,
            "source": numbers[code].source,
            "rule_due_on": due_on(basis, planned_on=follow_up.planned_on, catch_up_days=catch_up_days),
        }
    return FollowUpWhy.model_validate(facts)


def reach(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the follow-ups `actor` reaches: its own, and those with its clients."""
    return or_(parties.reached(actor, client=col(FollowUp.client_id)), actor.within(owner=col(FollowUp.assignee_id)))


async def _lock(session: AsyncSession, follow_up_id: UUID, command: str, *, actor: Actor, now: datetime) -> FollowUp:
    """Return the follow-up locked, after its client as everywhere, if the caller may give it the command."""
    client_id = (await queries.get(session, follow_up_id, within=reach(actor))).client_id
    await parties.lock(session, [client_id], now=now)
    follow_up = await queries.get(session, follow_up_id, within=reach(actor), for_update=True)
    rules.require_may_act(is_assignee=follow_up.assignee_id == actor.id, reaches_team=actor.scope is not Scope.OWN)
    next_status(follow_up.status, command)
    return follow_up


async def _require_day(session: AsyncSession, day: date, *, now: datetime) -> None:
    today = business_date(now)
    horizon = await policy.row(session, rules.HORIZON_DAYS, on=today)
    rules.require_day(day, today=today, horizon_days=int(horizon.value))
