"""What this service still waits to be told of the parties of a complaint."""

from complaints.parties import service
from complaints.parties.schemas import UnconfirmedClient
from complaints.parties.tables import ClientStub
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import NowDep, SessionDep, router

routes = router("Parties")


@routes.get("/unconfirmed-clients")
async def list_unconfirmed_clients(session: SessionDep, now: NowDep, page: PageDep) -> Page[UnconfirmedClient]:
    """List clients named in complaints or events of whom client-profile has not told after an hour, oldest first."""
    statement = await service.unconfirmed(session, now=now)
    found, cursor = await pages.fetch(session, statement, page, by=(ClientStub.heard_at, ClientStub.id))
    return Page(items=[UnconfirmedClient.model_validate(client) for client in found], next_cursor=cursor)
