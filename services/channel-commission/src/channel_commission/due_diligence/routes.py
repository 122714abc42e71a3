"""Due diligence: findings per topic with references to their evidence."""

from uuid import UUID

from channel_commission.channels import service as channels
from channel_commission.due_diligence import queries, rules, service
from channel_commission.due_diligence.schemas import FindingCreate, FindingRead
from channel_commission.due_diligence.tables import DueDiligenceFinding
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Due diligence")


@routes.post("/channels/{channel_id}/findings", status_code=201, responses=problems.docs(NotFound, rules.NotExamined))
async def record_finding(
    channel_id: UUID, wanted: FindingCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> FindingRead:
    """Record what due diligence (尽职调查) found on a topic, and where the evidence is kept.

    The last finding on a topic counts. A failed one stands against admission.
    """
    return FindingRead.model_validate(await service.record(session, channel_id, wanted, actor=actor, now=now))


@routes.get("/channels/{channel_id}/findings", responses=problems.docs(NotFound))
async def list_findings(channel_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[FindingRead]:
    """List all findings on a channel, the oldest first."""
    await channels.get(session, channel_id, actor=actor)
    statement = queries.select_findings(channel_id)
    found, cursor = await pages.fetch(session, statement, page, by=(DueDiligenceFinding.id,))
    return Page(items=[FindingRead.model_validate(one) for one in found], next_cursor=cursor)
