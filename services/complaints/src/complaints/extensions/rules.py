"""Extending the legal time of a complaint: by whom, in which order, until when, and that the complainant is told.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): to 30 days if the matter is complicated; to 60 if it
is especially complicated, with the approval of the superior office or a senior executive of head office, and the
complainant told.
"""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from complaints.clocks.rules import Clock, Stage, require_not_handler
from complaints.traits.rules import Regime
from shared.errors import Conflict, Forbidden, Invalid


class ExtensionOutOfOrder(Conflict):
    """This extension does not follow the limit that holds now."""

    code = "extension_out_of_order"


class ExtensionTooLate(Conflict):
    """An extension is recorded before the due date, not on it or later."""

    code = "extension_too_late"


class ExtensionNotYours(Forbidden):
    """The law and the house leave this extension to another role."""

    code = "extension_needs_other_role"


class ComplainantNotTold(Invalid):
    """The second extension needs the day on which the complainant was told of it."""

    code = "complainant_not_told"


#: Policy rows with the days that an extension gives.
EXTENSION_DAYS: Mapping[tuple[Regime, Stage], str] = {
    (Regime.NFRA, Stage.FIRST): "complaint.extended_days",
    (Regime.NFRA, Stage.SECOND): "complaint.extended_twice_days",
    # The People's Bank grants one extension, to 60 days at most, of whose reason the complainant is told.
    (Regime.PBOC, Stage.FIRST): "complaint.pboc_extended_days",
}
#: The role that may grant an extension: the handler's supervisor (house rule); a senior executive (the measures).
APPROVERS: Mapping[Stage, str] = {Stage.FIRST: "complaint_supervisor", Stage.SECOND: "executive"}


def next_stage(clock: Clock, regime: Regime = Regime.NFRA) -> Stage | None:
    """Return the extension that may come next under a regime; None after the last."""
    left = [stage for stage in Stage if (regime, stage) in EXTENSION_DAYS and stage not in clock.extended]
    return left[0] if left else None


def require_extendable(clock: Clock, wanted: Stage | None, *, today: date, regime: Regime = Regime.NFRA) -> Stage:
    """Return the extension to grant.

    Args:
        clock: Where the clock stands; it runs.
        wanted: The extension asked for; None for the next one.
        today: The day of granting (Asia/Shanghai).
        regime: Whose rules set the legal time.

    Raises:
        ExtensionOutOfOrder: the second follows the first, each comes once.
        ExtensionTooLate: `today` is not before the due date that holds; such a breach cannot be extended away.
    """
    possible = next_stage(clock, regime)
    if possible is None or wanted not in (None, possible):
        raise ExtensionOutOfOrder(
            "Extensions come in order, each once: to 30 days, then to 60; under the People's Bank to 60 only.",
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
    require_not_handler(approver_id, handler_id)


def require_told(
    stage: Stage, told_on: date | None, *, counted_from: date, today: date, regime: Regime = Regime.NFRA
) -> None:
    """Refuse an extension to 60 days of which the complainant was not told, and a day of telling that cannot be.

    Raises:
        ComplainantNotTold: the day is missing at the second extension (the measures), too early or in the future.
    """
    if told_on is None:
        if stage is Stage.SECOND or regime is Regime.PBOC:
            raise ComplainantNotTold(
                "Say on which day the complainant was told of this extension.", pointer="/complainant_told_on"
            )
    elif not counted_from <= told_on <= today:
        raise ComplainantNotTold(
            "The complainant was told between the first day of the clock and today.", pointer="/complainant_told_on"
        )
