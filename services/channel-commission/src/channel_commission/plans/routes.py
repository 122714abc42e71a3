"""Cooperation plans: sales quotas per product, with an alarm when they are nearly used."""

from uuid import UUID

from channel_commission.channels import service as channels
from channel_commission.plans import queries, rules, service
from channel_commission.plans.schemas import QuotaCreate, QuotaRead
from channel_commission.plans.tables import SalesQuota
from channel_commission.products.rules import ProductNotYetKnown
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Plans")


@routes.post(
    "/channels/{channel_id}/quotas",
    status_code=201,
    responses=problems.docs(NotFound, ProductNotYetKnown, rules.QuotaPeriodEmpty, rules.QuotaOverlaps),
)
async def set_quota(
    channel_id: UUID, wanted: QuotaCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> QuotaRead:
    """Set what a channel may sell of a product (代销额度) with the plan behind it; an alarm tells when it is used."""
    quota = await service.set_quota(session, channel_id, wanted, actor=actor, now=now)
    return (await service.read_all(session, [quota]))[0]


@routes.get("/channels/{channel_id}/quotas", responses=problems.docs(NotFound))
async def list_quotas(channel_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[QuotaRead]:
    """List a channel's quotas and what was sold of each; a channel sees its own."""
    await channels.get(session, channel_id, actor=actor)
    found, cursor = await pages.fetch(session, queries.select_quotas(channel_id, actor), page, by=(SalesQuota.id,))
    return Page(items=await service.read_all(session, found), next_cursor=cursor)
