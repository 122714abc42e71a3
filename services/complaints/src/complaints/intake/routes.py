"""Taking in complaints."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.classification import rules as classification
from complaints.intake import rules, service
from complaints.intake.schemas import (
    ClientLink,
    ComplainantMasked,
    ComplaintCreate,
    Reveal,
)
from complaints.parties.rules import ClientNotOfChannel, FieldNotYours
from complaints.parties.schemas import ComplainantRead
from complaints.repeats.rules import AlreadyRegistered
from complaints.representatives import rules as representation
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Complaint intake")


@routes.post(
    "/complaints",
    status_code=201,
    responses=problems.docs(
        FieldNotYours,
        rules.SourceInvalid,
        rules.ComplainantUnclear,
        ClientIsErased,
        rules.ReceiptOutOfRange,
        ClientNotOfChannel,
        AlreadyRegistered,
        classification.CodeNotInForce,
        classification.NoteMissing,
        classification.ReasonDiffers,
        representation.WithoutAuthority,
        representation.PersonUnclear,
        representation.TooManyRepresentatives,
        representation.PersonsTooFew,
    ),
)
async def register_complaint(
    wanted: ComplaintCreate,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> ComplaintRead:
    """Register a complaint and start its legal clock: 15 days to decide and inform.

    Staff say how it came in (`source`) and name the client, or give name and phone of a complainant who is none.
    Channels pass on complaints about their own sales; clients complain for themselves and say only what happened.
    A client not yet heard of is accepted. The same complaint while the first one runs is refused with its case (409
    `already_registered`): merge it there. After its end it is registered and linked by `repeat_of`.
    """
    complaint = await service.register(session, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/link-client",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.ClientAlreadyLinked, ClientIsErased),
)
async def link_client(
    complaint_id: UUID, wanted: ClientLink, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Record which client a complaint concerns, once it is known."""
    complaint = await service.link_client(session, complaint_id, wanted.client_id, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/complainant", responses=problems.docs(NotFound))
async def read_complainant(complaint_id: UUID, session: SessionDep, actor: ActorDep) -> ComplainantMasked:
    """Read the masked contact data of a complainant who is no client."""
    return ComplainantMasked.model_validate(await service.complainant(session, complaint_id, actor=actor))


@routes.post("/complaints/{complaint_id}/complainant/reveal", responses=problems.docs(NotFound))
async def reveal_complainant(
    complaint_id: UUID,
    wanted: Reveal,
    session: SessionDep,
    actor: ActorDep,
    data_key: DataKeyDep,
    response: Response,
) -> ComplainantRead:
    """Read the contact data of a complainant who is no client, in clear. Who did so and why is audited."""
    response.headers["Cache-Control"] = "no-store"
    return await service.reveal(session, complaint_id, reason=wanted.reason, actor=actor, data_key=data_key)
