"""Taxes: how channels are registered for value added tax, which says how much of a fee it is."""

from uuid import UUID

from channel_commission.channels import service as channels
from channel_commission.taxes import queries, rules, service
from channel_commission.taxes.schemas import TaxStatusCreate, TaxStatusRead
from channel_commission.taxes.tables import ChannelTaxStatus
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Taxes")


@routes.post(
    "/channels/{channel_id}/tax-statuses",
    status_code=201,
    responses=problems.docs(NotFound, rules.TaxMonthClosed),
)
async def record_tax_status(
    channel_id: UUID, wanted: TaxStatusCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> TaxStatusRead:
    """Record how a channel is registered for value added tax (增值税纳税人身份) from a day on, with its evidence."""
    return TaxStatusRead.model_validate(await service.record(session, channel_id, wanted, actor=actor, now=now))


@routes.get("/channels/{channel_id}/tax-statuses", responses=problems.docs(NotFound))
async def list_tax_statuses(
    channel_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[TaxStatusRead]:
    """List what was recorded of a channel, the latest last; a channel sees its own."""
    await channels.get(session, channel_id, actor=actor)
    statement = queries.select_statuses(channel_id, actor)
    found, cursor = await pages.fetch(session, statement, page, by=(ChannelTaxStatus.id,))
    return Page(items=[TaxStatusRead.model_validate(one) for one in found], next_cursor=cursor)
