from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.due_diligence.rules import Outcome, Topic
from shared.http.bodies import Body, Read, ShortText, Text


class FindingCreate(Body):
    topic: Topic
    outcome: Outcome
    finding: Text
    evidence: Annotated[
        list[ShortText],
        Field(min_length=1, max_length=20, description="Where the papers are kept: numbers of the archive (档案编号)."),
    ]


class FindingRead(Read):
    id: UUID
    channel_id: UUID
    topic: Topic
    outcome: Outcome
    finding: str
    evidence: list[str]
    found_by: UUID
    found_at: datetime
