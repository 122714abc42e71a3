"""What is due today: complaints and follow-ups."""

from datetime import date
from typing import Annotated

from fastapi import Query

from ops_dashboard.caseload import queries
from ops_dashboard.caseload.schemas import ComplaintOnBoardRead, Due, FollowUpOnBoardRead
from ops_dashboard.caseload.tables import ComplaintOnBoard, FollowUpOnBoard
from shared.clock import business_date
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import NowDep, SessionDep, router

routes = router("Operations")

DueBefore = Annotated[date | None, Query(description="Only what is due before this day (Asia/Shanghai).")]


@routes.get("/operations/due")
async def read_due(session: SessionDep, now: NowDep) -> Due:
    """Count what is open, overdue and due today."""
    return await queries.due(session, business_date(now))


@routes.get("/operations/complaints")
async def list_open_complaints(
    session: SessionDep, page: PageDep, due_before: DueBefore = None
) -> Page[ComplaintOnBoardRead]:
    """List the cases whose legal clock runs, the most urgent first."""
    by = (ComplaintOnBoard.due_on, ComplaintOnBoard.complaint_id)
    found, cursor = await pages.fetch(session, queries.select_complaints(due_before), page, by=by)
    return Page(items=[ComplaintOnBoardRead.model_validate(case) for case in found], next_cursor=cursor)


@routes.get("/operations/follow-ups")
async def list_open_follow_ups(
    session: SessionDep, page: PageDep, due_before: DueBefore = None
) -> Page[FollowUpOnBoardRead]:
    """List the planned follow-ups, the most urgent first."""
    by = (FollowUpOnBoard.due_on, FollowUpOnBoard.follow_up_id)
    found, cursor = await pages.fetch(session, queries.select_follow_ups(due_before), page, by=by)
    return Page(items=[FollowUpOnBoardRead.model_validate(task) for task in found], next_cursor=cursor)
