"""The timeline of a client (客户时间线): everything that happened with the client, in whatever part of the house."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from interaction_log.parties import service as parties
from interaction_log.timeline import queries, rules
from interaction_log.timeline.schemas import TimelineEntryRead
from interaction_log.timeline.tables import TimelineEntry
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, SessionDep, router
from shared.lineage.clients import require_itself

routes = router("Timeline")


@routes.get("/clients/{client_id}/timeline", responses=problems.docs(NotFound, ClientIsErased))
async def list_timeline(
    client_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    kind: Annotated[rules.TimelineKind | None, Query()] = None,
    service: Annotated[rules.TimelineService | None, Query()] = None,
) -> Page[TimelineEntryRead]:
    """List what happened with a client, the latest first, with a Chinese title for each entry.

    What is heard of late stands where it happened. A client reads its own timeline without what is internal here.
    """
    await require_present(session, client_id)
    if not await parties.is_reached(session, client_id, actor=actor):
        raise NotFound("No client within your reach has this id.")
    await require_itself(session, client_id)
    for_client = actor.kind == "client"
    types = rules.wanted_types(kind=kind, service=service, for_client=for_client)
    by = (TimelineEntry.occurred_at, TimelineEntry.event_id)
    found, cursor = await pages.fetch(session, queries.select_of_client(client_id, types), page, by=by, descending=True)
    return Page(items=[_read(entry, for_client=for_client) for entry in found], next_cursor=cursor)


def _read(entry: TimelineEntry, *, for_client: bool) -> TimelineEntryRead:
    return TimelineEntryRead(
        event_id=entry.event_id,
        occurred_at=entry.occurred_at,
        service=rules.service_of(entry.type),
        kind=rules.kind_of(entry.type),
        type=entry.type,
        title=rules.TITLES[entry.type],
        data=rules.shown(entry.type, entry.data, for_client=for_client),
    )
