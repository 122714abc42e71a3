"""What an event is: a frozen fact with ids and codes only, on the topic of its aggregate.

No names, readable numbers, document or phone numbers and no free text travel in events.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.context import Cause, follow

#: Span ids are half an event's id, mixed with a number of this process: made only when asked for, kept nowhere.
_HALF = 2**64 - 1
_HERE = random.getrandbits(64)

_BY_TYPE: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A fact about one aggregate. Subclasses name their `type` and list their consumers.

    The type reads `<service>.<aggregate>.<past_tense>.v<major>`; its first two parts are the topic. A new optional
    field keeps the version; anything else is a new class of the next major version.

    Attributes:
        occurred_at: The business instant of the fact (UTC).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str] = ""
    #: Import names of the services that handle this type (the operations dashboard reads all and is not listed).
    consumers: ClassVar[tuple[str, ...]] = ()

    occurred_at: AwareDatetime

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the type into the catalogue."""
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.type:
            return
        if cls.type in _BY_TYPE:
            raise TypeError(f"event type {cls.type} is declared twice")
        _BY_TYPE[cls.type] = cls

    @classmethod
    def topic(cls) -> str:
        """Return the topic of this type: `<service>.<aggregate>`."""
        service, aggregate, _ = cls.type.split(".", 2)
        return f"{service}.{aggregate}"


E = TypeVar("E", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as a consumer gets it: the fact and where it came from.

    Attributes:
        chain: Types of the events that led to this one, as in `Cause`.
        traceparent: The trace context of the work that recorded it.
    """

    event: E
    id: UUID
    type: str
    topic: str
    partition: int
    offset: int
    key: str
    aggregate_id: UUID
    aggregate_version: int
    time: datetime
    actor: str
    correlation_id: str
    hops: int = 0
    chain: str = ""
    traceparent: str | None = None

    @property
    def span_id(self) -> str:
        """Id of the span in which it is handled here: the same whenever asked, another one in every other process."""
        return f"{(self.id.int ^ _HERE) & _HALF:016x}"

    def cause(self) -> Cause:
        """Return the cause of whatever answers this event: one service further on, on behalf of the same actor."""
        traceparent, parent_id = follow(self.traceparent, self.span_id)
        return Cause(
            correlation_id=self.correlation_id,
            actor=self.actor,
            causation_id=self.id,
            traceparent=traceparent,
            parent_id=parent_id,
            hops=self.hops + 1,
            chain=f"{self.chain}>{self.type}" if self.chain else self.type,
        )


def catalogue() -> dict[str, type[Event]]:
    """Return every declared event class by its type. Importing `shared.events.all` declares them."""
    return dict(_BY_TYPE)
