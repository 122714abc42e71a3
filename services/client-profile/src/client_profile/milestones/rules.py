"""What the milestones of a plan ask of its dealings."""

from client_profile.products.rules import yuan
from shared.errors import Conflict


class StillHeld(Conflict):
    """Clients still hold the plan; redeem what is left first."""

    code = "still_held"


def require_nothing_left(left_fen: int) -> None:
    """Refuse to wind up a plan that is still held.

    Args:
        left_fen: Sum over all clients of what is left, at cost.

    Raises:
        StillHeld: tells how much is left.
    """
    if left_fen:
        raise StillHeld("Clients still hold this plan; redeem what is left first.", left=str(yuan(left_fen)))
