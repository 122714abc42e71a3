"""What is taken in one transaction: all that was fetched, or a part of it where transactions cross."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition

#: Consecutive messages, at least one, of each of some partitions; topics without prefix.
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord[Any, Any]]]


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken in one transaction.

    Attributes:
        fetched: What to take.
        alone: Hand each event over in a savepoint of its own and park those that fail.
    """

    fetched: Fetched
    alone: bool = False

    @property
    def size(self) -> int:
        """Number of messages."""
        return sum(len(records) for records in self.fetched.values())

    def halves(self) -> list["Part"]:
        """Return the partitions in two parts, or the messages of a single one; earlier ones come first."""
        places = sorted(self.fetched)
        if len(places) > 1:
            cut = len(places) // 2
            parts = [{place: self.fetched[place] for place in half} for half in (places[:cut], places[cut:])]
        else:
            (records,) = self.fetched.values()
            cut = len(records) // 2
            parts = [{places[0]: half} for half in (records[:cut], records[cut:])]
        return [replace(self, fetched=part) for part in parts]

    def without(self, places: Collection[TopicPartition]) -> "Part":
        """Return the part without some partitions."""
        return replace(self, fetched={place: self.fetched[place] for place in self.fetched if place not in places})
