from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Read


class FeedEntryRead(Read):
    seq: int
    type: str
    title: str = Field(description="What happened, in Chinese.")
    occurred_at: datetime
    received_at: datetime
    aggregate_id: UUID
    client_id: UUID | None
    data: dict[str, Any]
