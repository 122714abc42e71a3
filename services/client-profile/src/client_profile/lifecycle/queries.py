from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from client_profile.lifecycle.tables import Screening


def select_screenings(client_id: UUID) -> Select[Screening]:
    return select(Screening).where(col(Screening.client_id) == client_id)
