from datetime import datetime
from uuid import UUID

from shared.http.bodies import Read


class ClientAtRiskRead(Read):
    client_id: UUID
    level: str
    score: int
    reasons: list[str]
    flagged_at: datetime
