"""Complaint density (投诉密度)."""

from complaints.density import service
from complaints.density.schemas import Density
from complaints.statistics.routes import FromQuery, ToQuery
from complaints.statistics.rules import PeriodEmpty
from shared.clock import business_date
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint statistics")


@routes.get("/complaint-density", responses=problems.docs(PeriodEmpty))
async def read_density(
    session: SessionDep, actor: ActorDep, now: NowDep, received_from: FromQuery, received_to: ToQuery
) -> Density:
    """Read the complaints of a period per 1,000 clients and per 100 million yuan sold, with what each was divided by.

    Clients are those at the end of the period's last day, or of today if that comes first.
    """
    return await service.density(
        session, received_from=received_from, received_to=received_to, actor=actor, today=business_date(now)
    )
