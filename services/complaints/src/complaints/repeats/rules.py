"""The same complaint again (重复投诉): merged while the first one runs, linked to it afterwards.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): the same complaint within the period may be merged,
its clock unchanged; new facts and reasons start the clock anew. The house's key: the same complainant, product and
class of reasons within some days; where a product is not named, the same words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from complaints.cases.rules import NOT_COUNTED, OPEN, Status
from shared.errors import Conflict

#: Policy row: days after the earlier receipt within which the same complaint is a repeat.
REPEAT_DAYS = "complaint.repeat_days"


class AlreadyRegistered(Conflict):
    """The same complaint is being handled; say more to that case instead."""

    code = "already_registered"


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody complains about.

    Attributes:
        reason: Code of the class of reasons.
        product_id: The product; None if none is named.
        facts: In their words.
    """

    reason: str
    product_id: UUID | None
    facts: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A case of the same complainant."""

    id: UUID
    number: str
    status: Status
    received_on: date
    due_on: date
    matter: Matter


def is_same(one: Matter, other: Matter) -> bool:
    """Return whether two matters are the same: reason and product are; without a product in both, the words are."""
    if one.reason != other.reason:
        return False
    if one.product_id is not None and other.product_id is not None:
        return one.product_id == other.product_id
    words = _words(one.facts)
    return bool(words) and words == _words(other.facts)


def repeated(wanted: Matter, earlier: Iterable[Earlier]) -> Earlier | None:
    """Return the case that a matter repeats: one that runs before one that ended, then the latest; None if none.

    What turned out to be no complaint, or filed without authority, is repeated by nothing.
    """
    same = [one for one in earlier if one.status not in NOT_COUNTED and is_same(wanted, one.matter)]
    return max(same, key=lambda one: (one.status in OPEN, one.received_on, one.number), default=None)


def require_new(found: Earlier | None, *, is_other_matter: bool, is_staff: bool) -> UUID | None:
    """Return the case to link a new one to, if it repeats one that ended; refuse a duplicate of one that runs.

    Args:
        found: The case that is repeated.
        is_other_matter: Whether staff looked at it and say that this is another matter.
        is_staff: Whether staff file it, who alone start a clock anew.

    Raises:
        AlreadyRegistered: names the case, its due date and what can be done instead.
    """
    if found is None or is_other_matter:
        return None
    if found.status in OPEN:
        raise AlreadyRegistered(
            f"The same complaint is handled as {found.number} until {found.due_on}; say more to that case.",
            complaint_id=str(found.id),
            number=found.number,
            due_on=found.due_on.isoformat(),
            allowed=["repeats", "new-facts"] if is_staff else ["repeats"],
        )
    return found.id


def _words(facts: str | None) -> str:
    return "".join(letter for letter in facts or "" if letter.isalnum())
