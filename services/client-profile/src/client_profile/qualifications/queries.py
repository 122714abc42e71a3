from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.queries import is_present
from client_profile.clients.tables import Client
from client_profile.qualifications.rules import QualificationStatus
from client_profile.qualifications.tables import Qualification
from shared.errors import NotFound


def select_qualifications(client_id: UUID) -> Select[Qualification]:
    return select(Qualification).where(col(Qualification.client_id) == client_id)


async def find_longest(session: AsyncSession, client_id: UUID) -> Qualification | None:
    """Return the client's confirmed proof that counts longest, also if it has lapsed."""
    statement = select_qualifications(client_id).where(col(Qualification.status) == QualificationStatus.CONFIRMED)
    ordered = statement.order_by(col(Qualification.valid_until).desc(), col(Qualification.id).desc())
    return (await session.execute(ordered.limit(1))).scalar_one_or_none()


async def get_qualification(session: AsyncSession, client_id: UUID, qualification_id: UUID) -> Qualification:
    found = await session.get(Qualification, qualification_id, with_for_update=True)
    if found is None or found.client_id != client_id:
        raise NotFound("This client has no proof with this id.")
    return found


async def take_lapsing(session: AsyncSession, today: date, limit: int) -> Sequence[Client]:
    """Lock the clients with proofs whose last day has passed and was not told yet, skipping those somebody holds."""
    holders = select(col(Qualification.client_id)).where(*_lapsing(today))
    statement = select(Client).where(col(Client.id).in_(holders), is_present()).order_by(col(Client.id)).limit(limit)
    return (await session.execute(statement.with_for_update(of=Client, skip_locked=True))).scalars().all()


async def note_lapsed(session: AsyncSession, client_ids: Collection[UUID], today: date) -> set[UUID]:
    """Note that the proofs of these locked clients whose last day has passed are told; return whose there were."""
    statement = update(Qualification).where(col(Qualification.client_id).in_(client_ids), *_lapsing(today))
    statement = statement.values(is_lapsed=True).execution_options(synchronize_session=False)
    return set((await session.execute(statement.returning(col(Qualification.client_id)))).scalars())


async def without_proof(session: AsyncSession, client_ids: Collection[UUID], today: date) -> set[UUID]:
    """Return those of the clients of whom no confirmed proof counts on `today`."""
    statement = select(col(Qualification.client_id)).where(
        col(Qualification.client_id).in_(client_ids),
        col(Qualification.status) == QualificationStatus.CONFIRMED,
        col(Qualification.valid_until) >= today,
    )
    return set(client_ids) - set((await session.execute(statement)).scalars())


def _lapsing(today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Qualification.status) == QualificationStatus.CONFIRMED,
        col(Qualification.is_lapsed).is_(False),
        col(Qualification.valid_until) < today,
    )
