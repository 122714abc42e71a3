"""Proposals that a channel leaves (退出建议), by rule or by a person, decided by somebody else."""

from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, SecondPersonNeeded


class ExitReason(Code):
    """Why a channel should leave."""

    RED_LINE = "red_line", "触碰红线"
    GRADE_D_TWICE = "grade_d_twice", "连续两次评为D级"
    PROPOSED = "proposed", "人工提议"


class ExitStatus(Code):
    """Where a proposal stands."""

    PROPOSED = "proposed", "待决定"
    ACCEPTED = "accepted", "同意退出"
    REJECTED = "rejected", "不予退出"


class ExitIsProposed(Conflict):
    """There is a proposal to decide on already."""

    code = "exit_is_proposed"


class ExitDecided(Conflict):
    """The proposal is decided."""

    code = "exit_decided"


class ChannelIsGone(Conflict):
    """The channel has ended already."""

    code = "channel_is_gone"


def require_may_decide(status: ExitStatus, proposed_by: UUID | None, decider: UUID) -> None:
    """Refuse to decide twice, or on one's own proposal; what a rule proposed anybody entitled may decide.

    Raises:
        ExitDecided, SecondPersonNeeded: as said.
    """
    if status is not ExitStatus.PROPOSED:
        raise ExitDecided(f"The proposal is {status}.", state=status.value, allowed=[])
    if proposed_by == decider:
        raise SecondPersonNeeded("Somebody else than who proposed it must decide.")
