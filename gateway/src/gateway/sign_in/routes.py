"""Sign-in for development: anybody becomes any staff member or client. Not there in production."""

from fastapi import APIRouter, Request

from gateway.callers import access_tokens
from gateway.callers.access_tokens import SESSION_SECONDS
from gateway.callers.principal import Principal
from gateway.sign_in.people import BOOTSTRAP_ADMIN, People
from gateway.sign_in.schemas import SignedIn, SignIn
from shared.errors import NotFound
from shared.http import problems

routes = APIRouter(prefix="/dev", tags=["Sign-in (development)"])


@routes.post("/sign-in", responses=problems.docs(NotFound))
async def sign_in(wanted: SignIn, request: Request) -> SignedIn:
    """Sign in as any staff member or client, in development only.

    A fresh system has no staff yet: `{"bootstrap": "admin"}` signs in an administrator who can create the first.
    """
    people: People = request.app.state.people
    number = wanted.staff_number or wanted.client_number
    principal: Principal | None
    if number is None:
        principal = Principal(BOOTSTRAP_ADMIN)
    else:
        principal = await people.find("staff" if wanted.staff_number else "client", number, anew=True)
    if principal is None:
        raise NotFound("Nobody with this number may sign in.")
    actor = principal.actor
    kind: access_tokens.PersonKind = "client" if actor.kind == "client" else "staff"
    settings, key = request.app.state.settings, request.app.state.key
    token = access_tokens.issue_for_person(kind=kind, id=actor.id, number=number, issuer=settings.issuer, key=key)
    return SignedIn(access_token=token, expires_in=SESSION_SECONDS, kind=kind, id=actor.id, roles=sorted(actor.roles))
