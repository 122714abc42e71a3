"""Reclassification (改类): a complaint that is none, and what turns out to be one."""

from uuid import UUID

from fastapi import Response

from complaints.cases.rules import CommandNotAllowed
from complaints.clocks.rules import ApproverIsHandler
from complaints.enquiries import rules as enquiry_rules
from complaints.enquiries import service as enquiries
from complaints.enquiries.schemas import EnquiryRead
from complaints.intake.rules import ComplainantUnclear
from complaints.reclassification import rules, service
from complaints.reclassification.schemas import CaseReclassification, EnquiryReclassification
from complaints.repeats.rules import AlreadyRegistered
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Reclassification")


@routes.post(
    "/complaints/{complaint_id}/reclassify",
    responses=problems.docs(NotFound, CommandNotAllowed, ApproverIsHandler, rules.KindNotPossible, ClientIsErased),
)
async def reclassify_complaint(
    complaint_id: UUID,
    wanted: CaseReclassification,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> EnquiryRead:
    """End a case that is no complaint; what it is goes on as an enquiry, suggestion or report with its day of receipt.

    The case's clock stops and stays provable; the handler does not do this, and only before a decision is proposed.
    """
    enquiry = await service.reclassify_case(session, complaint_id, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, enquiry.version)
    return enquiries.shown(enquiry, actor=actor, now=now)


@routes.post(
    "/enquiries/{enquiry_id}/reclassify",
    responses=problems.docs(
        NotFound,
        enquiry_rules.EnquiryCommandNotAllowed,
        enquiry_rules.KindUnchanged,
        enquiry_rules.EnquirerUnclear,
        rules.ReasonMissing,
        AlreadyRegistered,
        ComplainantUnclear,
        ClientIsErased,
    ),
)
async def reclassify_enquiry(
    enquiry_id: UUID,
    wanted: EnquiryReclassification,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> EnquiryRead:
    """Make something else of an enquiry, suggestion or report of violation.

    A complaint is registered with the day on which this was received: its legal clock counts from there, also when this
    was answered. `complaint_id` names the case.
    """
    enquiry = await service.reclassify_enquiry(session, enquiry_id, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, enquiry.version)
    return enquiries.shown(enquiry, actor=actor, now=now)
