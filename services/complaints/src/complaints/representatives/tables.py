from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from complaints.representatives.rules import PartyRole
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class CaseParty(Table, table=True):
    """Somebody who speaks in a case besides the complainant."""

    __tablename__ = "case_party"
    __table_args__ = (
        # An erased client leaves neither behind.
        CheckConstraint("client_id IS NULL OR sealed IS NULL", name="person"),
        Index("case_party_complaint_id_idx", "complaint_id", "added_at", "id"),
        Index("case_party_client_id_idx", "client_id"),
        Index("case_party_phone_hash_idx", "phone_hash"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    role: PartyRole = coded(PartyRole)
    client_id: UUID | None = None
    #: Name and phone of who is no client, sealed for this row.
    sealed: bytes | None = None
    masked_name: str | None = None
    masked_phone: str | None = None
    phone_hash: bytes | None = None
    #: The authority, or the proof of succession.
    document: str | None = None
    signed_on: date | None = None
    valid_until: date | None = None
    #: Why the complainant does not come in person.
    reason: str | None = None
    added_at: datetime = instant()
    added_by: str
    ended_at: datetime | None = instant(default=None, nullable=True)
    ended_by: str | None = None
