from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Body, Read, Text


class HoldCreate(Body):
    dealing_id: UUID
    reason: Annotated[Text, Field(description="What is looked into.")]


class Release(Body):
    reason: Annotated[Text, Field(description="What was found.")]


class HoldRead(Read):
    id: UUID
    dealing_id: UUID
    reason: str
    held_by: UUID
    held_at: datetime
    released_by: UUID | None
    released_at: datetime | None
    release_reason: str | None
