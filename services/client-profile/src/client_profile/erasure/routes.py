"""Erasing a client's personal data (个人信息删除), and the receipts of every service."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from client_profile.erasure import rules, service
from client_profile.erasure.queries import select_erasures
from client_profile.erasure.schemas import Disclose, Erase, ErasureRead, RestrictedRecords
from client_profile.erasure.tables import Erasure
from client_profile.identity.service import KeysDep
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Erased clients")


@routes.post(
    "/clients/{client_id}/erase",
    responses=problems.docs(NotFound, ClientIsErased, Stale, rules.ClientNotErasable),
)
async def erase_client(
    client_id: UUID,
    wanted: Erase,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    version: IfMatchDep,
) -> ErasureRead:
    """Erase a client's personal data on request (个人信息保护法第四十七条); it cannot be undone.

    Who the client is becomes unknown to everybody: name, contacts and documents are destroyed, with all they were
    found by. Where the law keeps identity or dealings (反洗钱法第三十四条) they are restricted: found by nothing but
    the id, shown to compliance and audit only. Every other service follows within moments and answers with a
    receipt per kind of record. From now on the client is answered for with 410 `client_erased`.

    Refused with `blockers` while the client is not closed, holds anything, has dealings or complaints under way, or is
    under a legal freeze. Ground, request and reason are kept in the audit trail.
    """
    return await service.erase(session, client_id, wanted, version=version, actor=actor, keys=keys, now=now)


@routes.get("/clients/{client_id}/erasure", responses=problems.docs(NotFound))
async def read_erasure(
    client_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ErasureRead:
    """Read how far an erasure is: which service deleted or restricted what until when, and who is still to answer.

    Before it, `blockers` says what stands in the way, and the ETag is what the command needs in If-Match.
    """
    erasure, version = await service.read(session, client_id, actor=actor, now=now)
    set_etag(response, version)
    return erasure


@routes.get("/erasures")
async def list_erasures(
    session: SessionDep,
    now: NowDep,
    page: PageDep,
    overdue: Annotated[bool, Query(description="Only those that a service has not answered in time.")] = False,
) -> Page[ErasureRead]:
    """List erasures, the oldest first."""
    statement = await service.overdue(session, now=now) if overdue else select_erasures(None)
    found, cursor = await pages.fetch(session, statement, page, by=(Erasure.erased_at, Erasure.client_id))
    return Page(items=await service.shown(session, found, now=now), next_cursor=cursor)


@routes.post("/clients/{client_id}/restricted-records", responses=problems.docs(NotFound))
async def disclose_restricted_records(
    client_id: UUID, wanted: Disclose, session: SessionDep, actor: ActorDep, keys: KeysDep, response: Response
) -> RestrictedRecords:
    """Read what the law keeps of an erased client; who asked and why is kept in the audit trail."""
    response.headers["Cache-Control"] = "no-store"
    return await service.disclose(session, client_id, reason=wanted.reason, actor=actor, keys=keys)
