"""Admission: which partner may sell our plans on which days, and who decides. House numbers come from policy rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from channel_commission.channels.rules import ChannelKind, ChannelStatus, SuspensionReason, Validity, is_covered
from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.states import step


class CommandNotAllowed(Conflict):
    """The channel's status does not allow this command."""

    code = "channel_status_forbids"


class Unlicensed(Conflict):
    """A partner without a financial license is never activated (非金融机构不得推介信托计划)."""

    code = "channel_unlicensed"


class LicenseNotInDate(Conflict):
    """No financial license is in date on the day needed."""

    code = "license_not_in_date"


class NoAgreementInForce(Conflict):
    """No agreement with an approved rate card is in force on the day needed."""

    code = "no_agreement_in_force"


class ChannelRestricted(Conflict):
    """Something stands against it until it is settled: a risk event, an evaluation."""

    code = "channel_restricted"


class Effect(Code):
    """What a restriction forbids."""

    NEW_PRODUCTS = "new_products", "不得新增代销产品"
    SALES = "sales", "不得销售"


class ActiveFromOutOfRange(Invalid):
    """The day lies in the future, or in a time for which activity is recorded already."""

    code = "active_from_out_of_range"


#: Every allowed command, and the status it leads to.
EDGES: Mapping[ChannelStatus, Mapping[str, ChannelStatus]] = {
    ChannelStatus.PROSPECT: {
        "start-due-diligence": ChannelStatus.DUE_DILIGENCE,
        "terminate": ChannelStatus.TERMINATED,
    },
    ChannelStatus.DUE_DILIGENCE: {"approve": ChannelStatus.APPROVED, "terminate": ChannelStatus.TERMINATED},
    ChannelStatus.APPROVED: {
        "sign": ChannelStatus.SIGNED,
        "terminate": ChannelStatus.TERMINATED,
    },
    ChannelStatus.SIGNED: {"activate": ChannelStatus.ACTIVE, "terminate": ChannelStatus.TERMINATED},
    ChannelStatus.ACTIVE: {"suspend": ChannelStatus.SUSPENDED, "terminate": ChannelStatus.TERMINATED},
    ChannelStatus.SUSPENDED: {"resume": ChannelStatus.ACTIVE, "terminate": ChannelStatus.TERMINATED},
    ChannelStatus.TERMINATED: {},
    # Nothing leads out: a partner taken off the blacklist is entered and examined anew.
    ChannelStatus.BLACKLISTED: {},
}


def next_status(status: ChannelStatus, command: str) -> ChannelStatus:
    """Return the status that `command` leads to.

    Raises:
        CommandNotAllowed: the present status does not allow it; tells what is allowed.
    """
    told = f"A channel that is {status} does not allow {command}."
    return step(EDGES, status, command, refused=CommandNotAllowed, told=told)


def require_second_person(due_diligence_by: UUID | None, approver: UUID) -> None:
    """Refuse that due diligence is approved by the person who did it.

    Raises:
        SecondPersonNeeded: it is the same person.
    """
    if due_diligence_by == approver:
        raise SecondPersonNeeded("Due diligence must be approved by another person than the one who did it.")


def require_unrestricted(restrictions: Sequence[tuple[Effect, SuspensionReason]], *, forbids: Effect) -> None:
    """Refuse what a restriction that holds forbids; whoever may not sell may not take new products either.

    Args:
        restrictions: Those that hold, with their reasons.
        forbids: What is about to be done.

    Raises:
        ChannelRestricted: as said, with the reasons.
    """
    against = sorted({reason.value for effect, reason in restrictions if effect in (forbids, Effect.SALES)})
    if against:
        raise ChannelRestricted("Something stands against it that must be settled first.", reasons=against)


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which a channel was active: half-open; `until` is null while it is."""

    start: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a channel was on one day.

    Attributes:
        kind: What the partner is.
        is_active: Whether it was active on that day.
        is_licensed: Whether a financial license was in date on that day.
    """

    kind: ChannelKind
    is_active: bool
    is_licensed: bool


def standing(kind: ChannelKind, spans: Sequence[Span], licenses: Sequence[Validity], *, on: date) -> Standing:
    """Return what a channel was on the day `on` (Asia/Shanghai)."""
    is_active = any(span.start <= on and (span.until is None or on < span.until) for span in spans)
    return Standing(kind, is_active=is_active, is_licensed=is_covered(on, licenses))


def require_licensed(kind: ChannelKind) -> None:
    """Refuse a partner without a financial license, whatever it agreed to.

    Raises:
        Unlicensed: as said.
    """
    if kind is ChannelKind.UNLICENSED:
        raise Unlicensed("A partner without a financial license can never be activated (非持牌机构不得准入).")


def require_may_be_active(kind: ChannelKind, licenses: Sequence[Validity], *, has_agreement: bool, on: date) -> None:
    """Refuse that a channel is active on a day for which it lacks license or agreement.

    Args:
        kind: What the partner is.
        licenses: Its financial licenses.
        has_agreement: Whether an agreement with an approved rate card is in force on that day.
        on: The day (Asia/Shanghai).

    Raises:
        Unlicensed: the partner has no financial license and can never be active.
        LicenseNotInDate: no license is in date on that day.
        NoAgreementInForce: no agreement is in force on that day.
    """
    require_licensed(kind)
    if not is_covered(on, licenses):
        raise LicenseNotInDate(f"No financial license is in date on {on}.", on=on.isoformat())
    if not has_agreement:
        raise NoAgreementInForce(f"No agreement with an approved rate card is in force on {on}.", on=on.isoformat())


def require_activity_start(active_from: date, spans: Sequence[Span], *, today: date) -> None:
    """Refuse a first day of activity that has not come or lies in a time already recorded.

    Args:
        active_from: First day (Asia/Shanghai); in the past for a partner taken over from before.
        spans: Earlier active days of the channel, all ended.
        today: Today (Asia/Shanghai).

    Raises:
        ActiveFromOutOfRange: as said.
    """
    if active_from > today:
        raise ActiveFromOutOfRange("The day has not come yet.", pointer="/active_from")
    if any(span.until is None or active_from < span.until for span in spans):
        raise ActiveFromOutOfRange("Activity on that day is recorded already.", pointer="/active_from")


def license_notice(valid_to: date, *, today: date, thresholds: Sequence[int], given: int | None) -> int | None:
    """Return which notice of a license's end is due now: the smallest threshold reached and not yet given.

    Args:
        valid_to: Last day of the license.
        today: Today (Asia/Shanghai).
        thresholds: Days before the end on which notice is given; policy row `channel.license_notice_days`.
        given: The smallest threshold already given for this license; None for none.

    Returns:
        The threshold, or None when nothing is due, also after the end: then the channel is suspended instead.
    """
    days_left = (valid_to - today).days
    reached = [threshold for threshold in thresholds if 0 <= days_left <= threshold]
    if not reached or (given is not None and min(reached) >= given):
        return None
    return min(reached)
