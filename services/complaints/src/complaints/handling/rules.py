"""Handling a case: who may handle it (回避), what a decision needs, and four eyes on it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden

HANDLER, SUPERVISOR = "complaint_handler", "complaint_supervisor"


class Exclusion(Code):
    """Why somebody may not handle a case: the first two by law (direct interest in the matter), the rest by office."""

    NAMED_STAFF = "named_staff", "被投诉人员"
    CLIENTS_MANAGER = "clients_manager", "客户的管户经理"
    NOT_A_HANDLER = "not_a_handler", "非投诉处理岗"
    HAS_LEFT = "has_left", "已离职"


class HandlerExcluded(Conflict):
    """This person may not handle this case."""

    code = "handler_excluded"


class NotTheHandler(Forbidden):
    """Only the handler of the case (or, where said, a complaint supervisor) may do this."""

    code = "not_the_handler"


class ApproverNotIndependent(Forbidden):
    """An approver is neither the author nor the handler and has no interest in the matter."""

    code = "approver_not_independent"


class ClassificationMissing(Conflict):
    """A case has its codes in all three dimensions (JR/T 0169-2018) before it is decided."""

    code = "classification_missing"


def interests(person_id: UUID, *, named_staff_id: UUID | None, manager_ids: Collection[UUID]) -> list[Exclusion]:
    """Return the direct interests of a person in a case.

    Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): whoever handles a complaint has no direct
    interest in it; here the staff member complained about and the client's own manager.

    Args:
        person_id: A staff member.
        named_staff_id: The staff member complained about, if any.
        manager_ids: The client's relationship manager, if known, and that of clients merged with it.
    """
    found = []
    if person_id == named_staff_id:
        found.append(Exclusion.NAMED_STAFF)
    if person_id in manager_ids:
        found.append(Exclusion.CLIENTS_MANAGER)
    return found


def exclusions(
    person_id: UUID,
    *,
    roles: Collection[str],
    has_left: bool,
    named_staff_id: UUID | None,
    manager_ids: Collection[UUID],
) -> list[Exclusion]:
    """Return every reason against this person as the handler of a case; empty if there is none."""
    found = interests(person_id, named_staff_id=named_staff_id, manager_ids=manager_ids)
    if HANDLER not in roles:
        found.append(Exclusion.NOT_A_HANDLER)
    if has_left:
        found.append(Exclusion.HAS_LEFT)
    return found


def require_may_handle(found: list[Exclusion], *, pointer: str | None) -> None:
    """Refuse a handler against whom there is a reason.

    Args:
        found: What speaks against the handler.
        pointer: The field that names the handler; None where the caller is the one.

    Raises:
        HandlerExcluded: says the reasons.
    """
    if found:
        reasons = "、".join(exclusion.zh for exclusion in found)
        raise HandlerExcluded(f"This person may not handle this case: {reasons}.", pointer=pointer, exclusions=found)


def require_handler(person_id: UUID, roles: Collection[str], handler_id: UUID | None, *, or_supervisor: bool) -> None:
    """Refuse everybody but the handler of the case, and a complaint supervisor where `or_supervisor` is set.

    Raises:
        NotTheHandler: somebody else.
    """
    if person_id != handler_id and not (or_supervisor and SUPERVISOR in roles):
        others = " or a complaint supervisor" if or_supervisor else ""
        raise NotTheHandler(f"Only the handler of this case{others} may do this.")


def require_independent(
    approver_id: UUID, *, author_id: UUID | None, handler_id: UUID | None, found: list[Exclusion]
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
