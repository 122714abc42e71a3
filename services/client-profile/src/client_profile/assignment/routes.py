"""Who looks after which client: assignment, hand-over, moving and leaving staff."""

from uuid import UUID

from fastapi import Response

from client_profile.assignment import rules, service
from client_profile.assignment.schemas import Assign, HandedOver, HandOver
from client_profile.clients.rules import ClientIsClosed
from client_profile.clients.schemas import ClientRead
from client_profile.clients.service import shown
from client_profile.identity.service import KeysDep
from client_profile.organization.rules import ManagerUnknown, StaffHasLeft, StaffHoldsClients, UnitUnknown
from client_profile.organization.schemas import StaffMove, StaffRead
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Assignment")


@routes.post(
    "/clients/{client_id}/assign",
    responses=problems.docs(NotFound, ManagerUnknown, rules.ManagerOutOfReach, ClientIsClosed, rules.SameManager),
)
async def assign_client(
    client_id: UUID,
    wanted: Assign,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    response: Response,
) -> ClientRead:
    """Give a client a (new) relationship manager; it comes into the manager's unit. Kept in the audit trail."""
    found = await service.assign(session, client_id, wanted, actor=actor, now=now)
    set_etag(response, found[0].version)
    return shown(found, keys)


@routes.post(
    "/staff/{staff_id}/hand-over",
    responses=problems.docs(NotFound, ManagerUnknown, rules.ManagerOutOfReach, rules.SameManager, rules.ClientNotHeld),
)
async def hand_over_clients(
    staff_id: UUID, wanted: HandOver, session: SessionDep, actor: ActorDep, now: NowDep
) -> HandedOver:
    """Move some or all clients of a relationship manager to another (离职交接). Kept in the audit trail.

    A team lead moves the clients of the own units only; `left` tells how many the former manager still has.
    """
    return await service.hand_over(session, staff_id, wanted, actor=actor, now=now)


@routes.post("/staff/{staff_id}/move", responses=problems.docs(NotFound, UnitUnknown, StaffHasLeft, StaffHoldsClients))
async def move_staff(
    staff_id: UUID, wanted: StaffMove, session: SessionDep, now: NowDep, response: Response
) -> StaffRead:
    """Give a staff member another unit or other roles; the clients of a relationship manager go along."""
    staff = await service.move(session, staff_id, wanted, now=now)
    set_etag(response, staff.version)
    return StaffRead.model_validate(staff)


@routes.post("/staff/{staff_id}/leave", responses=problems.docs(NotFound, StaffHasLeft, StaffHoldsClients))
async def record_leaving(staff_id: UUID, session: SessionDep, now: NowDep, response: Response) -> StaffRead:
    """Record that a staff member left; refused while clients are still assigned."""
    staff = await service.leave(session, staff_id, now=now)
    set_etag(response, staff.version)
    return StaffRead.model_validate(staff)
