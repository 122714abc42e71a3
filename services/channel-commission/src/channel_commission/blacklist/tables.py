from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.blacklist.rules import ListedKind, ListingStatus
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id

_STANDS = text("status IN ('proposed', 'listed')")


class BlacklistEntry(Table, table=True):
    """A partner or person we do not deal with; proposed by one person, decided and lifted by others."""

    __tablename__ = "blacklist_entry"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by AND lifted_by <> decided_by", name="two_people"),
        CheckConstraint("(uscc IS NULL) <> (person_hash IS NULL)", name="subject"),
        Index("blacklist_entry_uscc_key", "uscc", unique=True, postgresql_where=_STANDS),
        Index("blacklist_entry_person_hash_key", "person_hash", unique=True, postgresql_where=_STANDS),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: ListedKind = coded(ListedKind)
    status: ListingStatus = coded(ListingStatus, default=ListingStatus.PROPOSED)
    #: An organization's name; a person's first character.
    name: str
    uscc: str | None = None
    #: Keyed hash of a person's identity document.
    person_hash: bytes | None = None
    reason: str
    evidence: str
    proposed_by: UUID
    proposed_at: datetime = instant()
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
    lifted_by: UUID | None = None
    lifted_at: datetime | None = instant(default=None, nullable=True)
    lift_reason: str | None = None
