from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from complaints.correspondence.tables import Exchange


def select_exchanges(complaint_id: UUID) -> Select[Exchange]:
    return select(Exchange).where(col(Exchange.complaint_id) == complaint_id)
