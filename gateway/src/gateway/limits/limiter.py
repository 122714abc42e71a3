"""The buckets of the channels, in the memory of this process."""

import time

from gateway.limits import rules
from gateway.limits.rules import Decision, Plan


class Limiter:
    """Counts calls per channel, each process for itself: with n of them a channel gets up to n times its plan."""

    def __init__(self) -> None:
        self._full_at: dict[tuple[str, str], float] = {}

    def take(self, *, plan_name: str, plan: Plan, channel: str) -> Decision:
        """Count one call of `channel` and return whether it is within `plan`.

        The plan's name is part of the key, so that a channel put on another plan starts with a full bucket.
        """
        key = (plan_name, channel)
        decision = rules.decide(plan, full_at=self._full_at.get(key, 0.0), now=time.monotonic())
        self._full_at[key] = decision.full_at
        return decision
