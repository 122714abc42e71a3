"""Orders of states: state → command → next state, and the one way to refuse a command that a state does not take."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from shared.errors import Conflict

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=str)


def step(moves: Mapping[S, Mapping[C, S]], state: S, command: C, *, refused: type[Conflict], told: str) -> S:
    """Return the state that a command leads to.

    Args:
        moves: For every state the commands it takes, each with the state that follows.
        state: The present one.
        command: What is wanted.
        refused: How it is refused.
        told: Sentence of the refusal.

    Raises:
        Conflict: `refused`, with `state` and the commands that are `allowed`, in alphabetical order.
    """
    allowed = moves[state]
    if command not in allowed:
        raise refused(told, state=state.value, allowed=sorted(allowed))
    return allowed[command]
