"""Clients: registration, lists and search, reading, unmasking, sign-in."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from client_profile.clients import queries, rules, service
from client_profile.clients.rules import ClientStatus, ServiceClass
from client_profile.clients.schemas import ClientCreate, ClientRead, ClientSignIn, ClientUnmasked, Unmask
from client_profile.clients.tables import Client
from client_profile.documents.rules import DocumentNumberInvalid
from client_profile.identity import rules as identity_rules
from client_profile.identity import service as identity
from client_profile.identity.rules import ClientKind
from client_profile.identity.service import KeysDep
from client_profile.organization.rules import ManagerUnknown
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Clients")

_REGISTER_PROBLEMS = problems.docs(
    DocumentNumberInvalid,
    identity_rules.FieldNotForKind,
    identity_rules.FieldMissing,
    identity_rules.FieldContradictsDocument,
    ManagerUnknown,
    rules.DuplicateClient,
)


@routes.post("/clients", status_code=201, responses=_REGISTER_PROBLEMS)
async def register_client(
    wanted: ClientCreate, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep, response: Response
) -> ClientRead:
    """Register a person or an institution as a client (客户登记).

    A relationship manager becomes the client's manager, a channel its referring channel. A second client with the same
    identity document is refused with `existing` (id, number, masked name) if the caller reaches that client.
    """
    found = await service.register(session, wanted, actor=actor, keys=keys, now=now)
    set_etag(response, found[0].version)
    return service.shown(found, keys, actor)


@routes.get("/clients", responses=problems.docs(identity_rules.SearchTooShort, rules.FilterNotYours))
async def list_clients(
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    page: PageDep,
    q: Annotated[
        str | None,
        Query(max_length=60, description="Part of the name, two characters or more; one: how the name begins."),
    ] = None,
    phone_last4: Annotated[str | None, Query(pattern="^[0-9]{4}$")] = None,
    kind: ClientKind | None = None,
    status: ClientStatus | None = None,
    service_class: ServiceClass | None = None,
    manager_id: UUID | None = None,
    unit_id: UUID | None = None,
    channel_id: UUID | None = None,
    at_risk: Annotated[bool | None, Query(description="Whether the client may leave (流失预警).")] = None,
) -> Page[ClientRead]:
    """List and search the clients within reach, oldest first, personal data masked.

    A page of a name search may hold fewer than `limit` clients and still have a next one.
    """
    asks_inner = service_class is not None or at_risk is not None
    rules.require_open_filters(is_staff=actor.kind == "staff", asks_inner=asks_inner)
    statement = queries.select_listed(
        actor,
        name_tokens=[] if q is None else identity.name_tokens(keys, q),
        phone_last4=phone_last4,
        kind=kind,
        status=status,
        service_class=service_class,
        manager_id=manager_id,
        unit_id=unit_id,
        channel_id=channel_id,
        at_risk=at_risk,
    )
    found, cursor = await pages.fetch(session, statement, page, by=(Client.id,))
    matching = found if q is None else service.named(found, q, keys)
    return Page(items=[service.shown(one, keys, actor) for one in matching], next_cursor=cursor)


@routes.get("/clients/{client_id}", responses=problems.docs(NotFound, ClientIsErased))
async def read_client(
    client_id: UUID, session: SessionDep, actor: ActorDep, keys: KeysDep, response: Response
) -> ClientRead:
    """Read one client, personal data masked. The ETag is what a change needs in If-Match."""
    found = await service.get_found(session, client_id, actor)
    set_etag(response, found[0].version)
    return service.shown(found, keys, actor)


@routes.post("/clients/{client_id}/unmask", responses=problems.docs(NotFound, ClientIsErased))
async def unmask_client(
    client_id: UUID, wanted: Unmask, session: SessionDep, actor: ActorDep, keys: KeysDep, response: Response
) -> ClientUnmasked:
    """Read a client's personal data in full; who asked and why is kept in the audit trail."""
    response.headers["Cache-Control"] = "no-store"
    return await service.unmask(session, client_id, reason=wanted.reason, actor=actor, keys=keys)


@routes.get("/sign-in/clients/{number}", responses=problems.docs(NotFound))
async def sign_in_client(number: Annotated[str, Path(max_length=20)], session: SessionDep) -> ClientSignIn:
    """Tell the gateway who signs in to the client app with a client number."""
    return ClientSignIn.model_validate(await queries.get_by_number(session, number))
