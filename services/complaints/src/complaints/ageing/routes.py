"""Ageing (账龄) of open complaints."""

from complaints.ageing import service
from complaints.ageing.schemas import Ageing
from shared.clock import business_date
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint statistics")


@routes.get("/complaint-ageing")
async def read_ageing(session: SessionDep, actor: ActorDep, now: NowDep) -> Ageing:
    """Count the open complaints by the days since their receipt, in the bands of the policy in force today.

    Each number's `list` is the path of exactly its cases.
    """
    return await service.ageing(session, actor=actor, today=business_date(now))
