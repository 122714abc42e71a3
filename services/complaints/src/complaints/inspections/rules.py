"""Inspections (监督检查) of handled complaints: who looks at which cases, and how the sample is drawn.

Source: the house's management of marketing asks for a body of its own that inspects (营销管理制度第十二条). How: house
rules. Nobody inspects their own unit. Nobody chooses the sample: its seed is drawn when the inspection is planned, and
the cases with the smallest SHA-256 of `<seed>:<case id>` of each stratum are taken, which anybody can repeat.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid
from shared.states import step

#: Who may inspect.
INSPECTORS = frozenset({"consumer_protection", "compliance", "auditor"})

#: The value of a stratum; None for the cases that have none.
Stratum = str | None


class InspectionStatus(Code):
    """Where an inspection stands."""

    PLANNED = "planned", "已立项"
    RUNNING = "running", "检查中"
    COMPLETED = "completed", "检查完毕、整改中"
    CLOSED = "closed", "已办结"
    CANCELED = "canceled", "已取消"


class InspectionCommand(StrEnum):
    """What may be done in an inspection; the last part of the command's path."""

    DRAW = "draw-sample"
    EXAMINE = "examine"
    RECTIFY = "improvement-actions"
    COMPLETE = "complete"
    CLOSE = "close"
    CANCEL = "cancel"


class StratifyBy(Code):
    """By what the cases are put into strata, each of which the sample represents."""

    LEVEL = "level", "投诉等级"
    REASON = "reason", "投诉原因"
    SOURCE = "source", "投诉来源"
    CHANNEL_ID = "channel_id", "合作渠道"
    PRODUCT_ID = "product_id", "产品"


class InspectionCommandNotAllowed(Conflict):
    """The state of the inspection does not allow this command."""

    code = "inspection_command_not_allowed"


class InspectorUnfit(Conflict):
    """This person may not inspect here."""

    code = "inspector_unfit"


class NothingToInspect(Conflict):
    """No case is of this scope and period."""

    code = "nothing_to_inspect"


class InspectionPeriodInvalid(Invalid):
    """The period ends before it begins, or is not over."""

    code = "inspection_period_invalid"


class InspectorTwice(Invalid):
    """Each inspector is named once."""

    code = "inspector_twice"


_MOVES: Mapping[InspectionStatus, Mapping[InspectionCommand, InspectionStatus]] = {
    InspectionStatus.PLANNED: {
        InspectionCommand.DRAW: InspectionStatus.RUNNING,
        InspectionCommand.CANCEL: InspectionStatus.CANCELED,
    },
    InspectionStatus.RUNNING: {
        InspectionCommand.EXAMINE: InspectionStatus.RUNNING,
        InspectionCommand.RECTIFY: InspectionStatus.RUNNING,
        InspectionCommand.COMPLETE: InspectionStatus.COMPLETED,
    },
    InspectionStatus.COMPLETED: {
        InspectionCommand.RECTIFY: InspectionStatus.COMPLETED,
        InspectionCommand.CLOSE: InspectionStatus.CLOSED,
    },
    InspectionStatus.CLOSED: {},
    InspectionStatus.CANCELED: {},
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be drawn: one of the first of its stratum.

    Attributes:
        id: The case.
        stratum: Its stratum.
        population: Cases of the stratum.
        place: Its place in the stratum by the seed, from 1.
    """

    id: UUID
    stratum: Stratum
    population: int
    place: int


def allowed(status: InspectionStatus) -> list[InspectionCommand]:
    """Return the commands taken now, in alphabetical order."""
    return sorted(_MOVES[status])


def after(command: InspectionCommand, status: InspectionStatus) -> InspectionStatus:
    """Return the state that a command leads to.

    Raises:
        InspectionCommandNotAllowed: says which commands are allowed.
    """
    told = f"An inspection that is {status} does not take {command!s}."
    return step(_MOVES, status, command, refused=InspectionCommandNotAllowed, told=told)


def require_period(received_from: date, received_to: date, *, today: date) -> None:
    """Refuse a period that ends before it begins or after today; both days belong to it.

    Raises:
        InspectionPeriodInvalid: one of these.
    """
    if not received_from <= received_to <= today:
        raise InspectionPeriodInvalid(
            "The period begins before it ends, and ends today or earlier.", pointer="/received_to"
        )


def require_each_once(inspector_ids: Collection[UUID]) -> None:
    """Refuse an inspector who is named twice.

    Raises:
        InspectorTwice: one is.
    """
    if len(set(inspector_ids)) < len(inspector_ids):
        raise InspectorTwice("Name each inspector once.", pointer="/inspector_ids")


def require_inspector(
    *, place: int, roles: Collection[str], has_left: bool, unit_path: Collection[UUID], inspected_unit: UUID | None
) -> None:
    """Refuse an inspector of another office, who left, or who belongs to the inspected unit.

    Args:
        place: Where the inspector stands in the list, from 0.
        roles: The inspector's roles.
        has_left: Whether the inspector left.
        unit_path: The inspector's unit and all above it.
        inspected_unit: The unit that is inspected; None for the whole house.

    Raises:
        InspectorUnfit: says why.
    """
    reasons = {
        "非监督检查岗位": not INSPECTORS & set(roles),
        "已离职": has_left,
        "不得检查本部门": inspected_unit is not None and inspected_unit in unit_path,
    }
    if found := [reason for reason, holds in reasons.items() if holds]:
        message = f"This person may not inspect here: {'、'.join(found)}."
        raise InspectorUnfit(message, pointer=f"/inspector_ids/{place}")


def mark(seed: str, complaint_id: UUID) -> str:
    """Return what a case is put in order by: the SHA-256, in hexadecimal, of `<seed>:<case id>`."""
    return hashlib.sha256(f"{seed}:{complaint_id}".encode()).hexdigest()


def allocate(populations: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """Return how many cases are drawn of each stratum: in proportion, but one of each at least.

    Largest remainders get what is left; of equal ones the first by value. If the sample is smaller than the number of
    strata, the largest strata get one each.

    Args:
        populations: Cases of each stratum, all above 0.
        size: Cases wanted; all are drawn if there are no more.
    """
    strata = sorted(populations, key=lambda stratum: (-populations[stratum], stratum or ""))
    taken = dict.fromkeys(strata, 0) | dict.fromkeys(strata[:size], 1)
    left, others = min(size, sum(populations.values())), strata if size > len(strata) else []
    # Whose share is less than one case gets one; the others share what is left of the sample, so theirs may shrink.
    while small := [one for one in others if populations[one] * left < sum(populations[each] for each in others)]:
        others = [one for one in others if one not in small]
        left -= len(small)
    total = sum(populations[one] for one in others)
    shares = {one: divmod(left * populations[one], total) for one in others}
    more = left - sum(whole for whole, _ in shares.values()) if others else 0
    by_remainder = sorted(others, key=lambda one: (-shares[one][1], one or ""))
    return taken | {one: shares[one][0] + (one in by_remainder[:more]) for one in others}


def draw(candidates: Collection[Candidate], size: int) -> list[Candidate]:
    """Return the sample: of each stratum the first cases, as many as are allocated to it.

    Args:
        candidates: The first `size` cases of every stratum, at least.
        size: Cases wanted.

    Raises:
        NothingToInspect: there are none.
    """
    if not candidates:
        raise NothingToInspect("No case is of this scope and period.")
    wanted = allocate({one.stratum: one.population for one in candidates}, size)
    return [one for one in candidates if one.place <= wanted[one.stratum]]
