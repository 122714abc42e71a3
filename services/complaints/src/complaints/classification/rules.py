"""Three dimensions of a complaint (渠道、业务、原因), its urgency, and who changes either.

Source: JR/T 0169-2018 金融消费者投诉统计分类及编码, three levels in each dimension, the last code of a level standing
for whatever has none of its own. The codes are data with validity dates; the house's own classes for trust business
stand under business. Urgency is a house rule: set by facts, raised by whoever handles the case, lowered by a supervisor
who does not.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from complaints.cases.rules import Level, Reason, Source
from complaints.traits.rules import Tag, Urgency
from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid

#: Policy row with the numbers of the urgency rule.
POLICY = "complaint.urgency"
SUPERVISOR = "complaint_supervisor"


class Dimension(Code):
    """What a code says of a complaint."""

    CHANNEL = "channel", "业务办理渠道"
    BUSINESS = "business", "业务类别"
    REASON = "reason", "投诉原因"


class CodeNotInForce(Invalid):
    """No such code is in force on the day of receipt."""

    code = "classification_not_in_force"


class NoteMissing(Invalid):
    """A code for whatever has none of its own needs words."""

    code = "classification_note_missing"


class ReasonDiffers(Invalid):
    """The code of the reason belongs to another class of reasons than the one given."""

    code = "reason_differs"


class CodeExists(Conflict):
    """A code is given once and never to something else."""

    code = "classification_code_exists"


class CodeOutOfPlace(Invalid):
    """A code stands under one that is in force, at most three levels deep, and a reason belongs to a class."""

    code = "classification_code_out_of_place"


class LoweringNotYours(Forbidden):
    """A supervisor who does not handle the case lowers its level or urgency."""

    code = "lowering_not_yours"


@dataclass(frozen=True, slots=True)
class Entry:
    """A code of a dimension.

    Attributes:
        code: Never given to something else.
        parent: The code it stands under; None on the first level.
        is_other: Whether it stands for whatever has no code of its own.
        reason_class: The class of reasons it belongs to, in that dimension.
        valid_from: First day in force (Asia/Shanghai).
        valid_to: First day on which it is in force no more; None while that is not known.
    """

    code: str
    parent: str | None
    is_other: bool
    reason_class: Reason | None
    valid_from: date
    valid_to: date | None

    def is_in_force(self, day: date) -> bool:
        """Return whether the code is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Stir:
    """What makes a case urgent.

    Attributes:
        amount_fen: What is claimed, in fen.
        earlier: How many complaints of the same client came before, in the days of the policy.
    """

    level: Level
    source: Source
    reason: Reason
    tags: frozenset[Tag]
    amount_fen: int
    names_staff: bool
    earlier: int


_FROM_AUTHORITY = frozenset({Source.NFRA, Source.PBOC, Source.LETTERS_VISITS, Source.HOTLINE_12345})
_AT_ONCE_TAGS = frozenset({Tag.REGULATOR, Tag.MEDIA, Tag.JUDICIAL, Tag.DRASTIC, Tag.SPECIAL_GROUP})
_SOON_TAGS = frozenset(Tag) - _AT_ONCE_TAGS
_AT_ONCE_REASONS = frozenset({Reason.FUND_SAFETY, Reason.INFORMATION_SAFETY})


def urgency_of(stir: Stir, numbers: Mapping[str, Any]) -> Urgency:
    """Return how urgent a case is by its facts.

    Args:
        stir: The facts.
        numbers: Policy row: `amount_fen` and `complaints` of one client from which on it is looked at once.
    """
    at_once = (
        stir.level is Level.MAJOR,
        stir.source in _FROM_AUTHORITY,
        bool(stir.tags & _AT_ONCE_TAGS),
        stir.reason in _AT_ONCE_REASONS,
        stir.names_staff,
        stir.amount_fen >= int(numbers["amount_fen"]),
        stir.earlier + 1 >= int(numbers["complaints"]),
    )
    if any(at_once):
        return Urgency.FIRST
    is_soon = stir.level is Level.COMPLICATED or bool(stir.tags & _SOON_TAGS)
    return Urgency.SECOND if is_soon else Urgency.THIRD


def more_urgent(one: Urgency, other: Urgency | None) -> Urgency:
    """Return the more urgent of both."""
    order = list(Urgency)
    return one if other is None else min(one, other, key=order.index)


def require_codes(
    given: Mapping[Dimension, str | None],
    known: Mapping[tuple[Dimension, str], Entry],
    *,
    note: str | None,
    reason: Reason,
    on: date,
) -> None:
    """Refuse codes that are not in force, one for "other" without words, and a reason of another class.

    Args:
        given: Code by dimension; None where none is given.
        known: The list of codes.
        note: What an "other" is.
        reason: The class of reasons of the case.
        on: Day of receipt (Asia/Shanghai).

    Raises:
        CodeNotInForce, NoteMissing, ReasonDiffers: points to the field.
    """
    needs_note = False
    for dimension, code in given.items():
        if code is None:
            continue
        entry, pointer = known.get((dimension, code)), f"/{dimension}_code"
        if entry is None or not entry.is_in_force(on):
            raise CodeNotInForce(f"No such code was in force on {on}.", pointer=pointer)
        if entry.reason_class not in (None, reason):
            raise ReasonDiffers("This code belongs to another class of reasons.", pointer=pointer)
        needs_note = needs_note or entry.is_other
    if needs_note and note is None:
        raise NoteMissing("Say in words what has no code of its own.", pointer="/classification_note")


def require_place(
    dimension: Dimension,
    parent: str | None,
    reason_class: Reason | None,
    known: Mapping[tuple[Dimension, str], Entry],
    *,
    on: date,
) -> Reason | None:
    """Return the class of reasons of a new code, and refuse one that stands nowhere.

    Raises:
        CodeOutOfPlace: no code to stand under is in force, a fourth level, a class of reasons missing or out of place.
    """
    above = known.get((dimension, parent)) if parent is not None else None
    if parent is not None and (above is None or not above.is_in_force(on)):
        raise CodeOutOfPlace("It stands under a code in force.", pointer="/parent")
    if above is not None and above.parent is not None and known[dimension, above.parent].parent is not None:
        raise CodeOutOfPlace("There are three levels.", pointer="/parent")
    if above is not None:
        if reason_class not in (None, above.reason_class):
            raise CodeOutOfPlace("It belongs to the class of the code above it.", pointer="/reason_class")
        return above.reason_class
    if (dimension is Dimension.REASON) != (reason_class is not None):
        raise CodeOutOfPlace("A reason, and nothing else, belongs to a class of reasons.", pointer="/reason_class")
    return reason_class


def require_may_lower(
    person_id: UUID,
    roles: Collection[str],
    handler_id: UUID | None,
    *,
    level: tuple[Level, Level],
    urgency: tuple[Urgency, Urgency],
) -> None:
    """Refuse that anybody but a supervisor who does not handle the case lowers level or urgency.

    Args:
        person_id: Who changes it.
        roles: Their offices.
        handler_id: Who handles the case.
        level: Before and after.
        urgency: Before and after.

    Raises:
        LoweringNotYours: points to what would be lowered.
    """
    grades, haste = list(Level), list(Urgency)
    lowered = {
        "/level": grades.index(level[1]) < grades.index(level[0]),
        "/urgency": haste.index(urgency[1]) > haste.index(urgency[0]),
    }
    for pointer, is_lowered in lowered.items():
        if is_lowered and (SUPERVISOR not in roles or person_id == handler_id):
            raise LoweringNotYours("A supervisor who does not handle the case lowers this.", pointer=pointer)
