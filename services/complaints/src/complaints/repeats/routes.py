"""The same complaint again (重复投诉) while its case runs."""

from uuid import UUID

from complaints.cases.rules import CommandNotAllowed
from complaints.correspondence.rules import InstantOutOfRange
from complaints.parties.rules import FieldNotYours, refuse_foreign
from complaints.repeats import service
from complaints.repeats.schemas import RepeatCreate, RepeatRead
from complaints.repeats.tables import RepeatFiling
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Repeats")


@routes.post(
    "/complaints/{complaint_id}/repeats",
    status_code=201,
    responses=problems.docs(NotFound, CommandNotAllowed, InstantOutOfRange, FieldNotYours),
)
async def merge_repeat(
    complaint_id: UUID, wanted: RepeatCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> RepeatRead:
    """Merge the same complaint, made again, into the case that runs: its due date stays, a response is owed.

    What is new starts the clock anew with `new-facts`; the same complaint after the end is registered and linked.
    """
    if actor.kind != "staff":
        refuse_foreign({"/method": wanted.method is not None, "/received_at": wanted.received_at is not None})
    return RepeatRead.model_validate(await service.merge(session, complaint_id, wanted, actor=actor, now=now))


@routes.get("/complaints/{complaint_id}/repeats", responses=problems.docs(NotFound))
async def list_repeats(complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[RepeatRead]:
    """List what was merged into a case, oldest first."""
    statement = await service.repeats(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(RepeatFiling.received_at, RepeatFiling.id))
    return Page(items=[RepeatRead.model_validate(one) for one in found], next_cursor=cursor)
