"""Marks of grey agents on a case; they never stop its clock or its handling."""

from uuid import UUID

from complaints.suspicions import rules, service
from complaints.suspicions.schemas import MarkCreate, MarkLift, MarkRead, Suspicions
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Suspicions")


@routes.get("/complaints/{complaint_id}/suspicions", responses=problems.docs(NotFound))
async def read_suspicions(complaint_id: UUID, session: SessionDep, actor: ActorDep) -> Suspicions:
    """Read the marks on a case, and in how many other cases the same phone numbers or words are found."""
    return await service.suspicions(session, complaint_id, actor=actor)


@routes.post(
    "/complaints/{complaint_id}/suspicions", status_code=201, responses=problems.docs(NotFound, rules.MarkStands)
)
async def mark_suspicion(
    complaint_id: UUID, wanted: MarkCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> MarkRead:
    """Mark a case as one that a grey agent may stand behind; state, clock and handling stay as they are."""
    return MarkRead.model_validate(await service.mark(session, complaint_id, wanted, actor=actor, now=now))


@routes.post(
    "/complaints/{complaint_id}/suspicions/{mark_id}/lift", responses=problems.docs(NotFound, rules.MarkIsLifted)
)
async def lift_suspicion(
    complaint_id: UUID, mark_id: UUID, wanted: MarkLift, session: SessionDep, actor: ActorDep, now: NowDep
) -> MarkRead:
    """Lift a mark that turned out to be wrong; it stays on record."""
    return MarkRead.model_validate(await service.lift(session, complaint_id, mark_id, wanted, actor=actor, now=now))
