"""Draws: advances to channels, which later fees of the same bearer cover."""

from uuid import UUID

from channel_commission.bank_references.rules import PaidOnOutOfRange, PaymentUsedBefore
from channel_commission.channels import service as channels
from channel_commission.draws import queries, rules, service
from channel_commission.draws.schemas import DrawCreate, DrawPayment, DrawRead, DrawRefusal
from channel_commission.draws.tables import Draw
from channel_commission.products.rules import ProductNotYetKnown
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Draws")


@routes.post(
    "/channels/{channel_id}/draws",
    status_code=201,
    responses=problems.docs(NotFound, rules.ChannelNotActive, ProductNotYetKnown),
)
async def propose_draw(
    channel_id: UUID, wanted: DrawCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> DrawRead:
    """Propose an advance (预付代销服务费) to an active channel, paid and covered in the books of one bearer."""
    draw = await service.propose(session, channel_id, wanted, actor=actor, now=now)
    return (await service.read_all(session, [draw]))[0]


@routes.get("/channels/{channel_id}/draws", responses=problems.docs(NotFound))
async def list_draws(channel_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[DrawRead]:
    """List a channel's draws and what is left of each, the oldest first; a channel sees its own."""
    await channels.get(session, channel_id, actor=actor)
    found, cursor = await pages.fetch(session, queries.select_draws(channel_id, actor), page, by=(Draw.id,))
    return Page(items=await service.read_all(session, found), next_cursor=cursor)


@routes.post(
    "/draws/{draw_id}/approve",
    responses=problems.docs(NotFound, rules.DrawStatusForbids, rules.ChannelNotActive, SecondPersonNeeded),
)
async def approve_draw(draw_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> DrawRead:
    """Approve an advance, by somebody who did not propose it."""
    return (await service.read_all(session, [await service.approve(session, draw_id, actor=actor, now=now)]))[0]


@routes.post("/draws/{draw_id}/refuse", responses=problems.docs(NotFound, rules.DrawStatusForbids, SecondPersonNeeded))
async def refuse_draw(
    draw_id: UUID, wanted: DrawRefusal, session: SessionDep, actor: ActorDep, now: NowDep
) -> DrawRead:
    """Turn down an advance that is not paid."""
    draw = await service.refuse(session, draw_id, wanted.reason, actor=actor, now=now)
    return (await service.read_all(session, [draw]))[0]


@routes.post(
    "/draws/{draw_id}/record-payment",
    responses=problems.docs(NotFound, rules.DrawStatusForbids, PaidOnOutOfRange, PaymentUsedBefore),
)
async def record_draw_payment(
    draw_id: UUID, wanted: DrawPayment, session: SessionDep, actor: ActorDep, now: NowDep
) -> DrawRead:
    """Record the bank's payment of an approved advance, once."""
    draw = await service.record_payment(session, draw_id, wanted, actor=actor, now=now)
    return (await service.read_all(session, [draw]))[0]
