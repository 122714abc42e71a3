"""Whether an action helped: done with evidence, judged by somebody else after a time, watched for what comes again.

A house rule, with times from policy. A complaint comes again (复发) when another one with the same cause class, product
and channel is received after the action was done, no later than policy says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from complaints.improvement.rules import Origin
from shared.errors import Conflict, Forbidden, Invalid

#: Policy row: `check_days` by origin from the doing to the check, and `recurrence_days` in which the same is again.
POLICY = "improvement.effect"


class NotTheActionOwner(Forbidden):
    """Only the owner says that it was done, since the owner answers for it."""

    code = "not_the_action_owner"


class EffectCheckTooEarly(Conflict):
    """The effect cannot show yet."""

    code = "effect_check_too_early"


class NextDueDateUnclear(Invalid):
    """What had no effect is done again until a day; what had one is over."""

    code = "next_due_date_unclear"


@dataclass(frozen=True, slots=True)
class Watch:
    """From when on the effect is checked, and until when the same complaint counts as one that came again."""

    check_from: date
    watched_until: date


def watch(policy: Mapping[str, Any], origin: Origin, done_on: date) -> Watch:
    """Return when the effect of what was done is checked, and how long complaints that come again are looked for.

    Args:
        policy: Value of the policy row in force on `done_on`.
        origin: What the action answers.
        done_on: Day on which it was done (Asia/Shanghai).
    """
    return Watch(
        done_on + timedelta(days=int(policy["check_days"][origin.value])),
        done_on + timedelta(days=int(policy["recurrence_days"])),
    )


def require_owns(person_id: UUID, owner_id: UUID) -> None:
    """Refuse everybody but the owner.

    Raises:
        NotTheActionOwner: somebody else.
    """
    if person_id != owner_id:
        raise NotTheActionOwner("Only the owner says that it was done; reassign it first.")


def require_can_show(check_from: date, today: date) -> None:
    """Refuse a check before the effect could show.

    Raises:
        EffectCheckTooEarly: says from when on.
    """
    if today < check_from:
        raise EffectCheckTooEarly(f"The effect is checked from {check_from} on.", check_from=check_from.isoformat())


def require_clear(*, is_effective: bool, due_on: date | None) -> None:
    """Refuse a judgement that leaves open until when it is done again, or says so of what is over.

    Raises:
        NextDueDateUnclear: one of these.
    """
    if is_effective == (due_on is not None):
        raise NextDueDateUnclear(
            "Say until when it is done again if it had no effect, and only then.", pointer="/due_on"
        )
