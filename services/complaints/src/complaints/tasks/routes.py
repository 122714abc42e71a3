"""Tasks in complaints: what is to be done, by whom and until when."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.cases.rules import CommandNotAllowed
from complaints.handling.rules import NotTheHandler
from complaints.recusal.rules import HandlerExcluded
from complaints.tasks import rules, service
from complaints.tasks.schemas import TaskCreate, TaskEnd, TaskRead
from complaints.tasks.tables import CaseTask
from shared.clock import business_date
from shared.errors import NotFound, NotYetKnown
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint tasks")


@routes.post(
    "/complaints/{complaint_id}/tasks",
    status_code=201,
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        NotTheHandler,
        NotYetKnown,
        HandlerExcluded,
        rules.OwnerHasLeft,
        rules.DueInThePast,
    ),
)
async def give_task(
    complaint_id: UUID, wanted: TaskCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> TaskRead:
    """Give somebody of any office, who has no interest in the case, something to do for it until a day."""
    return await service.create(session, complaint_id, wanted, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/tasks", responses=problems.docs(NotFound))
async def list_tasks(
    complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, page: PageDep
) -> Page[TaskRead]:
    """List the tasks of a complaint, those that ended too, the earliest due first."""
    statement = await service.tasks(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(CaseTask.due_on, CaseTask.id))
    return Page(items=[service.shown(task, today=business_date(now)) for task in found], next_cursor=cursor)


@routes.get("/complaint-tasks")
async def list_open_tasks(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    owner_id: Annotated[UUID | None, Query()] = None,
    overdue: Annotated[bool, Query(description="Only those past their due day.")] = False,
) -> Page[TaskRead]:
    """List open tasks, the next due first: your own, or as complaint staff those of all cases."""
    today = business_date(now)
    statement = service.select_open(actor, owner_id=owner_id, is_overdue=overdue, today=today)
    found, cursor = await pages.fetch(session, statement, page, by=(CaseTask.due_on, CaseTask.id))
    return Page(items=[service.shown(task, today=today) for task in found], next_cursor=cursor)


@routes.post("/complaint-tasks/{task_id}/end", responses=problems.docs(NotFound, rules.TaskEnded, rules.TaskNotYours))
async def end_task(task_id: UUID, wanted: TaskEnd, session: SessionDep, actor: ActorDep, now: NowDep) -> TaskRead:
    """Say that a task is done, or not needed any more, as its owner, the handler of the case or a supervisor."""
    return await service.end(session, task_id, wanted, actor=actor, now=now)
