from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.suspicions.rules import Mark
from complaints.suspicions.tables import GreyMark
from shared.errors import NotFound

# Whoever speaks: complainants who are no clients, agents, heirs and representatives.
_SAME_PHONE = text(
    "WITH known AS (SELECT ARRAY(SELECT phone_hash FROM complainant WHERE complaint_id = :id"
    " UNION SELECT phone_hash FROM case_party WHERE complaint_id = :id) AS hashes)"
    " SELECT count(*) FROM ("
    "SELECT complaint_id FROM complainant, known WHERE phone_hash = ANY(hashes)"
    " UNION SELECT complaint_id FROM case_party, known WHERE phone_hash = ANY(hashes)"
    ") AS voice WHERE complaint_id <> :id"
)
_SAME_WORDS = text(
    "SELECT count(*) FROM complaint AS other JOIN complaint AS this ON this.id = :id"
    " WHERE md5(other.facts) = md5(this.facts) AND other.id <> this.id"
    " AND other.client_id IS DISTINCT FROM this.client_id"
)


async def list_marks(session: AsyncSession, complaint_id: UUID) -> Sequence[GreyMark]:
    statement = select(GreyMark).where(col(GreyMark.complaint_id) == complaint_id)
    return (await session.execute(statement.order_by(col(GreyMark.marked_at), col(GreyMark.id)))).scalars().all()


async def find_standing(session: AsyncSession, complaint_id: UUID, mark: Mark) -> GreyMark | None:
    statement = select(GreyMark).where(
        col(GreyMark.complaint_id) == complaint_id, col(GreyMark.mark) == mark, col(GreyMark.lifted_at).is_(None)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def get_mark(session: AsyncSession, complaint_id: UUID, mark_id: UUID) -> GreyMark:
    found = await session.get(GreyMark, mark_id, with_for_update=True)
    if found is None or found.complaint_id != complaint_id:
        raise NotFound("This case has no such mark.")
    return found


async def count_same_phone(session: AsyncSession, complaint_id: UUID) -> int:
    return int((await session.execute(_SAME_PHONE, {"id": complaint_id})).scalar_one())


async def count_same_words(session: AsyncSession, complaint_id: UUID) -> int:
    return int((await session.execute(_SAME_WORDS, {"id": complaint_id})).scalar_one())
