"""What a complainant is paid: agreed by one person, paid by another, with proof, before the case is closed.

Four eyes on the money and the proof of payment are rules of the house.
"""

from datetime import date
from uuid import UUID

from shared.errors import Conflict, Forbidden


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


class PayerAgreed(Forbidden):
    """Whoever agreed on a compensation or handles the case does not record its payment (four eyes)."""

    code = "payer_agreed"


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
