from datetime import datetime
from uuid import UUID

from complaints.cases.rules import InformMethod
from shared.http.bodies import Body, Instant, Read, Text


class RepeatCreate(Body):
    #: What was said again.
    facts: Text
    #: Staff only: how it came in.
    method: InformMethod | None = None
    #: Staff only; now if left out.
    received_at: Instant | None = None


class RepeatRead(Read):
    id: UUID
    received_at: datetime
    method: InformMethod
    facts: str | None
    recorded_at: datetime
