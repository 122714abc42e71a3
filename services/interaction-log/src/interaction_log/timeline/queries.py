from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.timeline.tables import CaseClient, TimelineEntry
from shared.lineage.clients import is_about

Rows = Sequence[Mapping[str, Any]]


async def add_entries(session: AsyncSession, rows: Rows) -> None:
    await session.execute(insert(TimelineEntry).on_conflict_do_nothing(), rows)


async def link_cases(session: AsyncSession, rows: Rows) -> None:
    await session.execute(insert(CaseClient).on_conflict_do_nothing(), rows)


def select_of_client(client_id: UUID, types: Collection[str]) -> Select[TimelineEntry]:
    """A case's entries are found through its clients, so that it does not matter when they became known."""
    cases = select(col(CaseClient.complaint_id)).where(is_about(col(CaseClient.client_id), client_id)).scalar_subquery()
    # As an array the cases are read once and both indexes serve; with IN the whole table would be read.
    about_client = or_(
        is_about(col(TimelineEntry.client_id), client_id),
        col(TimelineEntry.complaint_id) == any_(func.array(cases, type_=ARRAY(Uuid))),
    )
    return select(TimelineEntry).where(about_client, col(TimelineEntry.type).in_(types))
