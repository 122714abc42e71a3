"""How events flow through the system."""

from ops_dashboard.flow import service
from ops_dashboard.flow.schemas import Flow
from shared.clock import system_clock
from shared.http.routing import SessionDep, router

routes = router("Operations")


@routes.get("/operations/flow")
async def read_flow(session: SessionDep) -> Flow:
    """Show what each service publishes and what each still has to read, now and over the last half hour."""
    # Arrival is real time, whatever the business clock of a demonstration says.
    return await service.read(session, system_clock())
