"""Contacts with clients: what is recorded of them, what cannot be true, and what a correction may change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid

#: How far the clock of who records may run ahead of ours.
AHEAD = timedelta(minutes=5)


class InteractionKind(Code):
    """How the contact took place."""

    CALL = "call", "电话"
    VISIT = "visit", "上门拜访"
    MEETING = "meeting", "网点面谈"
    EMAIL = "email", "电子邮件"
    WECOM = "wecom", "企业微信"
    EVENT = "event", "客户活动"
    LETTER = "letter", "信函"
    NOTICE = "notice", "系统通知"


class InteractionDirection(Code):
    """Who turned to whom."""

    OUTBOUND = "outbound", "我方发起"
    INBOUND = "inbound", "客户发起"


class ContactOutcome(Code):
    """What came of it."""

    INTERESTED = "interested", "有意向"
    NOT_INTERESTED = "not_interested", "暂无意向"
    UNDECIDED = "undecided", "考虑中"
    SETTLED = "settled", "事项已办结"
    CALL_BACK = "call_back", "约定再联系"
    DECLINED = "declined", "拒绝沟通"
    NO_ANSWER = "no_answer", "未联系上"


class ContactPurpose(Code):
    """What it was for."""

    CARE = "care", "日常维护"
    REVIEW = "review", "资产检视"
    PRODUCT = "product", "产品沟通"
    MATURITY = "maturity", "到期兑付沟通"
    INFORMATION = "information", "信息披露告知"
    SUITABILITY = "suitability", "适当性评估"
    AFTER_SALE = "after_sale", "成立后回访"
    COMPLAINT = "complaint", "投诉沟通"
    INVITATION = "invitation", "活动邀请"
    INQUIRY = "inquiry", "客户咨询"


class ConsentBasis(Code):
    """On what ground the client was contacted: Personal Information Protection Law (个人信息保护法), article 13."""

    CONSENT = "consent", "个人同意"
    CONTRACT = "contract", "订立、履行合同所必需"
    LEGAL_DUTY = "legal_duty", "履行法定职责或法定义务"
    CLIENT_REQUEST = "client_request", "客户主动联系"


#: What a correction may change; the client, the origin and its number stay.
CORRECTABLE = (
    "kind",
    "direction",
    "started_at",
    "duration_seconds",
    "is_reached",
    "outcome",
    "purpose",
    "product_ids",
    "summary",
    "attributes",
    "staff_id",
    "consent_basis",
)


class NotBegun(Invalid):
    """The contact would begin in the future."""

    code = "not_begun"


class OutcomeContradicts(Invalid):
    """The outcome and whether the client was reached exclude each other."""

    code = "outcome_contradicts"


class SomebodyElsesContact(Forbidden):
    """The caller may record own contacts only."""

    code = "somebody_elses_contact"


class ExternalIdTaken(Conflict):
    """The external id belongs to an interaction with another client."""

    code = "external_id_taken"


class NothingChanges(Invalid):
    """The correction says what stands there already."""

    code = "nothing_changes"


def require_begun(started_at: datetime, *, now: datetime, at: str = "") -> None:
    """Refuse a contact that is still to come.

    Args:
        started_at: When it began (aware).
        now: The present instant.
        at: Where the fields stand in the request, for the pointer.

    Raises:
        NotBegun: it begins more than 5 minutes from now.
    """
    if started_at > now + AHEAD:
        raise NotBegun("The contact begins in the future; plan a follow-up instead.", pointer=f"{at}/started_at")


def require_consistent(*, is_reached: bool, outcome: ContactOutcome | None, at: str = "") -> None:
    """Refuse an outcome that contradicts whether the client was reached.

    Args:
        is_reached: Whether the client was reached.
        outcome: What came of it, if that was said.
        at: Where the fields stand in the request, for the pointer.

    Raises:
        OutcomeContradicts: `no_answer`, and the client was reached.
    """
    if is_reached and outcome is ContactOutcome.NO_ANSWER:
        raise OutcomeContradicts("A client who was reached did not fail to answer.", pointer=f"{at}/outcome")


def require_own(staff_id: UUID | None, *, caller_id: UUID, records_for_others: bool) -> None:
    """Refuse that somebody who reaches own rows only records a colleague's contact: it would count for the rhythm.

    Raises:
        SomebodyElsesContact: the staff member is another than the caller.
    """
    if staff_id != caller_id and not records_for_others:
        raise SomebodyElsesContact("You can record your own contacts; leave staff_id out.")


def changed(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of `wanted` that differ from the present ones."""
    return {name: value for name, value in wanted.items() if present[name] != value}


def moves_rhythm(changes: Mapping[str, Any], *, is_reached: bool) -> bool:
    """Return whether a correction may change when the client was last reached.

    Args:
        changes: The changed fields.
        is_reached: Whether the client was reached, as corrected.
    """
    return "is_reached" in changes or (is_reached and "started_at" in changes)
