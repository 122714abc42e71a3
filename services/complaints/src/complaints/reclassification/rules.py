"""What somebody came with turns out to be something else (改类): an audited step, and no way around the legal clock.

A case becomes an enquiry by somebody who does not handle it, and only before a decision is proposed. What becomes a
complaint is one from the day on which it was received.
"""

from complaints.cases.rules import ContactKind, Reason
from shared.errors import Conflict, Invalid


class ReasonMissing(Invalid):
    """A complaint has a class of reasons; what is none has not."""

    code = "reason_class_missing"


class KindNotPossible(Conflict):
    """A complaint becomes something else, or stays what it is."""

    code = "kind_not_possible"


def require_no_complaint(kind: ContactKind) -> None:
    """Refuse that a complaint becomes a complaint.

    Raises:
        KindNotPossible: it is one.
    """
    if kind is ContactKind.COMPLAINT:
        raise KindNotPossible("It is a complaint already.", pointer="/kind")


def require_reason_class(kind: ContactKind, reason_class: Reason | None) -> None:
    """Refuse a complaint without a class of reasons, and a class for what is none.

    Raises:
        ReasonMissing: one of both.
    """
    if (kind is ContactKind.COMPLAINT) != (reason_class is not None):
        raise ReasonMissing("Say the class of reasons of a complaint, and of nothing else.", pointer="/reason_class")
