from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from client_profile.clients.rules import ClientStatus
from client_profile.merges.rules import MergeGround
from client_profile.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class MergeRecord(Table, table=True):
    """That a client was merged into another, what went over with it, and what undoing needs."""

    __tablename__ = "merge_record"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    merged_client_id: UUID = Field(foreign_key="client.id", index=True)
    surviving_client_id: UUID = Field(foreign_key="client.id", index=True)
    ground: MergeGround = coded(MergeGround)
    proof_reference: str
    reason: str
    #: Where the merged client stood before.
    prior_status: ClientStatus = coded(ClientStatus)
    #: Ids of the rows that went over, by the column that names the client: `dealing.client_id` and so on.
    moved: dict[str, Any] = document()
    merged_by: UUID
    merged_at: datetime = instant()
    undone_by: UUID | None = None
    undone_at: datetime | None = instant(default=None, nullable=True)
    undo_reason: str | None = None
