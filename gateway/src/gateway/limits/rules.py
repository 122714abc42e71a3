"""How many calls a channel may make: a bucket of `burst` calls that refills at `per_minute` (GCRA)."""

import math
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Plan:
    """The limit of a channel, counted over all routes.

    Attributes:
        per_minute: Calls a minute in the long run.
        burst: Calls that may come at once after a pause.
    """

    per_minute: int
    burst: int

    def __post_init__(self) -> None:
        if self.per_minute < 1 or self.burst < 1:
            raise ValueError("a plan allows at least one call")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call is within the plan, and what is left.

    Attributes:
        is_allowed: Whether the call may pass.
        full_at: When the bucket will be full again, in seconds of the caller's clock; kept for the next call.
        remaining: Calls that may follow at once.
        reset_seconds: Until the bucket is full again or, for a refused call, until one call may pass; rounded up.
    """

    is_allowed: bool
    full_at: float
    remaining: int
    reset_seconds: int


def decide(plan: Plan, *, full_at: float, now: float) -> Decision:
    """Return whether one more call is within `plan`.

    Args:
        plan: The limit.
        full_at: `full_at` of the last decision for the same channel; 0 for the first.
        now: Seconds of any clock that never runs backwards.
    """
    interval = 60 / plan.per_minute
    capacity = interval * plan.burst
    next_full = max(full_at, now) + interval
    over = next_full - now - capacity
    if over > 1e-9:
        return Decision(False, full_at, 0, math.ceil(over))
    remaining = int((capacity - (next_full - now)) / interval + 1e-9)
    return Decision(True, next_full, remaining, math.ceil(next_full - now))


@cache
def policy_field(plan: Plan) -> str:
    """Return the value of the `RateLimit-Policy` header: the burst with the time it needs to refill, and the minute."""
    window = math.ceil(60 * plan.burst / plan.per_minute)
    return f'"burst";q={plan.burst};w={window}, "minute";q={plan.per_minute};w=60'


def state_field(decision: Decision) -> str:
    """Return the value of the `RateLimit` header: what is left of the burst, which is the tighter limit."""
    return f'"burst";r={decision.remaining};t={decision.reset_seconds}'
