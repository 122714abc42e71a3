from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.suspicions import queries, rules
from complaints.suspicions.schemas import MarkCreate, MarkLift, MarkRead, Suspicions
from complaints.suspicions.tables import GreyMark
from shared.audit import trail
from shared.http.callers import Actor


async def suspicions(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Suspicions:
    """Return the marks on a case and what the records say.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return Suspicions(
        complaint_id=complaint.id,
        marks=[MarkRead.model_validate(one) for one in await queries.list_marks(session, complaint.id)],
        cases_with_same_phone=await queries.count_same_phone(session, complaint.id),
        cases_with_same_words=await queries.count_same_words(session, complaint.id),
    )


async def mark(
    session: AsyncSession, complaint_id: UUID, wanted: MarkCreate, *, actor: Actor, now: datetime
) -> GreyMark:
    """Mark a case; in whatever state, for the case itself is not touched.

    Raises:
        NotFound: there is no such case in reach.
        MarkStands: it carries this mark already.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    if await queries.find_standing(session, complaint.id, wanted.mark):
        raise rules.MarkStands("The case carries this mark already.", pointer="/mark")
    made = GreyMark(
        complaint_id=complaint.id, mark=wanted.mark, evidence=wanted.evidence, marked_at=now, marked_by=actor.name
    )
    session.add(made)
    await session.flush()
    facts = {"mark": wanted.mark}
    await trail.record(
        session, "complaint.grey_marked", kind="complaint", id=complaint.id, reason=wanted.evidence, facts=facts
    )
    return made


async def lift(
    session: AsyncSession, complaint_id: UUID, mark_id: UUID, wanted: MarkLift, *, actor: Actor, now: datetime
) -> GreyMark:
    """Lift a mark that turned out to be wrong; it stays on record.

    Raises:
        NotFound: there is no such case in reach, or no such mark on it.
        MarkIsLifted: so it was already.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    found = await queries.get_mark(session, complaint.id, mark_id)
    if found.lifted_at is not None:
        raise rules.MarkIsLifted("This mark was lifted already.")
    found.lifted_at, found.lifted_by, found.lift_reason = now, actor.name, wanted.reason
    await session.flush()
    facts = {"mark": found.mark}
    await trail.record(
        session, "complaint.grey_mark_lifted", kind="complaint", id=complaint.id, reason=wanted.reason, facts=facts
    )
    return found
