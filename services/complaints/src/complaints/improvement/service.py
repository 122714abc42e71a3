from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, not_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases import service as cases
from complaints.improvement import queries, rules
from complaints.improvement.rules import ActionCommand, ActionStatus, Cause, Origin
from complaints.improvement.schemas import ActionCreate, ActionRead
from complaints.improvement.tables import ImprovementAction
from complaints.parties import service as parties
from complaints.parties.tables import StaffStub
from shared.audit import trail
from shared.clock import business_date
from shared.errors import NotYetKnown
from shared.http.callers import Actor


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the actions a caller reaches: an owner's own, a team's, or all.

    Nobody reaches what answers a complaint about themselves.
    """
    rows = actor.within(owner=col(ImprovementAction.owner_id), unit=col(ImprovementAction.unit_id))
    return and_(rows, not_(queries.is_about(actor.id)))


async def open_for_case(
    session: AsyncSession, complaint_id: UUID, wanted: ActionCreate, *, actor: Actor, now: datetime
) -> ImprovementAction:
    """Open an action against the root cause of a case.

    Raises:
        NotFound: there is no such case in reach.
        ClientIsErased: it ended, and its client is erased.
        CauseUnknown: it is not closed with its root cause yet.
        NotYetKnown, ActionOwnerUnfit, DueDateInvalid: as for `open_for`.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    cause = Cause(rules.require_cause(complaint.root_cause), complaint.product_id, complaint.channel_id)
    return await open_for(session, Origin.COMPLAINT, complaint.id, cause, wanted, actor=actor, now=now)


async def open_for(
    session: AsyncSession,
    origin: Origin,
    origin_id: UUID,
    cause: Cause | None,
    wanted: ActionCreate,
    *,
    actor: Actor,
    now: datetime,
) -> ImprovementAction:
    """Open an action that answers a case, a systemic issue or a finding; without a cause nothing can come again.

    Raises:
        NotYetKnown: client-profile has not told of the owner yet.
        ActionOwnerUnfit: the owner left, or the complaint is about them.
        DueDateInvalid: due before today.
    """
    rules.require_due(wanted.due_on, first=business_date(now))
    owner = await _owner(session, wanted.owner_id, origin, origin_id)
    action = ImprovementAction(
        origin=origin,
        origin_id=origin_id,
        root_cause=cause.root_cause if cause else None,
        product_id=cause.product_id if cause else None,
        channel_id=cause.channel_id if cause else None,
        what=wanted.what,
        owner_id=owner.id,
        unit_id=owner.unit_id,
        due_on=wanted.due_on,
        opened_at=now,
        opened_by=actor.id,
    )
    session.add(action)
    await session.flush()
    facts = {"origin": origin.value, "origin_id": origin_id, "owner_id": owner.id, "due_on": wanted.due_on}
    await trail.record(session, "improvement_action.opened", kind="improvement_action", id=action.id, facts=facts)
    return action


async def reassign(
    session: AsyncSession, action_id: UUID, owner_id: UUID, *, reason: str, actor: Actor
) -> ImprovementAction:
    """Give an action to another owner, and so to the owner's department.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it is not open.
        NotYetKnown, ActionOwnerUnfit: as for `open_for`.
    """
    action = await take(session, action_id, ActionCommand.REASSIGN, actor=actor)
    owner = await _owner(session, owner_id, action.origin, action.origin_id)
    facts = {"from": action.owner_id, "owner_id": owner.id}
    action.owner_id, action.unit_id = owner.id, owner.unit_id
    await change(session, action, "reassigned", reason=reason, facts=facts)
    return action


async def postpone(
    session: AsyncSession, action_id: UUID, due_on: date, *, reason: str, actor: Actor, now: datetime
) -> ImprovementAction:
    """Give an action another due date, as somebody who does not own it.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it is not open.
        SecondPersonNeeded: the caller owns it.
        DueDateInvalid: before the due date so far, or before today.
    """
    action = await take(session, action_id, ActionCommand.POSTPONE, actor=actor)
    rules.require_not_involved(actor.id, involved=[action.owner_id])
    rules.require_due(due_on, first=max(action.due_on, business_date(now)))
    facts = {"from": action.due_on, "due_on": due_on}
    action.due_on = due_on
    await change(session, action, "postponed", reason=reason, facts=facts)
    return action


async def cancel(session: AsyncSession, action_id: UUID, *, reason: str, actor: Actor) -> ImprovementAction:
    """End an action that is not needed any more, as somebody who does not own it.

    Raises:
        NotFound, ActionCommandNotAllowed: no such action in reach, or it is not open.
        SecondPersonNeeded: the caller owns it.
    """
    action = await take(session, action_id, ActionCommand.CANCEL, actor=actor)
    rules.require_not_involved(actor.id, involved=[action.owner_id])
    action.status, action.end_reason = rules.after(ActionCommand.CANCEL, action.status), reason
    await change(session, action, "canceled", reason=reason)
    return action


async def get(session: AsyncSession, action_id: UUID, *, actor: Actor) -> ImprovementAction:
    """Return an action that the caller reaches.

    Raises:
        NotFound: there is none, or it is out of reach.
    """
    return await queries.get_action(session, action_id, reached(actor))


async def take(session: AsyncSession, action_id: UUID, command: ActionCommand, *, actor: Actor) -> ImprovementAction:
    """Lock an action for a command and return it.

    Raises:
        NotFound: there is none, or it is out of reach.
        ActionCommandNotAllowed: the state does not take the command.
    """
    action = await queries.get_action(session, action_id, reached(actor), for_update=True)
    rules.after(command, action.status)
    return action


def open_again(action: ImprovementAction, due_on: date, *, now: datetime) -> None:
    """Have an action done once more, until `due_on`.

    Raises:
        DueDateInvalid: before today.
    """
    rules.require_due(due_on, first=business_date(now))
    action.status, action.due_on, action.round = ActionStatus.OPEN, due_on, action.round + 1


async def change(
    session: AsyncSession,
    action: ImprovementAction,
    what: str,
    *,
    reason: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write a changed action and leave a trace of who changed it."""
    action.version += 1
    await session.flush()
    name = f"improvement_action.{what}"
    await trail.record(session, name, kind="improvement_action", id=action.id, reason=reason, facts=facts)


def select_listed(
    actor: Actor,
    *,
    is_overdue: bool | None,
    is_checkable: bool | None,
    has_recurred: bool | None,
    today: date,
    **equal: Any,
) -> Select[ImprovementAction]:
    """Return the select of the actions that a caller reaches and wants; `equal` are columns with their values."""
    return queries.select_listed(
        reached(actor),
        equal,
        is_overdue=is_overdue,
        is_checkable=is_checkable,
        has_recurred=has_recurred,
        today=today,
    )


async def of(session: AsyncSession, origin: Origin, origin_ids: Collection[UUID]) -> Sequence[ImprovementAction]:
    """Return every action that answers one of these, whoever asks, oldest first."""
    return await queries.list_of(session, origin, origin_ids)


def shown(action: ImprovementAction, *, now: datetime) -> ActionRead:
    """Return an action as staff are shown it."""
    values = action.model_dump() | {
        "is_overdue": rules.is_overdue(action.status, action.due_on, business_date(now)),
        "allowed": rules.allowed(action.status),
    }
    return ActionRead.model_validate(values)


async def _owner(session: AsyncSession, owner_id: UUID, origin: Origin, origin_id: UUID) -> StaffStub:
    person = await parties.find_staff(session, owner_id)
    if person is None:
        raise NotYetKnown("This staff member is not known yet.", pointer="/owner_id")
    is_named = origin is Origin.COMPLAINT and await queries.is_named(session, origin_id, person.id)
    rules.require_owner(has_left=person.left_at is not None, is_named=is_named)
    return person
