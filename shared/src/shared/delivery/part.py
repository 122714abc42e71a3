"""What is taken in one transaction: all that was fetched, or a part of it where transactions cross."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from aiokafka import TopicPartition

from shared.delivery.envelope import Message
from shared.delivery.faults import Misplaced, Verdict
from shared.delivery.rules import must_seek

#: Consecutive messages, at least one, of each of some partitions; topics without prefix.
Fetched = Mapping[TopicPartition, Sequence[Message]]


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
        return sum(len(messages) for messages in self.fetched.values())

    def instead(self, failed: Verdict) -> list["Part"]:
        """Return what to take instead, in order, after the transaction failed; empty if taking less does not help."""
        if failed is Verdict.HALVE and self.size > 1:
            return self.halves()
        if failed is Verdict.PARK and not self.alone:
            return [replace(self, alone=True)]
        return []

    def halves(self) -> list["Part"]:
        """Return the partitions in two parts, or the messages of a single one; earlier ones come first."""
        places = sorted(self.fetched)
        if len(places) > 1:
            cut = len(places) // 2
            parts = [{place: self.fetched[place] for place in half} for half in (places[:cut], places[cut:])]
        else:
            (messages,) = self.fetched.values()
            cut = len(messages) // 2
            parts = [{places[0]: half} for half in (messages[:cut], messages[cut:])]
        return [replace(self, fetched=part) for part in parts]

    def without(self, places: Collection[TopicPartition]) -> "Part":
        """Return the part without some partitions."""
        return replace(self, fetched={place: self.fetched[place] for place in self.fetched if place not in places})


def in_place(
    fetched: Fetched, witnesses: Mapping[TopicPartition, int], sought: Mapping[TopicPartition, int]
) -> tuple[Fetched, dict[TopicPartition, int]]:
    """Return the messages that come next, and where to seek in partitions whose next ones lie earlier.

    Args:
        fetched: Messages as they came; those before the witness were taken already and are dropped.
        witnesses: The next offset of each partition according to the database.
        sought: Where this consumer last sought in a partition because of a gap, and has not got on since.

    Raises:
        Misplaced: a partition has no witness.
    """
    follow: dict[TopicPartition, Sequence[Message]] = {}
    seek: dict[TopicPartition, int] = {}
    for place, messages in sorted(fetched.items()):
        next_offset = witnesses.get(place)
        if next_offset is None:
            raise Misplaced(f"there is no witness for {place}")
        if must_seek(first_offset=messages[0].offset, next_offset=next_offset, sought=sought.get(place)):
            seek[place] = next_offset
        elif fresh := [message for message in messages if message.offset >= next_offset]:
            follow[place] = fresh
    return follow, seek


def still_sought(
    sought: Mapping[TopicPartition, int], *, seek: Mapping[TopicPartition, int], reached: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Return where a gap was sought and not passed yet: once a partition got on, a gap at the same place is a new one.

    Args:
        sought: What was sought before.
        seek: Where to seek now.
        reached: Partitions of which something was taken.
    """
    return {place: to for place, to in sought.items() if place not in reached} | dict(seek)
