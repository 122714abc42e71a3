"""Accounts: whose fees, and by which statements they are paid. What is withheld or corrected stays in its account."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from channel_commission.cycles.rules import Cycle


class Account(NamedTuple):
    """Whose fees, and by which statements they are paid: what is withheld of them stays among them."""

    channel_id: UUID
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class Paid:
    """What a dealing is paid into an account.

    Attributes:
        fen: The fees less what is disputed.
        withheld_fen: What is withheld of them (negative or 0).
        rate_rule_id: A rate they were booked by; entries that withhold some of them name it.
    """

    fen: int
    withheld_fen: int
    rate_rule_id: UUID


@dataclass(frozen=True, slots=True)
class Corrected:
    """What decided disputes changed of a dealing's lines in an account.

    Attributes:
        fen: All of it, less what was taken back.
        fee_fen: What the fee of the sale itself was changed by.
        back_fen: What went back of that with this redemption (negative where the fee was raised).
        rate_rule_id: A rate the lines were booked by.
    """

    fen: int
    fee_fen: int
    back_fen: int
    rate_rule_id: UUID


def held_too_much(earned_fen: int, withheld_fen: int) -> int:
    """Return what is withheld of a sale beyond what it still earns, to be put back: nobody owes what was never paid.

    Args:
        earned_fen: What the sale earns a channel, less what is disputed; may be negative.
        withheld_fen: What is withheld of it (negative or 0).

    Returns:
        Fen, not negative.
    """
    return max(-withheld_fen - max(earned_fen, 0), 0)
