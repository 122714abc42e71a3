"""How a case ends: informing, closing, withdrawal. On which days the complainant's word may lie."""

from datetime import date
from typing import Literal

from complaints.cases.rules import require_day
from shared.errors import Conflict, Invalid


class DayMissing(Invalid):
    """Staff say on which day the complainant's word was received."""

    code = "day_missing"


class ProofMissing(Invalid):
    """Staff say where the complainant's word is kept; clients give theirs in person."""

    code = "proof_missing"


class SpeaksForThemselves(Conflict):
    """A client who complains for themselves, without an agent, an heir or representatives, needs no authority."""

    code = "speaks_for_themselves"


def require_proof(proof: str | None, *, kind: Literal["staff", "channel", "client"]) -> None:
    """Refuse a withdrawal that staff cannot prove.

    Args:
        proof: Where the complainant's word is kept; None if nowhere.
        kind: The kind of caller.

    Raises:
        ProofMissing: a staff member gave none.
    """
    if kind != "client" and proof is None:
        raise ProofMissing("Say where the complainant's word is kept.", pointer="/proof")


def require_another(*, is_client: bool, has_speakers: bool) -> None:
    """Refuse to decline for want of authority what a client filed for themselves.

    Args:
        is_client: Whether the complainant is a client.
        has_speakers: Whether an agent, an heir or a representative speaks, or spoke, in the case.

    Raises:
        SpeaksForThemselves: nobody speaks for somebody else.
    """
    if is_client and not has_speakers:
        raise SpeaksForThemselves("This client complains for themselves: no authority is needed.")


def day_received(
    given: date | None, *, kind: Literal["staff", "channel", "client"], first: date, today: date, pointer: str
) -> date:
    """Return the day on which the complainant's withdrawal or request was received.

    It takes effect that day: a withdrawal ends the procedure on the day it is received (CBIRC order 2020 no. 3,
    article 15).

    Args:
        given: The day as staff say it; clients speak for themselves, today.
        kind: The kind of caller.
        first: Earliest day possible, e.g. that of receipt.
        today: The present day (Asia/Shanghai).
        pointer: The field of `given`.

    Raises:
        DayMissing: a staff member did not say the day.
        DayOutOfRange: too early, in the future, or a client says another day than today.
    """
    if kind == "client":
        require_day(given or today, first=today, today=today, pointer=pointer)
        return today
    if given is None:
        raise DayMissing("Say on which day it was received.", pointer=pointer)
    require_day(given, first=first, today=today, pointer=pointer)
    return given
