"""Disputes: lines of a statement that its channel does not accept. They alone are held; the rest is paid.

What is held is brought forward into the first open month, where an entry of component `disputed` takes it out until it
is decided: so no month pays it, no frozen figure changes, and what is decided comes in as one more entry.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from channel_commission.rates.rules import Component
from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.money import Money


class DisputeStatus(Code):
    """Where a disputed line stands."""

    OPEN = "open", "待处理"
    ANSWERED = "answered", "待复核"
    ACCEPTED = "accepted", "异议成立"
    REJECTED = "rejected", "异议不成立"


class DisputeStatusForbids(Conflict):
    """The status of the dispute does not allow this command."""

    code = "dispute_status_forbids"


class LineNotInStatement(Invalid):
    """The statement has no such line."""

    code = "line_not_in_statement"


class LineIsNoFee(Invalid):
    """The line withholds a fee, pays it after all or tops fees up; the fee's own line can be disputed."""

    code = "line_is_no_fee"


class LineDisputedBefore(Conflict):
    """The line was disputed in a statement that became void since; that dispute decides on it."""

    code = "line_disputed_before"


class LineTwice(Invalid):
    """A line is named twice."""

    code = "line_twice"


class CorrectionOutOfRange(Invalid):
    """What the line should have been does not fit what is disputed."""

    code = "correction_out_of_range"


class DealingTakenBack(Conflict):
    """The dealing of the line was reversed: it earns nothing, so there is nothing to correct."""

    code = "dealing_taken_back"


#: Every allowed command.
ALLOWED: Mapping[DisputeStatus, tuple[str, ...]] = {
    DisputeStatus.OPEN: ("answer",),
    DisputeStatus.ANSWERED: ("answer", "decide"),
    DisputeStatus.ACCEPTED: (),
    DisputeStatus.REJECTED: (),
}


def require_allowed(status: DisputeStatus, command: str) -> None:
    """Refuse a command that the status does not allow.

    Raises:
        DisputeStatusForbids: as said; tells what is allowed.
    """
    if command not in ALLOWED[status]:
        allowed = list(ALLOWED[status])
        raise DisputeStatusForbids(
            f"A dispute that is {status} does not allow {command}.", state=status.value, allowed=allowed
        )


def require_lines(named: Sequence[UUID], lines: Mapping[UUID, Component]) -> None:
    """Refuse lines that are named twice, stand elsewhere, or are no fees: their end pays what they withhold.

    Args:
        named: Entries disputed, in the order of the request.
        lines: Those among them that stand in the statement, with what they are of.

    Raises:
        LineTwice, LineNotInStatement, LineIsNoFee: as said.
    """
    for place, accrual_id in enumerate(named):
        pointer = f"/lines/{place}/accrual_id"
        if accrual_id in named[:place]:
            raise LineTwice("This line is named already.", pointer=pointer)
        if accrual_id not in lines:
            raise LineNotInStatement("The statement has no such line.", pointer=pointer)
        if lines[accrual_id] in (Component.WITHHELD, Component.DISPUTED, Component.GUARANTEE):
            raise LineIsNoFee("Dispute the line of the fee itself.", pointer=pointer)


def require_not_disputed(named: Sequence[UUID], disputed: Collection[UUID]) -> None:
    """Refuse lines that were disputed before: each is disputed once.

    Raises:
        LineDisputedBefore: as said; points to the first.
    """
    for place, accrual_id in enumerate(named):
        if accrual_id in disputed:
            raise LineDisputedBefore("This line was disputed before.", pointer=f"/lines/{place}/accrual_id")


def held_fen(line_fen: int) -> int:
    """Return what is held of a disputed line: a fee, never a deduction, or a dispute would raise the payment."""
    return max(line_fen, 0)


def brought_forward(held_fen: int, withheld_fen: int) -> int:
    """Return what disputed lines of a sale would be paid with their statement, which is not: held from it.

    Args:
        held_fen: What is held of the lines.
        withheld_fen: What the same statement withholds of the sale for a hold (negative), or (positive) pays after one.
    """
    return max(held_fen + min(withheld_fen, 0), 0)


def require_correction(line_fen: int, corrected_fen: int) -> None:
    """Refuse a correction that would leave the channel that disputes a line with a debt or a larger one.

    Raises:
        CorrectionOutOfRange: a fee would become a deduction, a deduction would grow or become a fee.
    """
    fits = corrected_fen >= 0 if line_fen > 0 else line_fen <= corrected_fen <= 0
    if not fits:
        raise CorrectionOutOfRange("A fee stays a fee and a deduction does not grow.", pointer="/corrected")


def require_standing(*, is_taken_back: bool) -> None:
    """Refuse to correct a line of a dealing that was reversed, or of whose sale was: what it earned is taken back.

    Raises:
        DealingTakenBack: as said.
    """
    if is_taken_back:
        raise DealingTakenBack("The dealing was reversed and earns nothing; the line can only stand.")


def require_covered(line_fen: int, corrected_fen: int, left_fen: int, back_fen: int = 0) -> None:
    """Refuse to correct a fee so far down that what went back of it meanwhile becomes a debt.

    Args:
        line_fen: The line.
        corrected_fen: What it should have been.
        left_fen: What its sale leaves the channel if the line stands, whatever else of it is disputed or withheld.
        back_fen: What redemptions give back of the change (positive where it lowers the fee).

    Raises:
        CorrectionOutOfRange: as said; tells the least that the line can be.
    """
    if corrected_fen < line_fen and left_fen + corrected_fen - line_fen + back_fen < 0:
        least = Money.from_fen(min(line_fen - left_fen, line_fen))
        raise CorrectionOutOfRange(
            "So much of the fee went back meanwhile that the channel would owe what it never got.",
            pointer="/corrected",
            least=str(least.amount),
        )


def require_second_person(answered_by: UUID | None, decider: UUID) -> None:
    """Refuse that an answer is decided on by the person who proposed it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if answered_by == decider:
        raise SecondPersonNeeded("Somebody else than who proposed the answer must decide.")
