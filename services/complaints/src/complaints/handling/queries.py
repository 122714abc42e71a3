from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from complaints.handling.tables import Cooperation


def select_cooperation(complaint_id: UUID) -> Select[Cooperation]:
    return select(Cooperation).where(col(Cooperation.complaint_id) == complaint_id)
