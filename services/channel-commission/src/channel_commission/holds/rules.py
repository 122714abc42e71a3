"""Holds: a fee that was earned is not paid while something about its sale is looked into."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from shared.errors import Conflict


class AlreadyHeld(Conflict):
    """The fees of this dealing are withheld already."""

    code = "fee_already_held"


class NothingToHold(Conflict):
    """Nothing is booked for this dealing that could be withheld."""

    code = "nothing_to_hold"


class HoldReleased(Conflict):
    """The hold has ended."""

    code = "hold_released"


class SamePersonReleases(Conflict):
    """Who withheld a fee cannot release it."""

    code = "second_person_needed"


def to_hold(booked: Iterable[Mapping[UUID, tuple[int, int]]]) -> dict[UUID, int]:
    """Return what is taken out by the channel paid: what a sale still earns; never a debt.

    Args:
        booked: For the sale and each of its redemptions, by channel the fees booked (fen) and what is withheld of them.

    Raises:
        NothingToHold: no channel has a fee.
    """
    total = Counter[UUID]()
    for channels in booked:
        total.update({channel_id: fen + withheld for channel_id, (fen, withheld) in channels.items()})
    found = {channel_id: fen for channel_id, fen in total.items() if fen > 0}
    if not found:
        raise NothingToHold("Nothing is booked for this dealing that could be withheld.")
    return found


def require_second_person(held_by: UUID, releaser: UUID) -> None:
    """Refuse that a hold is released by the person who put it.

    Raises:
        SamePersonReleases: as said.
    """
    if held_by == releaser:
        raise SamePersonReleases("A hold must be released by another person than the one who put it.")
