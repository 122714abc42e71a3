from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.calendars import rules as calendar_rules
from complaints.calendars import service as calendars
from complaints.cases.rules import ContactKind, Source
from complaints.enquiries import queries, rules
from complaints.enquiries.rules import EnquiryCommand, EnquiryGoals, EnquiryStatus
from complaints.enquiries.schemas import (
    SHOWN_OUTSIDE,
    Answer,
    EnquiryCreate,
    EnquiryDetail,
    EnquiryEscalationRead,
    EnquiryRead,
)
from complaints.enquiries.tables import Enquiry, EnquiryEscalation
from complaints.goals import rules as goal_rules
from complaints.goals import service as goals
from complaints.intake import rules as intake_rules
from complaints.parties import service as parties
from complaints.parties.rules import refuse_foreign
from complaints.parties.schemas import ComplainantCreate
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.erasure import guard
from shared.errors import NotYetKnown
from shared.http.callers import Actor, Scope
from shared.ids import new_id
from shared.lineage.clients import is_about


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for what a caller reaches: a client's own, an owner's, or the desk's.

    Reports of violation reach those who look into them only, and nobody reaches what is about themselves.
    """
    if actor.kind == "client":
        return is_about(col(Enquiry.client_id), actor.id)
    mine = col(Enquiry.owner_id) == actor.id
    desk = actor.within(owner=col(Enquiry.owner_id))
    if actor.scope is Scope.ALL and not rules.CONFIDANTS & actor.roles:
        desk = or_(mine, col(Enquiry.kind) != ContactKind.VIOLATION_REPORT)
    return and_(desk, col(Enquiry.named_staff_id).is_distinct_from(actor.id))


async def register(
    session: AsyncSession, wanted: EnquiryCreate, *, actor: Actor, now: datetime, data_key: bytes
) -> Enquiry:
    """Register an enquiry, suggestion or report of violation and start the house's clock.

    Raises:
        NotAnEnquiry, EnquirerUnclear: see the rules.
        FieldNotYours, SourceInvalid, ReceiptOutOfRange: see the rules of intake.
        ClientIsErased: the client is erased.
    """
    rules.require_kind(wanted.kind)
    client_id, source = wanted.client_id, wanted.source
    if actor.kind == "client":
        own = {"/client_id": client_id not in (None, actor.id), "/enquirer": wanted.enquirer is not None}
        staffs = ("source", "forwarding_number", "named_staff_id", "received_at")
        refuse_foreign(own | {f"/{name}": getattr(wanted, name) is not None for name in staffs})
        client_id, source = actor.id, Source.APP
    intake_rules.require_source(source, wanted.forwarding_number)
    assert source is not None  # noqa: S101  # required above
    rules.require_enquirer(wanted.kind, client_id=client_id, has_contact=wanted.enquirer is not None)
    return await keep(
        session,
        kind=wanted.kind,
        content=wanted.content,
        source=source,
        received_at=intake_rules.receipt(wanted.received_at or now, now=now),
        client_id=client_id,
        contact=wanted.enquirer,
        more=wanted.model_dump(include={"forwarding_number", "product_id", "named_staff_id"}),
        actor=actor,
        now=now,
        data_key=data_key,
    )


async def keep(
    session: AsyncSession,
    *,
    kind: ContactKind,
    content: str,
    source: Source,
    received_at: datetime,
    client_id: UUID | None,
    contact: ComplainantCreate | None,
    more: dict[str, Any],
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> Enquiry:
    """Keep what is no complaint, its clock running since receipt; `more` holds further columns.

    Raises:
        ClientIsErased: the client is erased.
    """
    if client_id is not None:
        await guard.require_present(session, client_id)
        await parties.hear_of(session, [client_id], at=now)
    received_on, enquiry_id = business_date(received_at), new_id()
    sequence = await queries.next_sequence(session, received_on.year)
    enquiry = Enquiry(
        id=enquiry_id,
        number=rules.enquiry_number(received_on.year, sequence),
        kind=kind,
        status=EnquiryStatus.RECEIVED,
        source=source,
        client_id=client_id,
        content=content,
        received_at=received_at,
        received_on=received_on,
        registered_at=now,
        registered_by=actor.name,
        target_minutes=0,
        levels=[],
        rule_version="",
        calendar_version="",
        **more,
        **(parties.sealed_contact(contact, place=enquiry_id, data_key=data_key) if contact else {}),
    )
    await arm(session, enquiry, now=now)
    session.add(enquiry)
    await session.flush()
    return enquiry


async def assign(session: AsyncSession, enquiry_id: UUID, owner_id: UUID, *, actor: Actor) -> Enquiry:
    """Give it an owner.

    Raises:
        NotFound: there is none in reach.
        EnquiryCommandNotAllowed: it was answered or became a complaint.
        NotYetKnown: client-profile has not told of this staff member yet.
        OwnerUnfit: see the rules.
    """
    enquiry = await take(session, enquiry_id, EnquiryCommand.ASSIGN, actor=actor)
    person = await parties.find_staff(session, owner_id)
    if person is None:
        raise NotYetKnown("This staff member is not known yet.", pointer="/owner_id")
    rules.require_owner(
        enquiry.kind,
        person.id,
        roles=person.roles,
        has_left=person.left_at is not None,
        named_staff_id=enquiry.named_staff_id,
    )
    enquiry.owner_id = person.id
    enquiry.status = rules.after(EnquiryCommand.ASSIGN, enquiry.status)
    await change(session, enquiry, "enquiry.assigned", facts={"owner_id": person.id})
    return enquiry


async def answer(session: AsyncSession, enquiry_id: UUID, wanted: Answer, *, actor: Actor, now: datetime) -> Enquiry:
    """Record the answer, which stops the clock.

    Raises:
        NotFound: there is none in reach.
        EnquiryCommandNotAllowed: it has no owner, was answered or became a complaint.
        NotTheOwner, AnswerIncomplete: see the rules.
    """
    enquiry = await take(session, enquiry_id, EnquiryCommand.ANSWER, actor=actor)
    rules.require_may_answer(actor.id, actor.roles, enquiry.owner_id)
    rules.require_answer(enquiry.kind, is_adopted=wanted.is_adopted, why_not=wanted.why_not)
    enquiry.status = rules.after(EnquiryCommand.ANSWER, enquiry.status)
    enquiry.answer, enquiry.is_adopted, enquiry.why_not = wanted.answer, wanted.is_adopted, wanted.why_not
    enquiry.answered_at, enquiry.answered_by, enquiry.next_at = now, actor.name, None
    await change(session, enquiry, "enquiry.answered", facts={"is_adopted": wanted.is_adopted})
    return enquiry


async def take(session: AsyncSession, enquiry_id: UUID, command: EnquiryCommand, *, actor: Actor) -> Enquiry:
    """Lock an enquiry for a command and return it.

    Raises:
        NotFound: there is none in reach.
        ClientIsErased: it ended, and its client is erased.
        EnquiryCommandNotAllowed: the state does not take the command.
    """
    enquiry = await queries.get_enquiry(session, enquiry_id, reached(actor), for_update=True)
    await _require_readable(session, enquiry)
    rules.after(command, enquiry.status)
    return enquiry


async def change(
    session: AsyncSession, enquiry: Enquiry, action: str, *, facts: dict[str, Any], reason: str | None = None
) -> None:
    """Write a changed enquiry and leave a trace of who changed it."""
    enquiry.version += 1
    await session.flush()
    await trail.record(session, action, kind="enquiry", id=enquiry.id, reason=reason, facts=facts)


async def arm(session: AsyncSession, enquiry: Enquiry, *, now: datetime) -> None:
    """Set the clock of an enquiry by its kind, counted from receipt; a level told of is not told of again."""
    row = await policy.row(session, rules.POLICY, on=enquiry.received_on)
    wanted = EnquiryGoals.of(row.value, version=row.version)
    calendar = await calendars.working_calendar(session, now=now)
    enquiry.target_minutes = wanted.minutes[enquiry.kind]
    enquiry.due_at = calendar_rules.due_at(calendar, enquiry.received_at, enquiry.target_minutes)
    found = goal_rules.levels(wanted.levels, calendar, enquiry.received_at, enquiry.target_minutes)
    enquiry.levels, enquiry.next_at = goals.stored(found), goal_rules.next_at(found, enquiry.told_percent)
    enquiry.rule_version, enquiry.calendar_version = wanted.version, calendar.version


async def escalate(session: AsyncSession, now: datetime, limit: int) -> int:
    """Tell of clocks that reached a level, each level once; return how many. A timer of the worker."""
    due = await queries.take_due(session, now, limit)
    for enquiry in due:
        levels = goals.restored(enquiry.levels)
        level = goal_rules.reached(levels, enquiry.told_percent, now)
        if level is not None and enquiry.due_at is not None:
            enquiry.told_percent = level.percent
            session.add(
                EnquiryEscalation(
                    enquiry_id=enquiry.id,
                    percent=level.percent,
                    office=level.office,
                    due_at=enquiry.due_at,
                    told_at=now,
                )
            )
        enquiry.next_at = goal_rules.next_at(levels, enquiry.told_percent)
    return len(due)


async def detail(session: AsyncSession, enquiry_id: UUID, *, actor: Actor, now: datetime) -> EnquiryDetail:
    """Return an enquiry with what was told of its clock.

    Raises:
        NotFound: there is none in reach.
        ClientIsErased: it ended, and its client is erased.
    """
    enquiry = await queries.get_enquiry(session, enquiry_id, reached(actor))
    await _require_readable(session, enquiry)
    told = await queries.list_escalations(session, enquiry.id) if actor.kind == "staff" else []
    read = shown(enquiry, actor=actor, now=now)
    return EnquiryDetail(**read.model_dump(), escalations=[EnquiryEscalationRead.model_validate(one) for one in told])


def shown(enquiry: Enquiry, *, actor: Actor, now: datetime) -> EnquiryRead:
    """Return an enquiry as the caller is shown it."""
    values = enquiry.model_dump() | {
        "is_overdue": enquiry.status in rules.OPEN and enquiry.due_at is not None and now > enquiry.due_at,
        "is_met": rules.is_met(enquiry.answered_at, enquiry.due_at),
        "allowed": rules.allowed(enquiry.status),
    }
    if actor.kind != "staff":
        values = {name: value for name, value in values.items() if name in SHOWN_OUTSIDE}
    return EnquiryRead.model_validate(values)


def select_listed(
    actor: Actor,
    *,
    kind: ContactKind | None,
    status: EnquiryStatus | None,
    owner_id: UUID | None,
    client_id: UUID | None,
    escalated_to: str | None,
    is_overdue: bool | None,
    now: datetime,
) -> Select[Enquiry]:
    """Return the select of what a caller reaches and wants.

    Raises:
        FilterNotYours: a client filters by what it is not shown.
    """
    told = {"owner_id": owner_id, "escalated_to": escalated_to, "overdue": is_overdue}
    rules.require_open_filters(told, is_staff=actor.kind == "staff")
    return queries.select_listed(
        reached(actor),
        kind=kind,
        status=status,
        owner_id=owner_id,
        client_id=client_id,
        escalated_to=escalated_to,
        is_overdue=is_overdue,
        now=now,
    )


async def _require_readable(session: AsyncSession, enquiry: Enquiry) -> None:
    # What still waits for an answer gets one, whatever becomes of the client's data.
    if enquiry.status not in rules.OPEN:
        await guard.require_present(session, enquiry.client_id)
