from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.at_risk.tables import ClientAtRisk


async def put(session: AsyncSession, row: ClientAtRisk, *, keeps_flagged_at: bool) -> None:
    """Write what was told last; an older version changes nothing."""
    new = insert(ClientAtRisk).values(row.model_dump())
    changed = {name: new.excluded[name] for name in ("version", "level", "score", "reasons", "flagged_at")}
    if keeps_flagged_at:
        del changed["flagged_at"]
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["client_id"], set_=changed, where=col(ClientAtRisk.version) < new.excluded.version
        )
    )


def select_flagged(level: str | None) -> Select[ClientAtRisk]:
    statement = select(ClientAtRisk).where(col(ClientAtRisk.flagged_at).is_not(None))
    return statement if level is None else statement.where(col(ClientAtRisk.level) == level)
