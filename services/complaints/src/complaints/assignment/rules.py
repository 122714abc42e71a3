"""Who gets a case (分派): of those to whom it goes and against whom nothing speaks, the one with the least to do.

What somebody has to do is the sum over their open cases of the weight of each one's urgency, a house rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from complaints.parties.rules import Exclusion
from complaints.traits.rules import Urgency
from shared.errors import Conflict

POLICY = "complaint.workload_weights"


class NoHandlerFree(Conflict):
    """Nobody to whom this case goes may handle it: assign it by name."""

    code = "no_handler_free"


@dataclass(frozen=True, slots=True)
class Option:
    """Somebody at work as a handler, seen from one case.

    Attributes:
        is_target: Whether the case goes to them by the rule that fits it.
        exclusions: What speaks against them.
        open_cases: Number of their open cases.
        load: The sum of those cases' weights.
    """

    staff_id: UUID
    is_target: bool
    exclusions: Sequence[Exclusion]
    open_cases: int
    load: int


def load(open_cases: Mapping[Urgency, int], weights: Mapping[str, Any]) -> int:
    """Return how much somebody has to do: the weight of each open case by its urgency, added up."""
    return sum(int(weights[urgency]) * count for urgency, count in open_cases.items())


def ranked(options: Sequence[Option]) -> list[Option]:
    """Return the options, the best first: free of interest, a target, least to do, fewest cases, then by id."""
    return sorted(
        options,
        key=lambda one: (bool(one.exclusions), not one.is_target, one.load, one.open_cases, str(one.staff_id)),
    )


def choose(options: Sequence[Option], *, but: UUID | None) -> UUID:
    """Return who gets a case.

    Args:
        options: Everybody at work as a handler.
        but: Who has it now and gives it away; None if nobody.

    Raises:
        NoHandlerFree: nobody to whom it goes is free to handle it.
    """
    free = [one for one in ranked(options) if one.is_target and not one.exclusions and one.staff_id != but]
    if not free:
        raise NoHandlerFree("Nobody to whom this case goes may handle it; assign it by name.")
    return free[0].staff_id
