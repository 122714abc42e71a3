"""Risk events of channels (渠道风险事件): severity, owner, measure, and a check by somebody else before they close."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded


class Severity(Code):
    """How bad it is; a severe one suspends the channel at once."""

    LOW = "low", "一般"
    MEDIUM = "medium", "较大"
    HIGH = "high", "重大"
    SEVERE = "severe", "特别重大"


class RedLine(Code):
    """What ends a cooperation whatever else a channel does well (红线)."""

    FORGED_RECORDING = "forged_recording", "双录造假"
    PROMISE_OF_RETURN = "promise_of_return", "承诺保本保收益"
    UNLICENSED_SUB_AGENT = "unlicensed_sub_agent", "转委托非持牌机构"
    CASH_REFUND = "cash_refund", "向客户返佣返现"


class RiskStatus(Code):
    """Where a risk event stands."""

    OPEN = "open", "待处置"
    MEASURED = "measured", "待核验"
    CLOSED = "closed", "已关闭"


class RiskStatusForbids(Conflict):
    """The status of the risk event does not allow this command."""

    code = "risk_event_status_forbids"


class OccurredInFuture(Invalid):
    """It cannot have happened yet."""

    code = "occurred_in_future"


class DueInPast(Invalid):
    """A measure cannot be due before today."""

    code = "due_in_past"


class ChannelIsGone(Conflict):
    """The channel has ended; nothing is measured there any more."""

    code = "channel_is_gone"


#: Every allowed command.
ALLOWED: Mapping[RiskStatus, tuple[str, ...]] = {
    RiskStatus.OPEN: ("assign", "report-measure"),
    RiskStatus.MEASURED: ("assign", "check"),
    RiskStatus.CLOSED: (),
}


def require_allowed(status: RiskStatus, command: str) -> None:
    """Refuse a command that the status does not allow.

    Raises:
        RiskStatusForbids: as said; tells what is allowed.
    """
    if command not in ALLOWED[status]:
        raise RiskStatusForbids(
            f"A risk event that is {status} does not allow {command}.",
            state=status.value,
            allowed=list(ALLOWED[status]),
        )


def require_dates(occurred_on: date | None, due_on: date | None, *, today: date) -> None:
    """Refuse an event that has not happened and a measure that is due in the past.

    Raises:
        OccurredInFuture, DueInPast: as said.
    """
    if occurred_on is not None and occurred_on > today:
        raise OccurredInFuture("It cannot have happened yet.", pointer="/occurred_on")
    if due_on is not None and due_on < today:
        raise DueInPast("The measure would be late already.", pointer="/due_on")


def require_another_checks(owner: UUID, measured_by: UUID | None, checker: UUID) -> None:
    """Refuse that a measure is checked by its owner or by whoever reported it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if checker in (owner, measured_by):
        raise SecondPersonNeeded("Somebody else than the owner of the measure must check it.")


def suspends(severity: Severity, red_line: RedLine | None) -> bool:
    """Return whether a channel may not sell while this event is open."""
    return severity is Severity.SEVERE or red_line is not None
