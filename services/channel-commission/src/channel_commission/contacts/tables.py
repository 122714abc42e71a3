from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from channel_commission.contacts.rules import ContactRole
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class ChannelContact(Table, table=True):
    """Somebody at a partner: name, phone and email encrypted, and as everybody may read them."""

    __tablename__ = "channel_contact"
    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="period"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    role: ContactRole = coded(ContactRole)
    #: AES-256-GCM over `{"name", "phone", "email"}`, bound to this row's id.
    sealed: bytes
    masked_name: str
    masked_phone: str
    valid_from: date
    #: First day on which it does not hold any more.
    valid_until: date | None = None
    recorded_by: UUID
    recorded_at: datetime = instant()
