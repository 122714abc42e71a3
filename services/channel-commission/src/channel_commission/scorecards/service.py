from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.scorecards import queries, rules
from channel_commission.scorecards.rules import Facts
from channel_commission.scorecards.schemas import Computed, LineRead, ScorecardPeriod, ScorecardRead, ScorecardWhy
from channel_commission.scorecards.tables import ChannelScorecard
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.ids import new_id


async def compute(session: AsyncSession, wanted: ScorecardPeriod, *, now: datetime) -> Computed:
    """Compute the scorecards of all channels that could sell in a period; what did not change is not written again.

    Raises:
        PeriodEmpty: the period has no days.
        PeriodNotOver: it has days to come.
    """
    rules.require_period(wanted.start, wanted.until, today=business_date(now))
    await queries.hold(session)
    # The policy of its first day judges a period: a channel knows beforehand what it is measured by.
    row = await policy.row(session, "channel.scorecard", on=wanted.start)
    facts_of = await queries.facts(session, start=wanted.start, until=wanted.until, channel_id=wanted.channel_id)
    latest = await queries.latest(session, facts_of.keys(), start=wanted.start, until=wanted.until)
    changed = []
    for channel_id, facts in facts_of.items():
        before = latest.get(channel_id)
        if before is not None and (Facts(**before.facts), before.policy) == (Facts(**facts), row.value):
            continue
        card = rules.scorecard(Facts(**facts), row.value)
        changed.append(
            ChannelScorecard(
                channel_id=channel_id,
                valid_from=wanted.start,
                valid_until=wanted.until,
                revision=before.revision + 1 if before else 1,
                facts=facts,
                policy=row.value,
                policy_version=row.version,
                score=card.score,
                grade=card.grade,
                computed_at=now,
            )
        )
    session.add_all(changed)
    facts_told = {"start": wanted.start, "until": wanted.until, "changed": len(changed)}
    await trail.record(session, "scorecards.computed", kind="scorecards", id=new_id(), facts=facts_told)
    return Computed(channels=len(facts_of), changed=len(changed))


async def get(session: AsyncSession, scorecard_id: UUID) -> ChannelScorecard:
    """Return a scorecard.

    Raises:
        NotFound: none has this id.
    """
    return await queries.get_scorecard(session, scorecard_id)


async def why(session: AsyncSession, scorecard_id: UUID, *, actor: Actor) -> ScorecardWhy:
    """Return a scorecard line by line, computed again from its facts and policy.

    Raises:
        NotFound: the caller reaches no such scorecard.
    """
    kept = await queries.get_scorecard(session, scorecard_id, actor=actor)
    again = rules.scorecard(Facts(**kept.facts), kept.policy)
    return ScorecardWhy(
        **read(kept).model_dump(),
        facts=kept.facts,
        policy=kept.policy,
        lines=[
            LineRead(code=one.code, code_zh=one.code.zh, weight=one.weight, points=one.points, how=one.how)
            for one in again.lines
        ],
        red_lines=list(again.red_lines),
        is_same=(again.score, again.grade) == (kept.score, kept.grade),
    )


def read(card: ChannelScorecard) -> ScorecardRead:
    """Return a scorecard as callers see it."""
    return ScorecardRead.model_validate({**card.model_dump(), "grade_zh": card.grade and card.grade.zh})
