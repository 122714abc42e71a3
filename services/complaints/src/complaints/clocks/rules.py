"""The legal clock of a complaint: 15 days to decide and inform, 30 if complicated, 60 if especially complicated.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3, in force since 2020-03-01). Days are calendar days in
Asia/Shanghai; the day of receipt does not count and a last day on a holiday is not moved (the strict reading). The
clock stops when the complainant is informed, not when the case is decided, or on the day a withdrawal is received.

A due date is a fold over the entries of the clock, so every earlier due date stays provable.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid


class EntryKind(Code):
    """What happened to the clock."""

    STARTED = "started", "收到投诉，开始计时"
    EXTENDED = "extended", "情况复杂，延长办理期限"
    EXTENDED_AGAIN = "extended_again", "情况特别复杂，再次延长办理期限"
    INFORMED = "informed", "告知投诉人，停止计时"
    WITHDRAWN = "withdrawn", "撤回投诉，当日终止"


class Stage(Code):
    """Which extension: each needs the one before."""

    FIRST = "first", "延长至30日"
    SECOND = "second", "再延长30日（共60日）"


class ExtensionOutOfOrder(Conflict):
    """This extension does not follow the limit that holds now."""

    code = "extension_out_of_order"


class ExtensionTooLate(Conflict):
    """An extension is recorded before the due date, not on it or later."""

    code = "extension_too_late"


class ExtensionNotYours(Forbidden):
    """The law and the house leave this extension to another role."""

    code = "extension_needs_other_role"


class ApproverIsHandler(Forbidden):
    """Nobody extends the time for a case that they handle."""

    code = "approver_is_handler"


class ComplainantNotTold(Invalid):
    """The second extension needs the day on which the complainant was told of it."""

    code = "complainant_not_told"


#: Policy rows with the days from receipt, by what sets them.
DECISION_DAYS = "complaint.decision_days"
EXTENSION_DAYS: Mapping[Stage, str] = {
    Stage.FIRST: "complaint.extended_days",
    Stage.SECOND: "complaint.extended_twice_days",
}
#: The role that may grant an extension: the handler's supervisor (house rule); a senior executive (the measures).
APPROVERS: Mapping[Stage, str] = {Stage.FIRST: "complaint_supervisor", Stage.SECOND: "executive"}
_STAGE_OF = {EntryKind.EXTENDED: Stage.FIRST, EntryKind.EXTENDED_AGAIN: Stage.SECOND}
KIND_OF: Mapping[Stage, EntryKind] = {stage: kind for kind, stage in _STAGE_OF.items()}
_STOPS = frozenset({EntryKind.INFORMED, EntryKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a clock.

    Attributes:
        kind: What happened.
        on: On which day (Asia/Shanghai): receipt, grant, informing, withdrawal.
        limit_days: Days from receipt that hold from here on; None where the clock stops.
    """

    kind: EntryKind
    on: date
    limit_days: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a clock stands.

    Attributes:
        received_on: Day of receipt.
        limit_days: Days from receipt that hold.
        due_on: Last day on which informing is in time.
        extended: The extensions granted, in order.
        stopped_on: Day of informing or withdrawal; None while it runs.
        is_in_time: Whether the complainant was informed by the due date; None while it runs and after a withdrawal.
    """

    received_on: date
    limit_days: int
    due_on: date
    extended: tuple[Stage, ...] = ()
    stopped_on: date | None = None
    is_in_time: bool | None = None


def due_date(received_on: date, limit_days: int) -> date:
    """Return the last day on which informing is in time: `limit_days` calendar days after the day of receipt."""
    return received_on + timedelta(days=limit_days)


def fold(entries: Iterable[Entry]) -> Clock:
    """Return where a clock stands after `entries`, in the order they happened.

    Raises:
        ValueError: the entries are not the history of a clock: it must start first, and nothing follows the stop.
    """
    clock: Clock | None = None
    for entry in entries:
        clock = _after(clock, entry)
    if clock is None:
        raise ValueError("a clock begins with its start")
    return clock


def _after(clock: Clock | None, entry: Entry) -> Clock:
    if (clock is None) != (entry.kind is EntryKind.STARTED):
        raise ValueError("a clock starts once, first of all")
    if clock is None:
        if entry.limit_days is None:
            raise ValueError("a clock starts with a limit")
        return Clock(entry.on, entry.limit_days, due_date(entry.on, entry.limit_days))
    if clock.stopped_on is not None:
        raise ValueError("nothing happens to a clock that has stopped")
    if entry.kind in _STOPS:
        in_time = entry.on <= clock.due_on if entry.kind is EntryKind.INFORMED else None
        return replace(clock, stopped_on=entry.on, is_in_time=in_time)
    if entry.limit_days is None or entry.limit_days <= clock.limit_days:
        raise ValueError("an extension gives more days")
    due_on = due_date(clock.received_on, entry.limit_days)
    extended = (*clock.extended, _STAGE_OF[entry.kind])
    return replace(clock, limit_days=entry.limit_days, due_on=due_on, extended=extended)


def next_stage(clock: Clock) -> Stage | None:
    """Return the extension that may come next; None after the last."""
    left = [stage for stage in Stage if stage not in clock.extended]
    return left[0] if left else None


def require_extendable(clock: Clock, wanted: Stage | None, *, today: date) -> Stage:
    """Return the extension to grant.

    Args:
        clock: Where the clock stands; it runs.
        wanted: The extension asked for; None for the next one.
        today: The day of granting (Asia/Shanghai).

    Raises:
        ExtensionOutOfOrder: the second follows the first, each comes once.
        ExtensionTooLate: `today` is not before the due date that holds; such a breach cannot be extended away.
    """
    possible = next_stage(clock)
    if possible is None or wanted not in (None, possible):
        raise ExtensionOutOfOrder(
            "Extensions come in order, each once: to 30 days, then to 60.",
            pointer="/stage",
            limit_days=clock.limit_days,
            allowed=[possible] if possible else [],
        )
    if today >= clock.due_on:
        raise ExtensionTooLate("An extension must be recorded before the due date.", due_on=clock.due_on.isoformat())
    return possible


def require_approver(stage: Stage, *, approver_id: UUID, roles: Collection[str], handler_id: UUID | None) -> None:
    """Refuse an extension by the wrong person.

    The second extension needs a senior executive of head office (the measures), the first the handler's supervisor
    (house rule); four eyes: never the handler.

    Raises:
        ExtensionNotYours: the approver lacks the role.
        ApproverIsHandler: the approver handles the case.
    """
    if APPROVERS[stage] not in roles:
        raise ExtensionNotYours("Another role grants this extension.", needed=[APPROVERS[stage]])
    if approver_id == handler_id:
        raise ApproverIsHandler("You handle this case; somebody else grants the extension.")


def require_told(stage: Stage, told_on: date | None, *, received_on: date, today: date) -> None:
    """Refuse a second extension of which the complainant was not told, and a day of telling that cannot be.

    Raises:
        ComplainantNotTold: the day is missing at the second extension (the measures), before receipt or in the future.
    """
    if told_on is None:
        if stage is Stage.SECOND:
            raise ComplainantNotTold(
                "Say on which day the complainant was told of this extension.", pointer="/complainant_told_on"
            )
    elif not received_on <= told_on <= today:
        raise ComplainantNotTold(
            "The complainant was told between the day of receipt and today.", pointer="/complainant_told_on"
        )
