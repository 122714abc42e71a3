from datetime import datetime
from typing import Any
from uuid import UUID

from shared.http.bodies import Read


class FeedEntryRead(Read):
    seq: int
    type: str
    occurred_at: datetime
    received_at: datetime
    aggregate_id: UUID
    client_id: UUID | None
    data: dict[str, Any]
