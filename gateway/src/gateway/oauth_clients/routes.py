"""The OAuth clients of partner channels: who registered them, what they may do, whether they are let in."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from gateway.oauth_clients import queries, rules, service
from gateway.oauth_clients.schemas import OAuthClientCreate, OAuthClientRead
from gateway.oauth_clients.tables import OAuthClient
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("OAuth clients")


def _plans(request: Request) -> frozenset[str]:
    return frozenset(request.app.state.settings.plans)


PlansDep = Annotated[frozenset[str], Depends(_plans)]


@routes.post("/oauth-clients", status_code=201, responses=problems.docs(rules.KeyRefused))
async def register_oauth_client(
    wanted: OAuthClientCreate, session: SessionDep, actor: ActorDep, plans: PlansDep, now: NowDep
) -> OAuthClientRead:
    """Register a program of a channel with its public keys (JWKS). It can get tokens at once."""
    client = await service.register(session, wanted, plans=plans, by=actor.name, now=now)
    return OAuthClientRead.model_validate(client)


@routes.get("/oauth-clients")
async def list_oauth_clients(session: SessionDep, page: PageDep) -> Page[OAuthClientRead]:
    """List the programs of channels, oldest first."""
    found, cursor = await pages.fetch(session, queries.select_clients(), page, by=(OAuthClient.client_id,))
    return Page(items=[OAuthClientRead.model_validate(client) for client in found], next_cursor=cursor)


@routes.post("/oauth-clients/{client_id}/suspend", responses=problems.docs(NotFound, rules.OAuthClientInState))
async def suspend_oauth_client(client_id: UUID, session: SessionDep, now: NowDep) -> OAuthClientRead:
    """Keep a program of a channel out: it gets no tokens, and within 5 seconds those it holds are refused."""
    return OAuthClientRead.model_validate(await service.change(session, client_id, "suspend", now=now))


@routes.post("/oauth-clients/{client_id}/resume", responses=problems.docs(NotFound, rules.OAuthClientInState))
async def resume_oauth_client(client_id: UUID, session: SessionDep, now: NowDep) -> OAuthClientRead:
    """Let a suspended program of a channel in again."""
    return OAuthClientRead.model_validate(await service.change(session, client_id, "resume", now=now))
