"""The buckets of callers, in the memory of this process."""

import time

from gateway.limits import rules
from gateway.limits.rules import Decision, Plan

#: More than there are channels. Of more callers, those that called least recently are forgotten first.
_MAX_KNOWN = 10_000


class Limiter:
    """Counts calls per caller, each process for itself: with n of them a caller gets up to n times its plan."""

    def __init__(self) -> None:
        self._full_at: dict[tuple[str, str], float] = {}

    def take(self, *, plan_name: str, plan: Plan, caller: str) -> Decision:
        """Count one call of `caller` and return whether it is within `plan`.

        The plan's name is part of the key, so that a channel put on another plan starts with a full bucket.
        """
        key = (plan_name, caller)
        # Taken out and put in again, so that the dictionary is in the order of the last call.
        decision = rules.decide(plan, full_at=self._full_at.pop(key, 0.0), now=time.monotonic())
        if len(self._full_at) >= _MAX_KNOWN:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[key] = decision.full_at
        return decision
