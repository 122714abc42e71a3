"""Qualified investors: proofs, the second person's decision."""

from uuid import UUID

from client_profile.clients.queries import get_client
from client_profile.clients.rules import ClientIsClosed
from client_profile.qualifications import queries, rules, service
from client_profile.qualifications.schemas import QualificationCreate, QualificationRead, QualificationReject
from client_profile.qualifications.tables import Qualification
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Qualified investors")

_DECISION_PROBLEMS = problems.docs(NotFound, rules.QualificationDecided, rules.SecondPersonNeeded)


@routes.post(
    "/clients/{client_id}/qualifications",
    status_code=201,
    responses=problems.docs(
        NotFound,
        ClientIsClosed,
        rules.BasisDoesNotFit,
        rules.AmountMissing,
        rules.ProofOutOfDate,
        rules.QualificationTestNotMet,
    ),
)
async def submit_qualification(
    client_id: UUID, wanted: QualificationCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> QualificationRead:
    """Submit a proof that the client is a qualified investor (合格投资者认定); a second person confirms it."""
    return service.read(await service.submit(session, client_id, wanted, actor=actor, now=now))


@routes.get("/clients/{client_id}/qualifications", responses=problems.docs(NotFound))
async def list_qualifications(
    client_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[QualificationRead]:
    """List a client's qualified-investor proofs, newest first."""
    await get_client(session, client_id, actor)
    found, cursor = await pages.fetch(
        session, queries.select_qualifications(client_id), page, by=(Qualification.id,), descending=True
    )
    return Page(items=[service.read(row) for row in found], next_cursor=cursor)


@routes.post(
    "/clients/{client_id}/qualifications/{qualification_id}/confirm",
    responses={**_DECISION_PROBLEMS, **problems.docs(ClientIsClosed, rules.QualificationDecided, rules.ProofLapsed)},
)
async def confirm_qualification(
    client_id: UUID, qualification_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep
) -> QualificationRead:
    """Confirm a proof that somebody else submitted: the client is a qualified investor from now on."""
    return service.read(await service.confirm(session, client_id, qualification_id, actor=actor, now=now))


@routes.post("/clients/{client_id}/qualifications/{qualification_id}/reject", responses=_DECISION_PROBLEMS)
async def reject_qualification(
    client_id: UUID,
    qualification_id: UUID,
    wanted: QualificationReject,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
) -> QualificationRead:
    """Reject a proof that somebody else submitted, with the reason."""
    proof = await service.reject(session, client_id, qualification_id, reason=wanted.reason, actor=actor, now=now)
    return service.read(proof)
