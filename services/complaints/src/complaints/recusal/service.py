from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import OPEN
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.parties.rules import Exclusion
from complaints.recusal import queries, rules
from complaints.recusal.rules import Interest, Matter, Window
from complaints.signals import service as signals
from shared import policy
from shared.audit import trail
from shared.http.callers import Actor


async def interests(session: AsyncSession, complaint: Complaint) -> list[Interest]:
    """Return who has a direct interest in a case, as far as events told."""
    sales = await signals.sales(
        session, complaint.client_id, product_id=complaint.product_id, until=complaint.received_on
    )
    row = await policy.row(session, rules.POLICY, on=complaint.received_on)
    window = Window.of(row.value, version=row.version)
    since = min((sale.applied_on for sale in sales), default=complaint.received_on) - timedelta(days=window.days_before)
    matter = Matter(
        received_on=complaint.received_on,
        named_staff_id=complaint.named_staff_id,
        manager_ids=await parties.managers_of(session, complaint.client_id),
        channel_staff=await parties.at_work_as(session, rules.CHANNEL_OFFICE) if complaint.channel_id else (),
        sales=sales,
        terms=await parties.terms(session, complaint.client_id) if sales else (),
        talks=await signals.talks(session, complaint.client_id, since=since, until=complaint.received_on)
        if sales
        else (),
    )
    return rules.interests(matter, window)


async def kinds(session: AsyncSession, complaint: Complaint, person_id: UUID) -> list[Exclusion]:
    """Return the direct interests of a person in a case."""
    return rules.kinds(await interests(session, complaint), person_id)


async def require_none(session: AsyncSession, complaint: Complaint, actor: Actor) -> None:
    """Refuse that the caller acts in a case in which they have an interest by now.

    Raises:
        HandlerExcluded: says which.
    """
    rules.require_may_handle(await kinds(session, complaint, actor.id), pointer=None)


async def against(session: AsyncSession, complaint: Complaint, person_id: UUID) -> list[Exclusion] | None:
    """Return every reason against somebody as the handler of a case; None while client-profile has not told of them."""
    person = await parties.find_staff(session, person_id)
    if person is None:
        return None
    found = await interests(session, complaint)
    return rules.exclusions(found, person.id, roles=person.roles, has_left=person.left_at is not None)


async def watch(session: AsyncSession, now: datetime, limit: int) -> int:
    """Mark open cases whose handler is excluded by now, and unmark the others. A timer of the worker.

    Return how many marks changed. Cases that somebody works on at this moment are left for the next time.
    """
    changed = 0
    for complaint in await cases.lock_free(session, await queries.list_doubtful(session)):
        if complaint.handler_id is None or complaint.status not in OPEN or changed >= limit:
            continue
        found = await against(session, complaint, complaint.handler_id) or []
        if found == complaint.handler_exclusions:
            continue
        complaint.handler_exclusions = [*found]
        await cases.raise_version(session, complaint)
        facts = {"handler_id": complaint.handler_id, "exclusions": found}
        await trail.record(session, "complaint.recusal_found", kind="complaint", id=complaint.id, facts=facts)
        changed += 1
    return changed
