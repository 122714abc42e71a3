"""What a complainant is paid: agreed by one person, approved above limits, paid by another with proof.

All of it comes before the closing. Limits, four eyes on the money and the proof of payment are rules of the house.
"""

from datetime import date
from uuid import UUID

from complaints.approvals.rules import Authority
from shared.codes import Code
from shared.errors import Conflict, Forbidden


class Step(Code):
    """What an agreement waits for."""

    APPROVAL = "approval", "待审批"
    PAYMENT = "payment", "待支付"


class CompensationUnpaid(Conflict):
    """What was agreed is paid before the case is closed."""

    code = "compensation_unpaid"


class CompensationNotProven(Conflict):
    """Another amount was agreed and paid, or none."""

    code = "compensation_not_proven"


class CompensationPaid(Conflict):
    """It has been paid: nothing is agreed or paid anew."""

    code = "compensation_paid"


class NothingAgreed(Conflict):
    """No compensation has been agreed."""

    code = "nothing_agreed"


class CompensationNotApproved(Conflict):
    """What lies above the limits of those who agreed is approved before it is paid."""

    code = "compensation_not_approved"


class NothingToApprove(Conflict):
    """What was agreed is approved, or needs nobody's approval."""

    code = "nothing_to_approve"


class PayerAgreed(Forbidden):
    """Whoever agreed on a compensation or handles the case does not record its payment (four eyes)."""

    code = "payer_agreed"


def waits_for(needs: Authority | None, *, is_approved: bool, is_paid: bool) -> Step | None:
    """Return what an agreement waits for; nothing once it is paid. What has no authority on record needs approval."""
    if is_paid:
        return None
    return Step.PAYMENT if is_approved or needs is Authority.HANDLER else Step.APPROVAL


def require_approved(step: Step | None, needs: Authority | None) -> None:
    """Refuse a payment that still has to be approved.

    Raises:
        CompensationNotApproved: says whose word is needed.
    """
    if step is Step.APPROVAL:
        raise CompensationNotApproved("This has to be approved before it is paid.", needs=needs or Authority.SENIOR)


def require_unapproved(step: Step | None) -> None:
    """Refuse to approve what waits for no approval.

    Raises:
        NothingToApprove: it was approved, or needs none.
    """
    if step is not Step.APPROVAL:
        raise NothingToApprove("This waits for no approval.")


def require_unpaid(paid_on: date | None) -> None:
    """Refuse a further agreement or payment once it has been paid.

    Raises:
        CompensationPaid: says since when.
    """
    if paid_on is not None:
        raise CompensationPaid("The compensation has been paid.", paid_on=paid_on.isoformat())


def require_other(payer_id: UUID, *, agreed_by: UUID, handler_id: UUID | None) -> None:
    """Refuse that who agreed, or handles, records the payment.

    Raises:
        PayerAgreed: it is one of them.
    """
    if payer_id in (agreed_by, handler_id):
        raise PayerAgreed("Somebody records the payment who neither agreed on it nor handles the case.")


def require_settled(agreed_fen: int | None, *, is_paid: bool, said_fen: int | None) -> None:
    """Refuse a closing while something agreed is unpaid, or one that says another amount than was paid.

    Args:
        agreed_fen: The agreed amount in fen; None if nothing was agreed.
        is_paid: Whether it has been paid.
        said_fen: The amount that the closing says, in fen; None if it says none.

    Raises:
        CompensationUnpaid: agreed and not paid.
        CompensationNotProven: the amounts differ.
    """
    if agreed_fen is not None and not is_paid:
        raise CompensationUnpaid("A compensation was agreed and is not paid yet.")
    if said_fen not in (None, agreed_fen):
        raise CompensationNotProven("This is not what was agreed and paid.", pointer="/compensation")
