"""Enquiries, suggestions and reports of violation: no complaints, but owned, timed and answered."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases.rules import ContactKind, FilterNotYours
from complaints.enquiries import rules, service
from complaints.enquiries.rules import EnquiryStatus
from complaints.enquiries.schemas import Answer, EnquiryCreate, EnquiryDetail, EnquiryRead, Ownership
from complaints.enquiries.tables import Enquiry
from complaints.intake import rules as intake
from complaints.parties.rules import FieldNotYours
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, NotYetKnown
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Enquiries")


@routes.post(
    "/enquiries",
    status_code=201,
    responses=problems.docs(
        rules.NotAnEnquiry,
        rules.EnquirerUnclear,
        FieldNotYours,
        intake.SourceInvalid,
        intake.ReceiptOutOfRange,
        ClientIsErased,
    ),
)
async def register_enquiry(
    wanted: EnquiryCreate,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> EnquiryRead:
    """Register an enquiry, a suggestion or a report of violation and start the house's clock for its answer.

    A report of violation may be anonymous; those who look into violations alone reach it.
    """
    enquiry = await service.register(session, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, enquiry.version)
    return service.shown(enquiry, actor=actor, now=now)


@routes.get("/enquiries", responses=problems.docs(FilterNotYours, ClientIsErased))
async def list_enquiries(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    kind: Annotated[ContactKind | None, Query()] = None,
    status: Annotated[EnquiryStatus | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
    client_id: Annotated[UUID | None, Query()] = None,
    escalated_to: Annotated[str | None, Query(description="The role that was told of a level.", max_length=40)] = None,
    overdue: Annotated[bool | None, Query(description="Unanswered past the due instant.")] = None,
) -> Page[EnquiryRead]:
    """List what you reach, oldest first: the desk all, owners their own, clients what they sent."""
    await require_present(session, client_id)
    statement = service.select_listed(
        actor,
        kind=kind,
        status=status,
        owner_id=owner_id,
        client_id=client_id,
        escalated_to=escalated_to,
        is_overdue=overdue,
        now=now,
    )
    found, cursor = await pages.fetch(session, statement, page, by=(Enquiry.received_at, Enquiry.id))
    return Page(items=[service.shown(one, actor=actor, now=now) for one in found], next_cursor=cursor)


@routes.get("/enquiries/{enquiry_id}", responses=problems.docs(NotFound, ClientIsErased))
async def read_enquiry(
    enquiry_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> EnquiryDetail:
    """Read one with its clock. `allowed` names the commands that its state takes now."""
    read = await service.detail(session, enquiry_id, actor=actor, now=now)
    set_etag(response, read.version)
    return read


@routes.post(
    "/enquiries/{enquiry_id}/assign",
    responses=problems.docs(NotFound, rules.EnquiryCommandNotAllowed, NotYetKnown, rules.OwnerUnfit, ClientIsErased),
)
async def assign_enquiry(
    enquiry_id: UUID, wanted: Ownership, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> EnquiryRead:
    """Give it an owner: not whom it is about; a report of violation goes to those who look into it."""
    enquiry = await service.assign(session, enquiry_id, wanted.owner_id, actor=actor)
    set_etag(response, enquiry.version)
    return service.shown(enquiry, actor=actor, now=now)


@routes.post(
    "/enquiries/{enquiry_id}/answer",
    responses=problems.docs(
        NotFound, rules.EnquiryCommandNotAllowed, rules.NotTheOwner, rules.AnswerIncomplete, ClientIsErased
    ),
)
async def answer_enquiry(
    enquiry_id: UUID, wanted: Answer, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> EnquiryRead:
    """Record the answer: a suggestion is adopted, or the answer says why not. The clock stops."""
    enquiry = await service.answer(session, enquiry_id, wanted, actor=actor, now=now)
    set_etag(response, enquiry.version)
    return service.shown(enquiry, actor=actor, now=now)
