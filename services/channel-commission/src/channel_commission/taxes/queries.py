from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from channel_commission.taxes.tables import ChannelTaxStatus
from shared.http.callers import Actor


def select_statuses(channel_id: UUID, actor: Actor) -> Select[ChannelTaxStatus]:
    return select(ChannelTaxStatus).where(
        col(ChannelTaxStatus.channel_id) == channel_id, actor.within(channel=col(ChannelTaxStatus.channel_id))
    )
