from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, Source
from complaints.cases.tables import Complaint
from complaints.classification import service as classification
from complaints.classification.rules import more_urgent
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.goals import service as goals
from complaints.intake import queries, rules
from complaints.intake.rules import Filing, Given
from complaints.intake.schemas import ComplaintCreate
from complaints.parties import service as parties
from complaints.parties.rules import refuse_foreign
from complaints.parties.schemas import ComplainantCreate, ComplainantRead
from complaints.parties.tables import Complainant
from complaints.repeats import service as repeats
from complaints.representatives import service as representatives
from complaints.signals import service as signals
from complaints.traits.rules import regime_of
from shared.audit import trail
from shared.delivery import outbox
from shared.erasure import guard
from shared.events.complaints import ComplaintClientLinked, ComplaintRegistered
from shared.http.callers import Actor
from shared.ids import new_id

#: What staff alone say of a complaint.
_STAFFS = (
    *("agent", "heir", "joint", "urgency", "tags", "is_other_matter"),
    *("channel_code", "business_code", "reason_code", "classification_note"),
)


async def register(
    session: AsyncSession, wanted: ComplaintCreate, *, actor: Actor, now: datetime, data_key: bytes
) -> Complaint:
    """Register a complaint and start its legal clock; the client may be one that was never heard of.

    Args:
        session: The request's session.
        wanted: What the caller filed.
        actor: A staff member, a channel or a client.
        now: The present instant.
        data_key: Encrypts contact data of strangers; 32 bytes.

    Raises:
        FieldNotYours, SourceInvalid, ComplainantUnclear, ReceiptOutOfRange: see the rules.
        WithoutAuthority, PersonUnclear, TooManyRepresentatives, PersonsTooFew: see those of representatives.
        CodeNotInForce, NoteMissing, ReasonDiffers: see those of classification.
        AlreadyRegistered: the same complaint is being handled.
        ClientNotOfChannel: a channel names a client that is not its own.
        ClientIsErased: the client is erased.
    """
    if actor.kind != "staff":
        refuse_foreign({f"/{name}": getattr(wanted, name) is not None for name in _STAFFS})
    filing = rules.filing(_given(wanted), kind=actor.kind, caller_id=actor.id, now=now)
    if filing.client_id is not None:
        await guard.require_present(session, filing.client_id)
        if actor.kind == "channel":
            await parties.require_of_channel(session, filing.client_id, actor.id, pointer="/client_id")
        await parties.hear_of(session, [filing.client_id], at=now)
    repeat_of = await _repeat_of(session, wanted, filing, actor=actor, data_key=data_key)
    regime = regime_of(is_from_pboc=filing.source is Source.PBOC, received_on=filing.received_on)
    rule = await clocks.limit_at_receipt(session, filing.received_on, regime)
    complaint = await _complaint(session, wanted, filing, limit_days=int(rule.value), actor=actor, now=now)
    complaint.repeat_of = repeat_of
    session.add(complaint)
    await _take_in_speakers(session, wanted, complaint, actor=actor, now=now, data_key=data_key)
    await classification.require_codes(session, complaint)
    complaint.urgency = more_urgent(await classification.urgency(session, complaint), wanted.urgency)
    event = registered_event(complaint)
    await outbox.record(session, complaint, event)
    await clocks.keep(session, [clocks.started(complaint, rule, event, version=complaint.version, now=now)])
    if wanted.complainant is not None:
        contact = parties.sealed_contact(wanted.complainant, place=complaint.id, data_key=data_key)
        session.add(Complainant(complaint_id=complaint.id, **contact))
    if wanted.is_other_matter:
        await trail.record(session, "complaint.filed_as_other_matter", kind="complaint", id=complaint.id)
    await goals.refresh(session, complaint, now=now)
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


async def _repeat_of(
    session: AsyncSession, wanted: ComplaintCreate, filing: Filing, *, actor: Actor, data_key: bytes
) -> UUID | None:
    """Return the ended case that is complained about again; a duplicate of one that runs is refused."""
    return await repeats.require_new(
        session,
        client_id=filing.client_id,
        phone_hash=parties.phone_hash(wanted.complainant.phone, data_key=data_key) if wanted.complainant else None,
        reason=wanted.reason,
        product_id=wanted.product_id,
        facts=wanted.facts,
        received_at=filing.received_at,
        is_other_matter=wanted.is_other_matter or False,
        actor=actor,
    )


async def _take_in_speakers(
    session: AsyncSession,
    wanted: ComplaintCreate,
    complaint: Complaint,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> None:
    await representatives.take_in(
        session,
        complaint,
        agent=wanted.agent,
        heir=wanted.heir,
        joint=wanted.joint,
        actor=actor,
        now=now,
        data_key=data_key,
    )


async def next_number(session: AsyncSession, year: int) -> str:
    """Return the next number of a case received in `year`; others who ask wait until this transaction ends."""
    return (await next_numbers(session, year, 1))[0]


async def next_numbers(session: AsyncSession, year: int, count: int) -> list[str]:
    """Return the next `count` numbers of cases received in `year`."""
    last = await queries.raise_sequence(session, year, count)
    return [rules.case_number(year, sequence) for sequence in range(last - count + 1, last + 1)]


def registered_event(complaint: Complaint) -> ComplaintRegistered:
    """Return the event that tells of a new case."""
    return ComplaintRegistered(
        **cases.about(complaint, at=complaint.received_at),
        product_id=complaint.product_id,
        level=complaint.level,
        reason=complaint.reason,
        received_on=complaint.received_on,
        due_on=complaint.due_on,
    )


async def link_client(
    session: AsyncSession, complaint_id: UUID, client_id: UUID, *, actor: Actor, now: datetime
) -> Complaint:
    """Record which client a case concerns, once it is known.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case was withdrawn.
        ClientAlreadyLinked: a client is linked already.
        ClientIsErased: the client is erased.
    """
    complaint = await cases.take(session, complaint_id, Command.LINK_CLIENT, actor=actor)
    if complaint.client_id is not None:
        raise rules.ClientAlreadyLinked("This case is linked to a client already.")
    await guard.require_present(session, client_id)
    await parties.hear_of(session, [client_id], at=now)
    complaint.client_id = client_id
    event = ComplaintClientLinked(
        occurred_at=now, complaint_id=complaint.id, client_id=client_id, channel_id=complaint.channel_id
    )
    await outbox.record(session, complaint, event)
    await trail.record(
        session, "complaint.client_linked", kind="complaint", id=complaint.id, facts={"client_id": client_id}
    )
    await signals.mark_changed(session, [client_id])
    return complaint


async def complainant(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Complainant:
    """Return the complainant of a case who is no client, for showing masked.

    Raises:
        NotFound: there is no such case in reach, or it is a client's.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return await parties.complainant(session, complaint.id)


async def reveal(
    session: AsyncSession, complaint_id: UUID, *, reason: str, actor: Actor, data_key: bytes
) -> ComplainantRead:
    """Return the complainant's name and phone in clear and write who saw them why into the audit trail.

    Raises:
        NotFound: there is no such case in reach, or it is a client's.
    """
    found = await complainant(session, complaint_id, actor=actor)
    await trail.record(session, "complainant.revealed", kind="complaint", id=complaint_id, reason=reason)
    return parties.unsealed_contact(found.sealed, place=complaint_id, data_key=data_key)


async def find_contact(session: AsyncSession, complaint_id: UUID, *, data_key: bytes) -> ComplainantCreate | None:
    """Return name and phone of a case's complainant who is no client, to be kept elsewhere; None if there are none."""
    found = await parties.find_complainant(session, complaint_id)
    if found is None:
        return None
    clear = parties.unsealed_contact(found.sealed, place=complaint_id, data_key=data_key)
    return ComplainantCreate(name=clear.name, phone=clear.phone)


def _given(wanted: ComplaintCreate) -> Given:
    return Given(
        source=wanted.source,
        level=wanted.level,
        received_at=wanted.received_at,
        client_id=wanted.client_id,
        channel_id=wanted.channel_id,
        named_staff_id=wanted.named_staff_id,
        forwarding_number=wanted.forwarding_number,
        has_complainant=wanted.complainant is not None,
    )


async def _complaint(
    session: AsyncSession, wanted: ComplaintCreate, filing: Filing, *, limit_days: int, actor: Actor, now: datetime
) -> Complaint:
    complaint_id = new_id()
    return Complaint(
        id=complaint_id,
        event_key=complaint_id,
        number=await next_number(session, filing.received_on.year),
        level=filing.level,
        regime=regime_of(is_from_pboc=filing.source is Source.PBOC, received_on=filing.received_on),
        channel_code=wanted.channel_code,
        business_code=wanted.business_code,
        reason_code=wanted.reason_code,
        classification_note=wanted.classification_note,
        tags=[*dict.fromkeys(wanted.tags or [])],
        request_kinds=[*dict.fromkeys(wanted.request_kinds or [])],
        source=filing.source,
        forwarding_number=wanted.forwarding_number,
        reason=wanted.reason,
        client_id=filing.client_id,
        # What the company holds is filled in, not asked for: who sold this product to this client.
        channel_id=filing.channel_id or await parties.channel_of_sale(session, filing.client_id, wanted.product_id),
        product_id=wanted.product_id,
        named_staff_id=wanted.named_staff_id,
        received_at=filing.received_at,
        received_on=filing.received_on,
        registered_at=now,
        registered_by=actor.name,
        facts=wanted.facts,
        demand=wanted.demand,
        amount=wanted.amount.fen if wanted.amount else None,
        due_on=clock_rules.due_date(filing.received_on, limit_days),
    )
