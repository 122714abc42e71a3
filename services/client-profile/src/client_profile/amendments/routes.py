"""Changes of a client's profile."""

from uuid import UUID

from fastapi import Response

from client_profile.amendments import rules, service
from client_profile.amendments.schemas import ClientUpdate
from client_profile.clients.rules import ClientIsClosed, DuplicateClient
from client_profile.clients.schemas import ClientRead
from client_profile.clients.service import shown
from client_profile.documents.rules import DocumentNumberInvalid
from client_profile.identity.rules import FieldContradictsDocument, FieldMissing, FieldNotForKind
from client_profile.identity.service import KeysDep
from shared.errors import NotFound, Stale
from shared.http import problems
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Clients")

_PROBLEMS = problems.docs(
    NotFound,
    Stale,
    DocumentNumberInvalid,
    FieldNotForKind,
    FieldMissing,
    FieldContradictsDocument,
    DuplicateClient,
    ClientIsClosed,
    rules.ProofMissing,
)


@routes.patch("/clients/{client_id}", responses=_PROBLEMS)
async def update_client(
    client_id: UUID,
    wanted: ClientUpdate,
    expected: IfMatchDep,
    session: SessionDep,
    actor: ActorDep,
    keys: KeysDep,
    now: NowDep,
    response: Response,
) -> ClientRead:
    """Change a client's profile (JSON merge patch): a field left out stays, null removes.

    A new name or identity document needs `proof`, is kept in the audit trail, and makes the old screening void.
    """
    found = await service.update(session, client_id, wanted, expected=expected, actor=actor, keys=keys, now=now)
    set_etag(response, found[0].version)
    return shown(found, keys)
