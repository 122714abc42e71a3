"""The life of a client: screening, activation, suspension, closing."""

from uuid import UUID

from fastapi import Response

from client_profile.clients.queries import Found
from client_profile.clients.schemas import ClientRead
from client_profile.clients.service import get_client, shown
from client_profile.identity.service import Keys, KeysDep
from client_profile.lifecycle import queries, rules, service
from client_profile.lifecycle.schemas import Close, ScreeningCreate, ScreeningRead, Suspend
from client_profile.lifecycle.tables import Screening
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Clients: life")

_PROBLEMS = problems.docs(NotFound, rules.CommandNotAllowed)


@routes.post("/clients/{client_id}/screening", status_code=201, responses=_PROBLEMS)
async def screen_client(
    client_id: UUID, wanted: ScreeningCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> ScreeningRead:
    """Record the result of a screening against sanctions and watch lists (名单筛查).

    The latest result holds until the client's name or identity document changes.
    """
    return ScreeningRead.model_validate(await service.screen(session, client_id, wanted, actor=actor, now=now))


@routes.get("/clients/{client_id}/screenings", responses=problems.docs(NotFound))
async def list_screenings(client_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[ScreeningRead]:
    """List the screenings of a client, the latest first."""
    await get_client(session, client_id, actor)
    screenings, cursor = await pages.fetch(
        session, queries.select_screenings(client_id), page, by=(Screening.id,), descending=True
    )
    return Page(items=[ScreeningRead.model_validate(one) for one in screenings], next_cursor=cursor)


@routes.post(
    "/clients/{client_id}/activate",
    responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.ScreeningNotClear, rules.SuspensionNotYours),
)
async def activate_client(
    client_id: UUID, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep, response: Response
) -> ClientRead:
    """Let a registered client deal, or a suspended one again; needs a clear screening, and compliance for the latter.

    Kept in the audit trail.
    """
    return _answer(await service.activate(session, client_id, actor=actor, now=now), keys, response)


@routes.post("/clients/{client_id}/suspend", responses=_PROBLEMS)
async def suspend_client(
    client_id: UUID,
    wanted: Suspend,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    response: Response,
) -> ClientRead:
    """Stop an active client from dealing until it is activated again; kept in the audit trail."""
    return _answer(await service.suspend(session, client_id, wanted, actor=actor, now=now), keys, response)


@routes.post(
    "/clients/{client_id}/close", responses=problems.docs(NotFound, rules.CommandNotAllowed, rules.ClientHasDealings)
)
async def close_client(
    client_id: UUID,
    wanted: Close,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    response: Response,
) -> ClientRead:
    """End the relationship with a client (销户) that holds nothing any more; kept in the audit trail."""
    return _answer(await service.close(session, client_id, wanted, actor=actor, now=now), keys, response)


def _answer(found: Found, keys: Keys, response: Response) -> ClientRead:
    set_etag(response, found[0].version)
    return shown(found, keys)
