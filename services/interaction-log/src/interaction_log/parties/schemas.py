from datetime import datetime
from uuid import UUID

from shared.http.bodies import Read


class UnconfirmedClient(Read):
    """A client that something was recorded about and that client-profile has not told of."""

    id: UUID
    heard_at: datetime
