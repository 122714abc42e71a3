"""Products a channel may sell."""

from uuid import UUID

from channel_commission.admission.rules import ChannelRestricted
from channel_commission.channels import service as channels
from channel_commission.products import queries, rules, service
from channel_commission.products.schemas import AuthorizationRead, Authorize
from channel_commission.products.tables import ProductAuthorization
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Products")


@routes.post(
    "/channels/{channel_id}/products",
    status_code=201,
    responses=problems.docs(
        NotFound, rules.ProductNotYetKnown, rules.AlreadyAuthorized, rules.BearerInUse, ChannelRestricted
    ),
)
async def authorize_product(
    channel_id: UUID, wanted: Authorize, session: SessionDep, actor: ActorDep, now: NowDep
) -> AuthorizationRead:
    """Authorize a channel for a product and say who bears the fee: the company or that trust plan.

    A second call with another bearer takes over from its `valid_from` on. A product not yet heard of answers 409 with
    `Retry-After`.
    """
    authorization = await service.authorize(session, channel_id, wanted, actor=actor, now=now)
    return AuthorizationRead.model_validate(authorization)


@routes.get("/channels/{channel_id}/products", responses=problems.docs(NotFound))
async def list_authorized_products(
    channel_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[AuthorizationRead]:
    """List the products a channel is or was authorized for."""
    await channels.get(session, channel_id, actor=actor)
    statement = queries.select_authorizations(channel_id, actor)
    found, cursor = await pages.fetch(session, statement, page, by=(ProductAuthorization.id,))
    return Page(items=[AuthorizationRead.model_validate(one) for one in found], next_cursor=cursor)
