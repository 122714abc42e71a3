from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from channel_commission.table_base import Table
from channel_commission.taxes.rules import TaxStatus
from shared.database import coded, instant
from shared.ids import new_id


class ChannelTaxStatus(Table, table=True):
    """How a channel is registered for value added tax from a day on; of two for one day, the one recorded later."""

    __tablename__ = "channel_tax_status"
    __table_args__ = (Index("channel_tax_status_channel_id_valid_from_idx", "channel_id", "valid_from"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    status: TaxStatus = coded(TaxStatus)
    valid_from: date
    #: Where the tax office's registration is kept.
    evidence: str
    recorded_by: UUID
    recorded_at: datetime = instant()
