from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from shared.http.bodies import Body, Read, Text


class Move(Body):
    """Under which head office a channel stands from a day on; what was planned for later days is dropped."""

    parent_id: Annotated[UUID | None, Field(description="The head office; null makes it one itself.")]
    since: BusinessDate
    reason: Text


class EdgeRead(Read):
    channel_id: UUID
    parent_id: UUID
    valid_from: date
    #: First day on which it does not stand there any more; null while it does.
    valid_until: date | None
    known_from: datetime
    #: Since when something else is known; null while this is.
    known_until: datetime | None


class HierarchyRead(Read):
    """Where a channel stood on a day, as it was known at an instant."""

    on: date
    known_at: datetime
    parent_id: UUID | None
    branches: list[UUID]
    #: Every edge ever recorded of this channel, the ones known now last.
    history: list[EdgeRead]
