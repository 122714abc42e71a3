from datetime import datetime
from uuid import UUID

from complaints.cases.rules import InformMethod
from complaints.correspondence.rules import Kind
from shared.http.bodies import Body, Instant, Read, Text


class ExchangeCreate(Body):
    kind: Kind
    method: InformMethod
    #: What was said.
    summary: Text
    #: When; now if left out.
    at: Instant | None = None


class ExchangeRead(Read):
    id: UUID
    kind: Kind
    method: InformMethod
    at: datetime
    summary: str
    recorded_at: datetime
    recorded_by: str
