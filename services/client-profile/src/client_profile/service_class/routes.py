"""Service class of clients."""

from uuid import UUID

from client_profile.clients.rules import ClientIsClosed
from client_profile.service_class import rules, service
from client_profile.service_class.schemas import OverrideCreate, ServiceClassWhy
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Service class")


@routes.get("/clients/{client_id}/service-class", responses=problems.docs(NotFound))
async def read_service_class(client_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> ServiceClassWhy:
    """Read the client's service class (客户分层) and why it is so.

    Shows the assets held, the thresholds and the version of the rule, a step down that is pending with the reviews
    missed and needed, and an override with its reason, approver and last day.
    """
    return await service.why(session, client_id, actor=actor, now=now)


@routes.post(
    "/clients/{client_id}/service-class/override",
    responses=problems.docs(NotFound, ClientIsClosed, rules.OverrideExpiryInvalid),
)
async def override_service_class(
    client_id: UUID, wanted: OverrideCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> ServiceClassWhy:
    """Set the class by hand until a day (人工调整). The caller is the approver; the rule goes on beneath."""
    await service.override(session, client_id, wanted, actor=actor, now=now)
    return await service.why(session, client_id, actor=actor, now=now)


@routes.post("/clients/{client_id}/service-class/end-override", responses=problems.docs(NotFound, rules.NoOverride))
async def end_service_class_override(
    client_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep
) -> ServiceClassWhy:
    """Return the client to the class that the rule gives."""
    await service.end_override(session, client_id, actor=actor, now=now)
    return await service.why(session, client_id, actor=actor, now=now)
