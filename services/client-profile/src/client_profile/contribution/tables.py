from datetime import date
from uuid import UUID

from sqlmodel import Field

from client_profile.table_base import Table
from shared.database import fen


class RebateEntry(Table, table=True):
    """A fee entry of channel-commission. No foreign keys: it may be heard of before its client or dealing."""

    __tablename__ = "rebate_entry"

    event_id: UUID = Field(primary_key=True)
    accrual_id: UUID
    client_id: UUID = Field(index=True)
    channel_id: UUID
    product_id: UUID
    dealing_id: UUID
    bearer: str
    #: Signed: reversals and clawbacks are below zero.
    amount_fen: int = fen()
    #: First day of the month that earned it.
    earned_month: date
