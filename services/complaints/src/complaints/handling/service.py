from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.approvals import rules as approval_rules
from complaints.approvals import service as approvals
from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.handling import queries, rules
from complaints.handling.schemas import CooperationCreate, Proposal
from complaints.handling.tables import Cooperation
from complaints.recusal import service as recusal
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import ComplaintDecided
from shared.http.callers import Actor
from shared.http.preconditions import require_version


async def propose(session: AsyncSession, complaint_id: UUID, wanted: Proposal, *, actor: Actor) -> Complaint:
    """Propose a decision for approval.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not with a handler.
        NotTheHandler: somebody else handles it.
        HandlerExcluded: the handler has an interest by now, e.g. became the client's manager.
        ClassificationMissing: the case lacks a code.
    """
    complaint = await cases.take(session, complaint_id, Command.PROPOSE, actor=actor)
    rules.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=False)
    await recusal.require_none(session, complaint, actor)
    rules.require_classified(_codes(complaint))
    cases.move(complaint, Command.PROPOSE)
    complaint.decision, complaint.basis, complaint.remedies = wanted.decision, wanted.basis, wanted.remedies
    complaint.is_upheld, complaint.proposed_by = wanted.is_upheld, actor.id
    complaint.proposed_compensation = wanted.compensation.fen if wanted.compensation else None
    await cases.raise_version(session, complaint)
    facts = {"is_upheld": wanted.is_upheld, "compensation_fen": complaint.proposed_compensation}
    await trail.record(session, "complaint.proposed", kind="complaint", id=complaint.id, facts=facts)
    return complaint


async def send_back(session: AsyncSession, complaint_id: UUID, *, reason: str, actor: Actor) -> Complaint:
    """Send a proposed decision back to the handler.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no decision is proposed.
        ApproverNotIndependent: the caller wrote it, handles the case or has an interest.
    """
    complaint = await cases.take(session, complaint_id, Command.SEND_BACK, actor=actor)
    await require_independent(session, complaint, actor, author_id=complaint.proposed_by)
    cases.move(complaint, Command.SEND_BACK)
    await cases.raise_version(session, complaint)
    await trail.record(session, "complaint.sent_back", kind="complaint", id=complaint.id, reason=reason)
    return complaint


async def approve(
    session: AsyncSession, complaint_id: UUID, *, read_version: int, actor: Actor, now: datetime
) -> Complaint:
    """Approve the proposed decision that was read, and what it pays; the clock runs on until informing.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no decision is proposed.
        Stale: the case changed since it was read.
        ApproverNotIndependent: the caller wrote it, handles the case or has an interest.
        ClassificationMissing: the case lacks a code.
        ApprovalAboveLimit: what it pays, or the level of the case, is for a senior executive.
    """
    complaint = await cases.take(session, complaint_id, Command.APPROVE, actor=actor)
    require_version(read_version, complaint.version)
    await require_independent(session, complaint, actor, author_id=complaint.proposed_by)
    rules.require_classified(_codes(complaint))
    limits = await approvals.limits(session, on=business_date(now))
    paid = complaint.proposed_compensation or 0
    approval_rules.require_authority(actor.roles, limits.needed(complaint.level, paid), version=limits.version)
    cases.move(complaint, Command.APPROVE)
    complaint.approved_by, complaint.decided_on = actor.id, business_date(now)
    event = ComplaintDecided(
        **cases.about(complaint, at=now),
        is_upheld=bool(complaint.is_upheld),
    )
    await outbox.record(session, complaint, event)
    facts = {"proposed_by": complaint.proposed_by, "is_upheld": complaint.is_upheld}
    facts |= limits.facts(complaint.level, paid)
    await trail.record(session, "complaint.approved", kind="complaint", id=complaint.id, facts=facts)
    return complaint


async def cooperate(
    session: AsyncSession, complaint_id: UUID, wanted: CooperationCreate, *, actor: Actor, now: datetime
) -> Cooperation:
    """Keep what the channel whose sale a case concerns says to it.

    Raises:
        NotFound: there is no such case about the channel's sales.
        CommandNotAllowed: the case is over.
    """
    complaint = await cases.take(session, complaint_id, Command.COOPERATE, actor=actor)
    given = Cooperation(
        complaint_id=complaint.id,
        channel_id=actor.id,
        statement=wanted.statement,
        evidence=wanted.evidence,
        given_at=now,
    )
    session.add(given)
    await session.flush()
    return given


async def cooperation(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[Cooperation]:
    """Return the select of what the channel said to a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_cooperation(complaint.id)


async def statements(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, tuple[int, datetime | None]]:
    """Return how many statements the channel gave to each case, and when the first; cases without any are left out."""
    return await queries.count_statements(session, complaint_ids)


async def require_independent(
    session: AsyncSession, complaint: Complaint, actor: Actor, *, author_id: UUID | None
) -> None:
    """Refuse that the caller approves what they wrote, in a case that they handle or have an interest in.

    Raises:
        ApproverNotIndependent: one of these.
    """
    found = await recusal.kinds(session, complaint, actor.id)
    rules.require_independent(actor.id, author_id=author_id, handler_id=complaint.handler_id, found=found)


def _codes(complaint: Complaint) -> dict[str, str | None]:
    return {name: getattr(complaint, name) for name in ("channel_code", "business_code", "reason_code")}
