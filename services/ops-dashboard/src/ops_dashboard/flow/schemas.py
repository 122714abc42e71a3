from datetime import datetime

from pydantic import BaseModel


class ServiceFlow(BaseModel):
    """What a service published and what it still has to read."""

    service: str
    events_last_hour: int
    events_total: int
    waiting: int | None


class MinuteFlow(BaseModel):
    minute: datetime
    events: int


class Flow(BaseModel):
    """The flow of events.

    `waiting` is null while Kafka could not be asked within the last minute.
    """

    as_of: datetime
    services: list[ServiceFlow]
    last_minutes: list[MinuteFlow]
