from datetime import datetime
from uuid import UUID

from pydantic import Field

from client_profile.clients.rules import ClientStatus
from client_profile.merges.rules import MergeGround
from shared.http.bodies import Body, Read, ShortText, Text


class Merge(Body):
    merged_client_id: UUID = Field(description="The client that is no more by itself afterwards.")
    merged_version: int = Field(ge=1, lt=10**18, description="Its version as read, i.e. the number in its ETag.")
    ground: MergeGround
    proof_reference: ShortText = Field(description="Where the proof that both are one is filed.")
    reason: Text


class UndoMerge(Body):
    merged_version: int = Field(ge=1, lt=10**18, description="Version of the merged client, as the list tells it.")
    reason: Text


class MergeRead(Read):
    """A merger; `moved` counts the rows that went over, by the column that names the client."""

    id: UUID
    merged_client_id: UUID
    merged_number: str
    merged_version: int
    surviving_client_id: UUID
    ground: MergeGround
    proof_reference: str
    reason: str
    prior_status: ClientStatus
    moved: dict[str, int]
    merged_by: UUID
    merged_at: datetime
    undone_by: UUID | None
    undone_at: datetime | None
    undo_reason: str | None
