from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from channel_commission.visits.rules import VisitKind
from channel_commission.visits.tables import ChannelVisit


def select_visits(channel_id: UUID, *, kind: VisitKind | None = None) -> Select[ChannelVisit]:
    statement = select(ChannelVisit).where(col(ChannelVisit.channel_id) == channel_id)
    return statement if kind is None else statement.where(col(ChannelVisit.kind) == kind)
