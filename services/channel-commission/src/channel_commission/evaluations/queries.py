from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.evaluations.rules import EvaluationStatus
from channel_commission.evaluations.tables import Evaluation
from channel_commission.scorecards.rules import Grade
from shared.errors import NotFound
from shared.http.callers import Actor

_TO_DO = (EvaluationStatus.DUE, EvaluationStatus.SUBMITTED)

#: Channels that sell, or would, and whose last evaluation, or first activity, lies long enough back.
_OPEN_PERIODIC = text(
    "INSERT INTO evaluation (id, channel_id, kind, status, stage, opened_at, due_on)"
    " SELECT uuidv7(), channel.id, 'periodic', 'due', 'none', :now, due.on_day FROM channel"
    " CROSS JOIN LATERAL (SELECT (coalesce("
    "   (SELECT max(decided_on) FROM evaluation WHERE channel_id = channel.id AND status = 'passed'),"
    "   (SELECT min(active_from) FROM channel_active_span WHERE channel_id = channel.id)"
    "  ) + make_interval(months => :months))::date AS on_day) AS due"
    " WHERE channel.status IN ('active', 'suspended') AND due.on_day - :notice_days <= :today"
    " AND NOT EXISTS (SELECT FROM evaluation WHERE channel_id = channel.id AND kind = 'periodic'"
    "  AND status IN ('due', 'submitted'))"
    " ORDER BY channel.id LIMIT :limit ON CONFLICT DO NOTHING"
)
_OPEN_TRIGGERED = text(
    "INSERT INTO evaluation (id, channel_id, kind, trigger_id, status, stage, opened_at, due_on)"
    " SELECT uuidv7(), channel_id, 'risk_event', risk_event.id, 'due', 'none', :now,"
    "  (reported_at AT TIME ZONE 'Asia/Shanghai')::date + :trigger_days"
    " FROM risk_event JOIN channel ON channel.id = risk_event.channel_id"
    " WHERE channel.status IN ('active', 'suspended')"
    " AND (severity = ANY(:severities) OR red_line IS NOT NULL)"
    " AND NOT EXISTS (SELECT FROM evaluation WHERE trigger_id = risk_event.id)"
    " ORDER BY risk_event.id LIMIT :limit ON CONFLICT DO NOTHING"
)


async def open_periodic(
    session: AsyncSession, *, months: int, notice_days: int, today: date, now: datetime, limit: int
) -> None:
    values = {"months": months, "notice_days": notice_days, "today": today, "now": now, "limit": limit}
    await session.execute(_OPEN_PERIODIC, values)


async def open_triggered(
    session: AsyncSession, *, severities: Sequence[str], trigger_days: int, now: datetime, limit: int
) -> None:
    values = {"severities": list(severities), "trigger_days": trigger_days, "now": now, "limit": limit}
    await session.execute(_OPEN_TRIGGERED, values)


async def lock_unsettled(
    session: AsyncSession, *, today: date, suspend_days: int, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Return channel and id of evaluations whose stage is behind, their channels locked in the order of their ids."""
    statement = text(
        "SELECT channel.id AS channel_id, evaluation.id FROM evaluation JOIN channel ON channel.id = channel_id"
        " CROSS JOIN LATERAL (SELECT least(due_on + 1, decided_on) AS on_day) AS since"
        " WHERE settled_at IS NULL AND channel.status NOT IN ('terminated', 'blacklisted')"
        " AND (stage = 'none' AND since.on_day <= :today"
        "  OR stage = 'no_new_products' AND since.on_day + :suspend_days <= :today)"
        " ORDER BY channel.id, evaluation.id LIMIT :limit FOR NO KEY UPDATE OF channel SKIP LOCKED"
    )
    found = await session.execute(statement, {"today": today, "suspend_days": suspend_days, "limit": limit})
    return [(row.channel_id, row.id) for row in found]


async def get_evaluation(session: AsyncSession, evaluation_id: UUID, *, for_update: bool = False) -> Evaluation:
    statement = select(Evaluation).where(col(Evaluation.id) == evaluation_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No evaluation has this id.")
    return found


async def has_ordered(session: AsyncSession, channel_id: UUID) -> bool:
    statement = select(col(Evaluation.id)).where(
        col(Evaluation.channel_id) == channel_id,
        col(Evaluation.kind) == "ordered",
        col(Evaluation.status).in_(_TO_DO),
    )
    return (await session.execute(statement)).first() is not None


async def last_grades(session: AsyncSession, channel_id: UUID) -> list[Grade]:
    """Return the grades of the last two decided evaluations of a channel, the latest first."""
    statement = (
        select(col(Evaluation.grade))
        .where(col(Evaluation.channel_id) == channel_id, col(Evaluation.decided_on).is_not(None))
        .order_by(col(Evaluation.decided_on).desc(), col(Evaluation.id).desc())
        .limit(2)
    )
    return [grade for grade in (await session.execute(statement)).scalars() if grade]


async def unsettled_failed(session: AsyncSession, channel_id: UUID) -> list[Evaluation]:
    statement = select(Evaluation).where(
        col(Evaluation.channel_id) == channel_id,
        col(Evaluation.status) == EvaluationStatus.FAILED,
        col(Evaluation.settled_at).is_(None),
    )
    return list((await session.execute(statement.order_by(col(Evaluation.id)))).scalars())


def select_evaluations(
    actor: Actor, *, channel_id: UUID | None, status: Sequence[EvaluationStatus] | None
) -> Select[Evaluation]:
    statement = select(Evaluation).where(actor.within(channel=col(Evaluation.channel_id)))
    if channel_id is not None:
        statement = statement.where(col(Evaluation.channel_id) == channel_id)
    return statement if not status else statement.where(col(Evaluation.status).in_(status))
