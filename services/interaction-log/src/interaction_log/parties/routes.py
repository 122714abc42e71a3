"""What this service still waits to be told of the clients it holds records of."""

from interaction_log.parties import service
from interaction_log.parties.schemas import UnconfirmedClient
from interaction_log.parties.tables import ClientStub
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import NowDep, SessionDep, router

routes = router("Parties")


@routes.get("/interactions/unconfirmed-clients")
async def list_unconfirmed_clients(session: SessionDep, now: NowDep, page: PageDep) -> Page[UnconfirmedClient]:
    """List clients that records name and client-profile has not told of after an hour, the oldest first."""
    statement = await service.unconfirmed(session, now=now)
    found, cursor = await pages.fetch(session, statement, page, by=(ClientStub.heard_at, ClientStub.id))
    return Page(items=[UnconfirmedClient.model_validate(client) for client in found], next_cursor=cursor)
