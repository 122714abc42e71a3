"""How a route runs: caller authorized, unknown query refused, one transaction, committed before the response.

FastAPI runs the code after a dependency's `yield` when the response has already gone, so a failing COMMIT would be
answered with success. Here the route itself opens the session and commits it, together with the idempotency record.
"""

from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.errors import Invalid
from shared.http import idempotency, problems
from shared.http.callers import Actor
from shared.http.permissions import authorize

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class TransactionRoute(APIRoute):
    """A route for authorized callers whose whole work, the idempotency record included, is one transaction."""

    def get_route_handler(self) -> Handler:
        """Return the handler, wrapped in authorization and the transaction."""
        handle = super().get_route_handler()
        known = frozenset(_query_names(self.dependant))

        async def in_transaction(request: Request) -> Response:
            actor = authorize(request, self.path)
            _refuse_unknown_query(request, known)
            database: Database = request.app.state.database
            async with database.session() as session:
                request.state.session = session
                response = await idempotency.replay_or(request, session, handle, caller=actor.name)
                await session.commit()
            return response

        return in_transaction


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _refuse_unknown_query(request: Request, known: frozenset[str]) -> None:
    for name in request.query_params:
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            raise Invalid(f"Unknown query parameter; known here: {allowed}.", pointer=f"/query/{name}")


def router(tag: str) -> APIRouter:
    """Return a router for `/v1` whose routes each run in one transaction. `tag` groups them in the API reference."""
    return APIRouter(prefix="/v1", route_class=TransactionRoute, tags=[tag], responses=problems.ALWAYS)


def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


def _actor(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now


def _data_key(request: Request) -> bytes:
    key: bytes = request.app.state.data_key
    return key


#: The session of this request's transaction; features never commit it.
SessionDep = Annotated[AsyncSession, Depends(_session)]
#: Who calls, with the rows they reach on this route.
ActorDep = Annotated[Actor, Depends(_actor)]
#: The instant of this request (UTC).
NowDep = Annotated[datetime, Depends(_now)]
#: The key personal data is sealed with, in services whose `create_app` keeps one.
DataKeyDep = Annotated[bytes, Depends(_data_key)]
