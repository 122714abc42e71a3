"""Contacts at a partner: who speaks for what. They are persons, so what tells who they are is sealed."""

from datetime import date

from shared.codes import Code
from shared.errors import Conflict, Invalid


class ContactRole(Code):
    """What a contact speaks for."""

    BUSINESS = "business", "业务对接"
    SETTLEMENT = "settlement", "结算对账"
    COMPLIANCE = "compliance", "合规对接"
    COMPLAINTS = "complaints", "投诉协查"
    TECHNICAL = "technical", "系统对接"
    MANAGEMENT = "management", "分管领导"


class ContactEnded(Conflict):
    """The contact has ended already."""

    code = "contact_ended"


class EndsBeforeBegin(Invalid):
    """A contact cannot end before it began."""

    code = "ends_before_begin"


def require_may_end(valid_from: date, valid_until: date | None, on: date) -> None:
    """Refuse to end a contact twice, or before it began.

    Raises:
        ContactEnded, EndsBeforeBegin: as said.
    """
    if valid_until is not None:
        raise ContactEnded("The contact has ended already.", valid_until=valid_until.isoformat())
    if on < valid_from:
        raise EndsBeforeBegin("A contact cannot end before it began.", pointer="/on")


def masked_phone(phone: str) -> str:
    """Return a phone number with its last four digits kept, never more than a third of it."""
    return f"****{phone[-min(4, len(phone) // 3) :]}"
