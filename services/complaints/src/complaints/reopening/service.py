from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, FollowUp, Source, require_day
from complaints.cases.tables import Complaint
from complaints.clocks.rules import require_not_handler
from complaints.intake import service as intake
from complaints.intake.schemas import ComplaintCreate
from complaints.reopening import rules
from complaints.reopening.schemas import Reopening
from shared.audit import trail
from shared.clock import business_date, start_of_day
from shared.http.callers import Actor
from shared.money import Money


async def reopen(
    session: AsyncSession, complaint_id: UUID, wanted: Reopening, *, actor: Actor, now: datetime, data_key: bytes
) -> Complaint:
    """Take up an ended matter on new facts; return the new case, whose clock starts on the day they arrived.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case still runs, waits for a review or was withdrawn.
        ApproverIsHandler: the caller handles the case.
        DayOutOfRange: before the complainant was informed or in the future.
        FactsNotNew: the case has them on record.
        AlreadyRegistered: the new facts belong to a case that runs.
        SourceInvalid, ComplainantUnclear, ClientIsErased: see intake.
    """
    ended = await cases.take(session, complaint_id, Command.REOPEN, actor=actor)
    require_not_handler(actor.id, ended.handler_id)
    first = ended.informed_on or ended.received_on
    require_day(wanted.arrived_on, first=first, today=business_date(now), pointer="/arrived_on")
    rules.require_new(wanted.facts, ended.facts)
    again = await follow(
        session,
        ended,
        FollowUp.NEW_FACTS,
        facts=wanted.facts,
        arrived_on=wanted.arrived_on,
        source=wanted.source,
        forwarding_number=wanted.forwarding_number,
        actor=actor,
        now=now,
        data_key=data_key,
    )
    cases.move(ended, Command.REOPEN)
    await cases.raise_version(session, ended)
    return again


async def follow(
    session: AsyncSession,
    ended: Complaint,
    why: FollowUp,
    *,
    facts: str,
    arrived_on: date | None = None,
    source: Source | None = None,
    forwarding_number: str | None = None,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> Complaint:
    """Register the case in which an ended matter is handled again.

    Args:
        session: The transaction.
        ended: The case that ended, with the client or complainant, product, channel and staff member it concerns.
        why: On new facts, or sent back by a review.
        facts: What is new.
        arrived_on: Day from which the clock counts (Asia/Shanghai); today if left out.
        source: How it came in; as the ended case if left out.
        forwarding_number: The authority's number, where `source` needs one.
        actor: Who does it.
        now: The present instant.
        data_key: Decrypts and encrypts contact data of complainants who are no clients.
    """
    day = arrived_on or business_date(now)
    number = forwarding_number if source else ended.forwarding_number
    wanted = ComplaintCreate.model_construct(
        facts=f"{ended.facts or ''}\n（{day}，{why.zh}，原投诉{ended.number}）{facts}".strip(),
        reason=ended.reason,
        demand=ended.demand,
        amount=None if ended.amount is None else Money.from_fen(ended.amount),
        client_id=ended.client_id,
        complainant=None if ended.client_id else await intake.find_contact(session, ended.id, data_key=data_key),
        product_id=ended.product_id,
        channel_id=ended.channel_id,
        source=source or ended.source,
        forwarding_number=number,
        level=ended.level,
        named_staff_id=ended.named_staff_id,
        # What a review sends back is the same matter, whoever filed it elsewhere meanwhile.
        is_other_matter=why is FollowUp.SENT_BACK or None,
        received_at=start_of_day(day) if day < business_date(now) else now,
    )
    again = await intake.register(session, wanted, actor=actor, now=now, data_key=data_key)
    again.follows_id, again.follows_for = ended.id, why
    await session.flush()
    facts_kept = {"follow_up_id": again.id, "why": why}
    await trail.record(session, "complaint.followed_up", kind="complaint", id=ended.id, facts=facts_kept)
    return again
