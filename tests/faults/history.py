"""What was written and what became of it: the record that the checker believes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Outcome = Literal["committed", "rolled back", "unknown"]


@dataclass(slots=True)
class Fact:
    """One payment that somebody tried to record.

    Attributes:
        key: Kafka key of its account.
        began: When its transaction was about to begin, by a clock that all processes of this machine share.
        ended: When its commit had been answered; None unless it was.
        outcome: `unknown` where nobody heard the answer: the database decides.
    """

    id: UUID
    account: UUID
    key: UUID
    fen: int
    began: float
    ended: float | None = None
    outcome: Outcome = "unknown"


@dataclass
class History:
    """Every business transaction of one scenario, in the order begun."""

    facts: dict[UUID, Fact] = field(default_factory=dict)

    def begin(self, fact: Fact) -> None:
        """Note an attempt before its transaction begins."""
        self.facts[fact.id] = fact

    def end(self, fact_id: UUID, outcome: Outcome, at: float) -> None:
        """Note the answer."""
        fact = self.facts[fact_id]
        fact.outcome, fact.ended = outcome, at

    def tell(self, line: Mapping[str, Any]) -> None:
        """Take over what a writer in another process said, line by line."""
        if line["said"] == "begin":
            id, account, key = (UUID(line[name]) for name in ("id", "account", "key"))
            self.begin(Fact(id=id, account=account, key=key, fen=line["fen"], began=line["at"]))
        else:
            self.end(UUID(line["id"]), line["said"], line["at"])
