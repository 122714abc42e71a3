"""Relationships between clients."""

from uuid import UUID

from client_profile.clients.service import get_client
from client_profile.identity.service import KeysDep
from client_profile.relationships import queries, rules, service
from client_profile.relationships.schemas import RelationshipCreate, RelationshipEnd, RelationshipRead
from client_profile.relationships.tables import ClientRelationship
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Relationships")


@routes.post(
    "/clients/{client_id}/relationships",
    status_code=201,
    responses=problems.docs(
        NotFound,
        rules.OtherClientUnknown,
        rules.SameClient,
        rules.EndsBeforeStart,
        rules.RelationshipOverlaps,
    ),
)
async def relate_clients(
    client_id: UUID, wanted: RelationshipCreate, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep
) -> RelationshipRead:
    """Relate a client to another: `other_client_id` is the `kind` of this client, from `started_on` on.

    It shows on both clients, on the other one with the inverse kind. The same kind between the same two clients cannot
    overlap in time.
    """
    relationship = await service.relate(session, client_id, wanted, actor=actor, now=now)
    return (await service.seen_from(session, client_id, [relationship], actor=actor, keys=keys))[0]


@routes.post("/client-relationships/bulk", responses=problems.docs(OutboxIsLong))
async def take_in_relationships(body: BulkBody, session: SessionDep, actor: ActorDep, now: NowDep) -> BulkResult:
    """Take in up to 1,000 relationships of another system: `other_client_id` is the `kind` of `client_id`.

    An item sent again may bring the end of the relationship; nothing else changes.
    """
    return await service.take_in(session, body, actor=actor, now=now)


@routes.get("/clients/{client_id}/relationships", responses=problems.docs(NotFound))
async def list_relationships(
    client_id: UUID, session: SessionDep, actor: ActorDep, keys: KeysDep, page: PageDep
) -> Page[RelationshipRead]:
    """List the relationships of a client, ended ones too, each as seen from this client."""
    await get_client(session, client_id, actor)
    found, cursor = await pages.fetch(session, queries.select_of(client_id), page, by=(ClientRelationship.id,))
    return Page(items=await service.seen_from(session, client_id, found, actor=actor, keys=keys), next_cursor=cursor)


@routes.post(
    "/clients/{client_id}/relationships/{relationship_id}/end",
    responses=problems.docs(NotFound, rules.RelationshipEnded, rules.EndsBeforeStart),
)
async def end_relationship(
    client_id: UUID,
    relationship_id: UUID,
    wanted: RelationshipEnd,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
) -> RelationshipRead:
    """End a relationship; `ended_on` is its last day."""
    relationship = await service.end(session, client_id, relationship_id, wanted, actor=actor, now=now)
    return (await service.seen_from(session, client_id, [relationship], actor=actor, keys=keys))[0]
