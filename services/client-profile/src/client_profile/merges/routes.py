"""Merging clients that turn out to be one (客户合并), and undoing it."""

from uuid import UUID

from fastapi import Response

from client_profile.clients.service import get_client
from client_profile.identity.service import KeysDep
from client_profile.merges import queries, rules, service
from client_profile.merges.schemas import Merge, MergeRead, UndoMerge
from client_profile.merges.tables import MergeRecord
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router
from shared.lineage.rules import ClientIsMerged

routes = router("Clients: mergers")


@routes.post(
    "/clients/{client_id}/merge",
    status_code=201,
    responses=problems.docs(
        NotFound, ClientIsErased, ClientIsMerged, Stale, rules.SameClient, rules.ClientsNotMergeable
    ),
)
async def merge_client(
    client_id: UUID,
    wanted: Merge,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    version: IfMatchDep,
) -> MergeRead:
    """Merge another client into this one, which stands for both from now on.

    Dealings with their holdings, sale checks, assessments, proofs and relationships go over; the latest assessment
    decides, as ever. Personal record, documents and screenings stay with the merged client: its numbers are taken, and
    who registers with one is told of this client. A read of the merged client is answered by 301 and `Location`, a
    command on it by 409 `client_merged` with `merged_into`. If-Match is the version of this client, `merged_version`
    that of the other. Refused with `hindrances`: other kind or birth date, a suspended or closed client, others
    merged into the merged one. Kept in the audit trail of both.
    """
    return await service.merge(session, client_id, wanted, version=version, actor=actor, keys=keys, now=now)


@routes.get("/clients/{client_id}/merges", responses=problems.docs(NotFound, ClientIsErased))
async def list_merges(
    client_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep, response: Response
) -> Page[MergeRead]:
    """List the mergers into a client, the latest first; the ETag is the client's version."""
    set_etag(response, (await get_client(session, client_id, actor)).version)
    found, cursor = await pages.fetch(
        session, queries.select_of(client_id), page, by=(MergeRecord.id,), descending=True
    )
    return Page(items=await service.read_many(session, found), next_cursor=cursor)


@routes.post(
    "/clients/{client_id}/merges/{merge_id}/undo",
    responses=problems.docs(NotFound, ClientIsErased, Stale, rules.MergeUndone),
)
async def undo_merge(
    client_id: UUID,
    merge_id: UUID,
    wanted: UndoMerge,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    version: IfMatchDep,
) -> MergeRead:
    """Undo a merger: the merged client stands by itself again, as before and with all that went over.

    A redemption since of a subscription that went over goes back with it; all else that happened since stays here.
    Possible until one of the two is erased.
    """
    return await service.undo(session, client_id, merge_id, wanted, version=version, actor=actor, now=now)
