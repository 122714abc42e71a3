"""Confirmed dealings from the registry."""

from client_profile.registry import rules, service
from shared.http import problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.routing import NowDep, SessionDep, router

routes = router("Dealings")


@routes.post("/dealings/bulk", responses=problems.docs(OutboxIsLong, rules.OriginReserved))
async def import_dealings(body: BulkBody, session: SessionDep, now: NowDep) -> BulkResult:
    """Take over up to 1,000 confirmed dealings from the registry (登记系统份额确认).

    `origin` names the registry, each item's `external_id` is its confirmation number. A subscription names client,
    product and channel; a redemption names its subscription by `original_external_id`, of this call or an earlier one.
    Nothing is gated: this is history. An item that is known is `unchanged`, one that differs is refused. Holdings and
    service classes follow in the same transaction.

    An item: `{"external_id": "B-29401", "kind": "subscription", "client_id": "…", "product_id": "…", "channel_id": "…",
    "amount": {"amount": "245200.00", "currency": "CNY"}, "confirmed_on": "2023-03-24"}`.
    """
    return await service.import_many(session, body, now=now)
