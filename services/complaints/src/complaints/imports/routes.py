"""Taking in complaints of the past."""

from complaints.imports import service
from shared.http import problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint imports")


@routes.post("/complaints/bulk", responses=problems.docs(OutboxIsLong))
async def import_complaints(wanted: BulkBody, session: SessionDep, actor: ActorDep, now: NowDep) -> BulkResult:
    """Take in complaints of the past from another system, at most 1,000 a call, with a result for each.

    An item holds `external_id`, `received_on` and what else is known: `client_id`, `channel_id`, `product_id`,
    `product_class` and `reason_text` (as the origin names them), `reason`, `level`, `source`, `facts`, `informed_on`,
    `is_upheld`, `root_cause`, `compensation`, `review_requested`, `withdrawn_on`. The state follows from these, the due
    date from the day of receipt. Sending an item again adds what has become true since; nothing on record is changed.
    """
    return await service.take_in(session, wanted, actor=actor, now=now)
