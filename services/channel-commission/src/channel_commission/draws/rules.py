"""Draws (预付代销服务费): advances that later fees of the same channel and bearer cover.

A draw is proposed, approved by a second person and paid once. Then every payment of the same books that is approved
keeps back what is left of it, the oldest draw first; what a void statement kept back is open again. Nothing is netted
across bearers: a draw paid by the company is never covered by fees that a trust plan bears.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from channel_commission.channels.rules import ChannelStatus
from shared.codes import Code
from shared.errors import Conflict, SecondPersonNeeded
from shared.states import step


class DrawStatus(Code):
    """Where a draw stands."""

    PROPOSED = "proposed", "待审批"
    APPROVED = "approved", "已审批"
    REFUSED = "refused", "已驳回"
    PAID = "paid", "已支付"


class DrawStatusForbids(Conflict):
    """The draw's status does not allow this."""

    code = "draw_status_forbids"


class ChannelNotActive(Conflict):
    """Advances go to active channels only."""

    code = "channel_not_active"


#: Every allowed command, and the status it leads to.
EDGES: Mapping[DrawStatus, Mapping[str, DrawStatus]] = {
    DrawStatus.PROPOSED: {"approve": DrawStatus.APPROVED, "refuse": DrawStatus.REFUSED},
    DrawStatus.APPROVED: {"record-payment": DrawStatus.PAID, "refuse": DrawStatus.REFUSED},
    DrawStatus.REFUSED: {},
    DrawStatus.PAID: {},
}


@dataclass(frozen=True, slots=True)
class Open:
    """What is left of a draw, in fen."""

    draw_id: UUID
    fen: int


def next_status(status: DrawStatus, command: str) -> DrawStatus:
    """Return the status that `command` leads to.

    Raises:
        DrawStatusForbids: the present status does not allow it; tells what is allowed.
    """
    told = f"A draw that is {status} does not allow {command}."
    return step(EDGES, status, command, refused=DrawStatusForbids, told=told)


def require_second_person(proposed_by: UUID, approver: UUID) -> None:
    """Refuse that a draw is approved by who proposed it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if proposed_by == approver:
        raise SecondPersonNeeded("A draw must be approved by somebody who did not propose it.")


def require_active(status: ChannelStatus) -> None:
    """Refuse an advance to a channel that earns nothing at present.

    Raises:
        ChannelNotActive: as said.
    """
    if status is not ChannelStatus.ACTIVE:
        raise ChannelNotActive(f"A channel that is {status} gets no advance.", state=status.value)


def recoveries(payment_fen: int, draws: Sequence[Open]) -> list[Open]:
    """Return what of a payment goes to which draw.

    Args:
        payment_fen: What would be paid to the channel, not below zero.
        draws: What is left of its draws, the oldest first.

    Returns:
        Amounts above zero, at most what is left of each draw, together at most the payment.
    """
    found = []
    for draw in draws:
        fen = min(payment_fen, draw.fen)
        if fen > 0:
            found.append(Open(draw.draw_id, fen))
            payment_fen -= fen
    return found
