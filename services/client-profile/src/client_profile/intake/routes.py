"""Clients of other systems, many at once."""

from client_profile.clients.rules import DuplicateClient
from client_profile.identity.service import KeysDep
from client_profile.intake import service
from shared.http import problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Bulk")


@routes.post("/clients/bulk", responses=problems.docs(OutboxIsLong, DuplicateClient))
async def take_in_clients(
    body: BulkBody, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep
) -> BulkResult:
    """Register up to 1,000 clients of another system, or change those it sent before.

    An item has the fields of a registration and `external_id`; optional are `channel_id`, `manager_number`, `screening`
    and `activate` (which needs a clear `screening` in the item). An item sent again as it was is `unchanged`; changed,
    it is written over the profile; `channel_id` counts only when first sent, `screening` and `activate` until the
    client is active. A refused item does not hold back the others.
    """
    return await service.take_in(session, body, actor=actor, keys=keys, now=now)
