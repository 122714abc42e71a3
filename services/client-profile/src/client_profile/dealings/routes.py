"""Business dealings: lists, holdings, reversals."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from client_profile.clients.queries import get_client, is_present
from client_profile.dealings import queries, rules, service
from client_profile.dealings.rules import DealingKind, DealingStatus
from client_profile.dealings.schemas import DealingRead, HoldingsRead, Reason
from client_profile.dealings.tables import Dealing
from shared.clock import business_date
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Dealings")


@routes.get("/dealings", responses=problems.docs(ClientIsErased))
async def list_dealings(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    client_id: Annotated[UUID | None, Query()] = None,
    product_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[DealingKind | None, Query()] = None,
    status: Annotated[DealingStatus | None, Query()] = None,
    original_dealing_id: Annotated[UUID | None, Query()] = None,
) -> Page[DealingRead]:
    """List dealings, newest first; a channel sees what it sold, a client its own."""
    await require_present(session, client_id)
    statement = queries.select_dealings(
        actor,
        client_id=client_id,
        product_id=product_id,
        channel_id=channel_id,
        kind=kind,
        status=status,
        original_dealing_id=original_dealing_id,
    ).where(is_present())
    found, cursor = await pages.fetch(session, statement, page, by=(Dealing.id,), descending=True)
    return Page(items=[service.read(dealing) for dealing in found], next_cursor=cursor)


@routes.get("/dealings/{dealing_id}", responses=problems.docs(NotFound, ClientIsErased))
async def read_dealing(dealing_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> DealingRead:
    """Read one dealing."""
    dealing = await queries.get_dealing(session, dealing_id, actor)
    set_etag(response, dealing.version)
    return service.read(dealing)


@routes.post(
    "/dealings/{dealing_id}/reverse",
    responses=problems.docs(NotFound, rules.DealingStateForbids, rules.HasRedemptions),
)
async def reverse_dealing(
    dealing_id: UUID, wanted: Reason, session: SessionDep, actor: ActorDep, now: NowDep
) -> DealingRead:
    """Take back a confirmed dealing that was entered wrongly (冲正), with the reason.

    Holdings and service class follow at once, commission by the event. What was redeemed or distributed from a
    subscription is reversed before it.
    """
    return service.read(await service.reverse(session, dealing_id, reason=wanted.reason, actor=actor, now=now))


@routes.get("/clients/{client_id}/holdings", responses=problems.docs(NotFound, ClientIsErased))
async def read_holdings(
    client_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    on: Annotated[date | None, Query(description="End of which day; left out: today.")] = None,
) -> HoldingsRead:
    """Read what the client holds, per product, computed from its confirmed dealings; fully redeemed products stay."""
    await get_client(session, client_id, actor)
    return await service.holdings(session, client_id, on=on or business_date(now))
