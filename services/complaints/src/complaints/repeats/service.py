from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, InformMethod, Reason
from complaints.cases.tables import Complaint
from complaints.correspondence.rules import Kind
from complaints.correspondence.schemas import ExchangeCreate
from complaints.goals import service as goals
from complaints.repeats import queries, rules
from complaints.repeats.rules import Earlier, Matter
from complaints.repeats.schemas import RepeatCreate
from complaints.repeats.tables import RepeatFiling
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.lineage import clients as lineage


async def require_new(
    session: AsyncSession,
    *,
    client_id: UUID | None,
    phone_hash: bytes | None,
    reason: Reason,
    product_id: UUID | None,
    facts: str,
    received_at: datetime,
    is_other_matter: bool,
    actor: Actor,
) -> UUID | None:
    """Return the ended case that a new complaint repeats; None if it repeats none that the caller reaches.

    A channel does not learn that its client complained elsewhere, nor staff that somebody complains about them.

    Others who file for the same complainant wait until this transaction ends, so that two at once are not both new.

    Raises:
        AlreadyRegistered: the same complaint is being handled.
    """
    complainant = str(await lineage.survivor(session, client_id)) if client_id else (phone_hash or b"").hex()
    await queries.wait_for_others(session, complainant)
    received_on = business_date(received_at)
    row = await policy.row(session, rules.REPEAT_DAYS, on=received_on)
    since = received_on - timedelta(days=int(row.value))
    reached = cases.reached(actor)
    known = await queries.list_earlier(
        session, reached, client_id=client_id, phone_hash=phone_hash, reason=reason, since=since
    )
    found = rules.repeated(Matter(reason, product_id, facts), [_earlier(one) for one in known])
    return rules.require_new(found, is_other_matter=is_other_matter, is_staff=actor.kind == "staff")


async def merge(
    session: AsyncSession, complaint_id: UUID, wanted: RepeatCreate, *, actor: Actor, now: datetime
) -> RepeatFiling:
    """Merge the same complaint into the case that runs; its legal clock stays, the next response is owed.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was informed, or the case is over.
        InstantOutOfRange: before receipt or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.REPEAT, actor=actor)
    method = wanted.method or (InformMethod.PHONE if actor.kind == "staff" else InformMethod.APP)
    said = ExchangeCreate(kind=Kind.MESSAGE, method=method, summary=wanted.facts, at=wanted.received_at)
    message = await goals.exchange(session, complaint.id, said, actor=actor, now=now)
    filing = RepeatFiling(
        complaint_id=complaint.id,
        received_at=message.at,
        method=method,
        facts=wanted.facts,
        recorded_at=now,
        recorded_by=actor.name,
    )
    session.add(filing)
    complaint.version += 1
    await session.flush()
    facts = {"repeat_id": filing.id, "received_at": message.at.isoformat()}
    await trail.record(session, "complaint.repeat_merged", kind="complaint", id=complaint.id, facts=facts)
    return filing


async def repeats(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[RepeatFiling]:
    """Return the select of what was merged into a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_repeats(complaint.id)


def _earlier(complaint: Complaint) -> Earlier:
    matter = Matter(complaint.reason, complaint.product_id, complaint.facts)
    return Earlier(complaint.id, complaint.number, complaint.status, complaint.received_on, complaint.due_on, matter)
