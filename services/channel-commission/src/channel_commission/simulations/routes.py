"""Simulations: what a rate card would have earned, or would earn."""

from uuid import UUID

from channel_commission.agreements.routes import Version
from channel_commission.simulations import rules, service
from channel_commission.simulations.schemas import Simulate, Simulation
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import NowDep, SessionDep, router

routes = router("Simulations")


@routes.post(
    "/agreements/{agreement_id}/rate-cards/{version}/simulate",
    responses=problems.docs(NotFound, rules.MonthsOutOfRange, rules.SaleOutsideMonths, rules.SimulationTooLarge),
)
async def simulate_rate_card(
    agreement_id: UUID, version: Version, wanted: Simulate, session: SessionDep, now: NowDep
) -> Simulation:
    """Simulate a version of a rate card (试算), a draft as well, over past or future months; nothing is booked.

    The functions that book fees are the ones that simulate: once it is approved it earns exactly this.
    """
    return await service.simulate(session, agreement_id, version, wanted, now=now)
