from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus
from channel_commission.due_diligence import queries, rules
from channel_commission.due_diligence.schemas import FindingCreate
from channel_commission.due_diligence.tables import DueDiligenceFinding
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor

#: Nothing to look into: not begun, or over.
_CLOSED = (ChannelStatus.PROSPECT, ChannelStatus.TERMINATED, ChannelStatus.BLACKLISTED)


async def record(
    session: AsyncSession, channel_id: UUID, wanted: FindingCreate, *, actor: Actor, now: datetime
) -> DueDiligenceFinding:
    """Keep what was found on a topic, also of a partner long admitted: due diligence is repeated.

    Raises:
        NotFound: no channel has this id.
        NotExamined: due diligence has not begun, or the partner is gone.
    """
    channel = await channels.get(session, channel_id, lock=True)
    if channel.status in _CLOSED:
        raise rules.NotExamined(f"A channel that is {channel.status} is not examined.", state=channel.status.value)
    found = DueDiligenceFinding(channel_id=channel_id, found_by=actor.id, found_at=now, **wanted.model_dump())
    session.add(found)
    await session.flush()
    facts = {"topic": found.topic.value, "outcome": found.outcome.value, "finding_id": found.id}
    await trail.record(session, "channel.examined", kind="channel", id=channel_id, reason=found.finding, facts=facts)
    return found


async def latest(session: AsyncSession, channel_id: UUID) -> Sequence[DueDiligenceFinding]:
    """Return the last finding on each topic of a channel."""
    return await queries.findings(session, channel_id)


async def require_passed(session: AsyncSession, channel_id: UUID, *, approver: UUID, now: datetime) -> None:
    """Refuse that a partner is admitted against its due diligence, or by somebody who did it.

    Raises:
        FindingFailed, FindingsMissing: a topic failed, or one the house wants was not looked into.
        SecondPersonNeeded: the approver found something.
    """
    rules.require_second_person(await queries.finders(session, channel_id), approver)
    row = await policy.row(session, "channel.due_diligence_topics", on=business_date(now))
    latest = {found.topic: found.outcome for found in await queries.findings(session, channel_id)}
    rules.require_passed(latest, row.value)
