from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.handling import rules as handling_rules
from complaints.parties import service as parties
from complaints.recusal import rules as recusal_rules
from complaints.recusal import service as recusal
from complaints.tasks import queries, rules
from complaints.tasks.rules import TaskOutcome
from complaints.tasks.schemas import TaskCreate, TaskEnd, TaskRead
from complaints.tasks.tables import CaseTask
from shared.audit import trail
from shared.clock import business_date
from shared.errors import NotYetKnown
from shared.http.callers import Actor, Scope


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the tasks a caller reaches: their own, or those of all cases they reach."""
    if actor.kind == "staff" and actor.scope is Scope.ALL:
        return col(CaseTask.complaint_id).in_(cases.select_ids(actor))
    return actor.within(owner=col(CaseTask.owner_id))


async def create(
    session: AsyncSession, complaint_id: UUID, wanted: TaskCreate, *, actor: Actor, now: datetime
) -> TaskRead:
    """Give somebody without an interest in a case something to do for it.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is over, or a review is under way.
        NotTheHandler: the caller neither handles the case nor supervises.
        NotYetKnown: client-profile has not told of the owner yet.
        OwnerHasLeft, HandlerExcluded, DueInThePast: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.TASK, actor=actor)
    handling_rules.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    today = business_date(now)
    rules.require_due(wanted.due_on, today=today)
    owner = await parties.find_staff(session, wanted.owner_id)
    if owner is None:
        raise NotYetKnown("This staff member is not known yet.", pointer="/owner_id")
    if owner.left_at is not None:
        raise rules.OwnerHasLeft("This person has left.", pointer="/owner_id")
    recusal_rules.require_may_handle(await recusal.kinds(session, complaint, owner.id), pointer="/owner_id")
    task = CaseTask(complaint_id=complaint.id, **wanted.model_dump(), created_at=now, created_by=actor.id)
    session.add(task)
    await _settle(session, complaint)
    facts = {"task_id": task.id, "owner_id": task.owner_id, "due_on": task.due_on}
    await trail.record(session, "complaint.task_given", kind="complaint", id=complaint.id, facts=facts)
    return shown(task, today=today)


async def end(session: AsyncSession, task_id: UUID, wanted: TaskEnd, *, actor: Actor, now: datetime) -> TaskRead:
    """Record that a task is done or not needed any more.

    Raises:
        NotFound: there is no such task in reach.
        TaskEnded, TaskNotYours: see the rules.
    """
    found = await queries.get_task(session, task_id, reached(actor))
    # An owner need not reach the case itself. Everything about a case happens under its lock.
    complaint = await cases.lock(session, found.complaint_id)
    await session.refresh(found)
    if found.ended_on is not None:
        raise rules.TaskEnded("This task has ended.", ended_on=found.ended_on.isoformat(), outcome=found.outcome)
    rules.require_in_charge(
        actor.id,
        owner_id=found.owner_id,
        handler_id=complaint.handler_id,
        is_supervisor=handling_rules.SUPERVISOR in actor.roles,
    )
    _end(found, wanted.outcome, wanted.result, actor=actor, now=now)
    await _settle(session, complaint)
    facts = {"task_id": found.id, "outcome": found.outcome}
    await trail.record(session, "complaint.task_ended", kind="complaint", id=complaint.id, facts=facts)
    return shown(found, today=business_date(now))


async def drop(session: AsyncSession, complaint: Complaint, why: str, *, actor: Actor, now: datetime) -> None:
    """End what is still to be done for a locked case that is over before it was decided."""
    if complaint.next_task_due_on is None:
        return
    for task in await queries.list_open(session, complaint.id):
        _end(task, TaskOutcome.NOT_NEEDED, why, actor=actor, now=now)
    complaint.next_task_due_on = None


async def tasks(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[CaseTask]:
    """Return the select of the tasks of a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_tasks(complaint.id)


def select_open(actor: Actor, *, owner_id: UUID | None, is_overdue: bool, today: date) -> Select[CaseTask]:
    """Return the select of the open tasks that a caller reaches, of one owner, or of the late ones."""
    return queries.select_open(reached(actor), owner_id=owner_id, due_before=today if is_overdue else None)


def shown(task: CaseTask, *, today: date) -> TaskRead:
    """Return a task as staff are shown it."""
    is_overdue = rules.is_overdue(task.due_on, is_open=task.ended_on is None, today=today)
    return TaskRead.model_validate(task.model_dump() | {"is_overdue": is_overdue})


def _end(task: CaseTask, outcome: TaskOutcome, result: str, *, actor: Actor, now: datetime) -> None:
    task.outcome, task.result = outcome, result
    task.ended_on, task.ended_by = business_date(now), actor.id


async def _settle(session: AsyncSession, complaint: Complaint) -> None:
    """Keep the next due day on the case, where the work list reads it."""
    await session.flush()
    complaint.next_task_due_on = await queries.next_due(session, complaint.id)
    await cases.raise_version(session, complaint)
