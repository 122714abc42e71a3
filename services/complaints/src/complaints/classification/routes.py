"""Classification (三维分类): codes as lists with validity, and what a case is said to be."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.classification import rules, service
from complaints.classification.rules import Dimension
from complaints.classification.schemas import Classification, CodeCreate, CodeEnd, CodeRead, CodeText
from complaints.classification.tables import ClassificationCode
from complaints.handling.rules import NotTheHandler
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Classification")


@routes.post(
    "/complaints/{complaint_id}/classify",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        NotTheHandler,
        rules.LoweringNotYours,
        rules.CodeNotInForce,
        rules.NoteMissing,
        rules.ReasonDiffers,
    ),
)
async def classify_complaint(
    complaint_id: UUID, wanted: Classification, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Say what a complaint is: codes of channel, business and reason, level, urgency, tags, what is asked for.

    Before a decision is proposed, by the handler or a supervisor; a supervisor who does not handle the case lowers
    level and urgency. What changed and why is audited.
    """
    complaint = await service.classify(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.get("/classification")
async def list_classification(
    session: SessionDep,
    page: PageDep,
    dimension: Annotated[Dimension | None, Query()] = None,
    on: Annotated[date | None, Query(description="In force on this day.")] = None,
) -> Page[CodeRead]:
    """List the codes of the three dimensions, in their order."""
    by = (ClassificationCode.dimension, ClassificationCode.code)
    found, cursor = await pages.fetch(session, service.select_codes(dimension, on), page, by=by)
    return Page(items=[CodeRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post("/classification", status_code=201, responses=problems.docs(rules.CodeExists, rules.CodeOutOfPlace))
async def add_code(wanted: CodeCreate, session: SessionDep, actor: ActorDep, now: NowDep) -> CodeRead:
    """Add a code. A code is never given to something else: whatever changes its meaning gets a new one."""
    return CodeRead.model_validate(await service.add_code(session, wanted, actor=actor, now=now))


@routes.post("/classification/{dimension}/{code}/end", responses=problems.docs(NotFound, rules.CodeOutOfPlace))
async def end_code(
    dimension: Dimension, code: CodeText, wanted: CodeEnd, session: SessionDep, actor: ActorDep
) -> CodeRead:
    """End a code on a day; complaints received before keep it."""
    return CodeRead.model_validate(await service.end_code(session, dimension, code, wanted, actor=actor))
