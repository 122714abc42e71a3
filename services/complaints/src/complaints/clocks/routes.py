"""The legal clock of a complaint: its proof."""

from uuid import UUID

from complaints.clocks import service
from complaints.clocks.schemas import ClockProof
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Legal clock")


@routes.get("/complaints/{complaint_id}/clock", responses=problems.docs(NotFound))
async def prove_clock(complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> ClockProof:
    """Prove the due date: every interval with its rule, its source, the event that made it and the arithmetic."""
    return await service.proof(session, complaint_id, actor=actor, now=now)
