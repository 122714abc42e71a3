from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, ContactKind, Status
from complaints.cases.tables import Complaint
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import EntryKind
from complaints.enquiries import rules as enquiry_rules
from complaints.enquiries import service as enquiries
from complaints.enquiries.rules import EnquiryCommand, EnquiryStatus
from complaints.enquiries.tables import Enquiry
from complaints.goals import service as goals
from complaints.intake import service as intake
from complaints.intake.schemas import ComplaintCreate
from complaints.parties import service as parties
from complaints.parties.schemas import ComplainantCreate
from complaints.reclassification import rules
from complaints.reclassification.schemas import CaseReclassification, EnquiryReclassification
from complaints.signals import service as signals
from complaints.tasks import service as tasks
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import ComplaintReclassified
from shared.http.callers import Actor


async def reclassify_case(
    session: AsyncSession,
    complaint_id: UUID,
    wanted: CaseReclassification,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> Enquiry:
    """End a case that is no complaint, and keep what it is with its day of receipt.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: a decision is proposed or made, an appraisal is under way, or the case is over.
        ApproverIsHandler: the caller handles the case.
        KindNotPossible: a complaint is what it is.
        ClientIsErased: the client is erased.
    """
    rules.require_no_complaint(wanted.kind)
    complaint = await cases.take(session, complaint_id, Command.RECLASSIFY, actor=actor)
    clock_rules.require_not_handler(actor.id, complaint.handler_id)
    cases.move(complaint, Command.RECLASSIFY)
    complaint.reclassified_on, complaint.reclassified_to = business_date(now), wanted.kind
    await tasks.drop(session, complaint, Status.RECLASSIFIED.zh, actor=actor, now=now)
    event = ComplaintReclassified(**cases.about(complaint, at=now), kind=wanted.kind)
    await outbox.record(session, complaint, event)
    kind, on = EntryKind.RECLASSIFIED, complaint.reclassified_on
    entry = clocks.entry_of(complaint, kind, on, event, version=complaint.version, now=now, reason=wanted.reason)
    await clocks.keep(session, [entry])
    await goals.refresh(session, complaint, now=now)
    await signals.mark_changed(session, [complaint.client_id])
    enquiry = await _enquiry(session, complaint, wanted.kind, actor=actor, now=now, data_key=data_key)
    facts = {"from": ContactKind.COMPLAINT, "to": wanted.kind, "enquiry_id": enquiry.id}
    await trail.record(
        session, "complaint.reclassified", kind="complaint", id=complaint.id, reason=wanted.reason, facts=facts
    )
    return enquiry


async def reclassify_enquiry(
    session: AsyncSession,
    enquiry_id: UUID,
    wanted: EnquiryReclassification,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> Enquiry:
    """Make something else of an enquiry, suggestion or report; a complaint counts from the day it was received.

    Raises:
        NotFound: there is none in reach.
        EnquiryCommandNotAllowed: it became a complaint, or was answered and does not become one.
        KindUnchanged, ReasonMissing, EnquirerUnclear: see the rules.
        ComplainantUnclear: nobody complains, or two.
        AlreadyRegistered: the same complaint is being handled.
        ClientIsErased: the client is erased.
    """
    enquiry = await enquiries.take(session, enquiry_id, EnquiryCommand.RECLASSIFY, actor=actor)
    enquiry_rules.require_other_kind(enquiry.status, enquiry.kind, wanted.kind)
    rules.require_reason_class(wanted.kind, wanted.reason_class)
    facts: dict[str, Any] = {"from": enquiry.kind, "to": wanted.kind}
    if wanted.kind is ContactKind.COMPLAINT:
        complaint = await _complaint(session, enquiry, wanted, actor=actor, now=now, data_key=data_key)
        enquiry.complaint_id, enquiry.status, enquiry.next_at = complaint.id, EnquiryStatus.RECLASSIFIED, None
        facts["complaint_id"] = complaint.id
    else:
        has_contact = enquiry.sealed is not None
        enquiry_rules.require_enquirer(wanted.kind, client_id=enquiry.client_id, has_contact=has_contact)
        enquiry.kind = wanted.kind
        # Whoever owned it may not be fit for what it is.
        enquiry.owner_id, enquiry.status = None, EnquiryStatus.RECEIVED
        await enquiries.arm(session, enquiry, now=now)
    await enquiries.change(session, enquiry, "enquiry.reclassified", facts=facts, reason=wanted.reason)
    return enquiry


async def _enquiry(
    session: AsyncSession, complaint: Complaint, kind: ContactKind, *, actor: Actor, now: datetime, data_key: bytes
) -> Enquiry:
    contact = await intake.find_contact(session, complaint.id, data_key=data_key)
    return await enquiries.keep(
        session,
        kind=kind,
        content=complaint.facts or complaint.reason.zh,
        source=complaint.source,
        received_at=complaint.received_at,
        client_id=complaint.client_id,
        contact=None if complaint.client_id else contact,
        more={
            "forwarding_number": complaint.forwarding_number,
            "product_id": complaint.product_id,
            "named_staff_id": complaint.named_staff_id,
            "from_complaint_id": complaint.id,
        },
        actor=actor,
        now=now,
        data_key=data_key,
    )


async def _complaint(
    session: AsyncSession,
    enquiry: Enquiry,
    wanted: EnquiryReclassification,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> Complaint:
    contact = wanted.complainant
    if enquiry.sealed is not None:
        kept = parties.unsealed_contact(enquiry.sealed, place=enquiry.id, data_key=data_key)
        contact = ComplainantCreate(name=kept.name, phone=kept.phone)
    filed = ComplaintCreate(
        facts=enquiry.content or wanted.reason,
        reason=wanted.reason_class,
        client_id=enquiry.client_id or wanted.client_id,
        complainant=contact,
        product_id=enquiry.product_id,
        source=enquiry.source,
        forwarding_number=enquiry.forwarding_number,
        named_staff_id=enquiry.named_staff_id,
        received_at=enquiry.received_at,
    )
    return await intake.register(session, filed, actor=actor, now=now, data_key=data_key)
