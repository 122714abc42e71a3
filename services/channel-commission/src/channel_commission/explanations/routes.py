"""Explanations: why an entry is what it is, to the fen."""

from uuid import UUID

from channel_commission.explanations import service
from channel_commission.explanations.schemas import Why
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Explanations")


@routes.get("/accruals/{accrual_id}/why", responses=problems.docs(NotFound))
async def explain_accrual(accrual_id: UUID, session: SessionDep, actor: ActorDep) -> Why:
    """Explain a fee entry to the fen: facts, version of the rate, tiers, arithmetic and rounding.

    It is calculated again from what was stored, by the function that booked it; `is_as_booked` says that both agree.
    """
    return await service.explain(session, accrual_id, actor=actor)
