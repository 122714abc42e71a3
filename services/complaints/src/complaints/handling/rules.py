"""Handling a case: who acts in it, what a decision needs, and four eyes on it."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from complaints.parties.rules import Exclusion
from shared.errors import Conflict, Forbidden

SUPERVISOR = "complaint_supervisor"


class NotTheHandler(Forbidden):
    """Only the handler of the case (or, where said, a complaint supervisor) may do this."""

    code = "not_the_handler"


class ApproverNotIndependent(Forbidden):
    """An approver is neither the author nor the handler and has no interest in the matter."""

    code = "approver_not_independent"


class ClassificationMissing(Conflict):
    """A case has its codes in all three dimensions (JR/T 0169-2018) before it is decided."""

    code = "classification_missing"


def require_handler(person_id: UUID, roles: Collection[str], handler_id: UUID | None, *, or_supervisor: bool) -> None:
    """Refuse everybody but the handler of the case, and a complaint supervisor where `or_supervisor` is set.

    Raises:
        NotTheHandler: somebody else.
    """
    if person_id != handler_id and not (or_supervisor and SUPERVISOR in roles):
        others = " or a complaint supervisor" if or_supervisor else ""
        raise NotTheHandler(f"Only the handler of this case{others} may do this.")


def require_independent(
    approver_id: UUID, *, author_id: UUID | None, handler_id: UUID | None, found: Sequence[Exclusion]
) -> None:
    """Refuse an approver who wrote or handles, or has a direct interest (four eyes).

    Args:
        approver_id: Who approves.
        author_id: Who proposed the decision, or agreed on the payment.
        handler_id: Who handles the case now.
        found: The approver's direct interests.

    Raises:
        ApproverNotIndependent: one of these.
    """
    if approver_id in (author_id, handler_id) or found:
        raise ApproverNotIndependent(
            "Somebody approves this who neither wrote it nor handles the case nor has an interest in it.",
            exclusions=found,
        )


def require_classified(codes: Mapping[str, str | None]) -> None:
    """Refuse to decide a case that lacks a code of the classification.

    Args:
        codes: The code by the name of its field; None where there is none.

    Raises:
        ClassificationMissing: says which fields are empty.
    """
    missing = sorted(name for name, code in codes.items() if code is None)
    if missing:
        raise ClassificationMissing("Classify the case before it is decided.", missing=missing)
