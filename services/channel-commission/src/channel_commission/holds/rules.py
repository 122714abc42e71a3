"""Holds: a fee that was earned is not paid while something about its sale is looked into."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from channel_commission.accounts.rules import Account, Paid, held_too_much
from shared.errors import Conflict, SecondPersonNeeded


class AlreadyHeld(Conflict):
    """The fees of this dealing are withheld already."""

    code = "fee_already_held"


class NothingToHold(Conflict):
    """Nothing is booked for this dealing that could be withheld."""

    code = "nothing_to_hold"


class HoldReleased(Conflict):
    """The hold has ended."""

    code = "hold_released"


def to_hold(booked: Iterable[Mapping[Account, Paid]], *, is_disputed: bool = False) -> dict[Account, tuple[int, UUID]]:
    """Return by account what is taken out, and the rate to name: what a sale would still be paid; never a debt.

    Args:
        booked: For the sale and each of its redemptions, by account the fees less what is disputed, and what is
            withheld of that.
        is_disputed: Whether a line of it is out until its dispute is decided; then there may be nothing to take by now.

    Raises:
        NothingToHold: no account has a fee.
    """
    total, rates = Counter[Account](), dict[Account, UUID]()
    for accounts in booked:
        total.update({account: paid.fen + paid.withheld_fen for account, paid in accounts.items()})
        rates |= {account: paid.rate_rule_id for account, paid in accounts.items()}
    found = {account: (fen, rates[account]) for account, fen in total.items() if fen > 0}
    if not found and not is_disputed:
        raise NothingToHold("Nothing is booked for this dealing that could be withheld.")
    return found


def follow(back_fen: int, earned_fen: int, withheld_fen: int) -> int:
    """Return what a hold takes out once a line of its sale went out for a dispute, or came back decided.

    A line belongs to its dispute while that is open: the hold puts back what would be out twice. What the decision
    brings belongs to the hold again: it stays out, but nothing is taken that would leave a debt.

    Args:
        back_fen: What came back; negative: what went out.
        earned_fen: What the sale earns the channel by now, less what is disputed.
        withheld_fen: What is withheld of it (negative or 0).

    Returns:
        Fen to be taken out; negative: to be put back.
    """
    if back_fen < 0:
        return -held_too_much(earned_fen, withheld_fen)
    return min(back_fen, max(earned_fen + withheld_fen, 0))


def require_second_person(held_by: UUID, releaser: UUID) -> None:
    """Refuse that a hold is released by the person who put it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if held_by == releaser:
        raise SecondPersonNeeded("A hold must be released by another person than the one who put it.")
