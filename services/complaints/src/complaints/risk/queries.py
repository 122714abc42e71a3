from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.reasons.rules import RiskLevel
from complaints.risk.rules import Standing
from complaints.risk.tables import ClientRisk, RiskOverride
from shared.rows import is_one_of

_ENSURE = text(
    "INSERT INTO client_risk (id, version, event_key, level, score, reasons, rule_version, assessed_on)"
    " SELECT id, 0, id, 'low', 0, '{}', :rule_version, :today FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)"
    " WHERE NOT EXISTS (SELECT FROM client_risk WHERE client_risk.id = wanted.id) ORDER BY id ON CONFLICT DO NOTHING"
)
_IS_CALM = "level = 'low' AND score = 0 AND reasons = '{}'"
# A row that somebody else holds is being assessed there: nobody waits here, so that locks are taken in one order only.
_MARK_CALM = text(
    "UPDATE client_risk SET assessed_on = :today, rule_version = :rule_version FROM ("
    f" SELECT id FROM client_risk WHERE id = ANY(:ids) AND id <> ALL(:notable) AND {_IS_CALM}"
    " AND (assessed_on, rule_version) <> (:today, :rule_version) FOR UPDATE SKIP LOCKED) AS calm"
    " WHERE client_risk.id = calm.id"
)
_LOCK_OTHERS = text(
    "SELECT id, level, score, reasons FROM client_risk"
    f" WHERE id = ANY(:ids) AND (id = ANY(:notable) OR NOT ({_IS_CALM})) ORDER BY id FOR UPDATE"
)
_ASSESSED = text(
    "UPDATE client_risk SET assessed_on = :today, rule_version = :rule_version"
    " WHERE id = ANY(:ids) AND (assessed_on, rule_version) <> (:today, :rule_version)"
)
# Written out in the statement: with bound values the planner could not see that the index of flagged clients fits.
_IS_FLAGGED = col(ClientRisk.level).in_(
    bindparam("flagged", [RiskLevel.HIGH, RiskLevel.MEDIUM], expanding=True, literal_execute=True)
)


async def mark_calm(
    session: AsyncSession, client_ids: Sequence[UUID], notable: Collection[UUID], *, rule_version: str, today: date
) -> None:
    """Make the clients' rows where missing, and mark those assessed that are calm and not notable, unread."""
    values = {"ids": client_ids, "rule_version": rule_version, "today": today}
    await session.execute(_ENSURE, values)
    await session.execute(_MARK_CALM, values | {"notable": list(notable)})


async def lock_others(
    session: AsyncSession, client_ids: Sequence[UUID], notable: Collection[UUID]
) -> dict[UUID, Standing]:
    """Lock the rows of clients that are notable or not calm, in the order of their ids; return what they say."""
    found = await session.execute(_LOCK_OTHERS, {"ids": client_ids, "notable": list(notable)})
    return {id: Standing(RiskLevel(level), score, frozenset(reasons)) for id, level, score, reasons in found}


async def list_rows(session: AsyncSession, client_ids: Sequence[UUID]) -> list[ClientRisk]:
    return list((await session.execute(select(ClientRisk).where(is_one_of(col(ClientRisk.id), client_ids)))).scalars())


async def mark_assessed(session: AsyncSession, client_ids: Sequence[UUID], *, rule_version: str, today: date) -> None:
    await session.execute(_ASSESSED, {"ids": client_ids, "rule_version": rule_version, "today": today})


async def list_not_assessed_since(session: AsyncSession, today: date, limit: int) -> list[UUID]:
    """Lock and return clients last assessed before `today`; those another worker holds are passed over."""
    statement = (
        select(col(ClientRisk.id))
        .where(col(ClientRisk.assessed_on) < today)
        .order_by(col(ClientRisk.assessed_on), col(ClientRisk.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.execute(statement)).scalars())


async def overrides(
    session: AsyncSession, client_ids: Sequence[UUID], *, today: date
) -> dict[UUID, list[RiskOverride]]:
    """Return the judgements that hold today, the last given last."""
    given_on, until = col(RiskOverride.given_on), col(RiskOverride.until)
    statement = select(RiskOverride).where(
        is_one_of(col(RiskOverride.client_id), client_ids), given_on <= today, today < until
    )
    by_client: dict[UUID, list[RiskOverride]] = defaultdict(list)
    for row in (await session.execute(statement.order_by(given_on, col(RiskOverride.id)))).scalars():
        by_client[row.client_id].append(row)
    return by_client


async def find(session: AsyncSession, client_id: UUID) -> ClientRisk | None:
    return await session.get(ClientRisk, client_id)


def select_listed(reached: ColumnElement[bool], level: RiskLevel | None) -> Select[ClientRisk]:
    statement = select(ClientRisk).where(reached)
    return statement.where(_IS_FLAGGED if level is None else col(ClientRisk.level) == level)
