from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.channels import rules
from complaints.handling import service as handling
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import ComplaintChannelOutcomeRecorded
from shared.money import Money


async def record_outcomes(session: AsyncSession, complaints: Collection[Complaint], *, now: datetime) -> None:
    """Tell of the outcome of each case that has ended and has a channel; the others are left out."""
    ended = [one for one in complaints if one.channel_id and (one.informed_on or one.withdrawn_on)]
    if not ended:
        return
    given = await handling.statements(session, [one.id for one in ended])
    told = [(one, _outcome_event(one, given.get(one.id, (0, None)), at=now)) for one in ended]
    await outbox.record_many(session, told)


def _outcome_event(
    complaint: Complaint, given: tuple[int, datetime | None], *, at: datetime
) -> ComplaintChannelOutcomeRecorded:
    ended_on = complaint.informed_on or complaint.withdrawn_on
    assert ended_on is not None  # noqa: S101  # only ended cases are told of
    statements, first_at = given
    return ComplaintChannelOutcomeRecorded(
        **cases.about(complaint, at=at),
        product_id=complaint.product_id,
        level=complaint.level,
        reason=complaint.reason,
        outcome=rules.outcome_of(is_withdrawn=complaint.withdrawn_on is not None, is_upheld=complaint.is_upheld),
        received_on=complaint.received_on,
        ended_on=ended_on,
        is_in_time=complaint.is_in_time,
        root_cause=complaint.root_cause,
        compensation=None if complaint.compensation is None else Money.from_fen(complaint.compensation),
        statements=statements,
        first_stated_on=None if first_at is None else business_date(first_at),
    )
