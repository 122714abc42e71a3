"""Closes: of a month, with the statements then due, and of a plan's establishment. Each once, and for good."""

from datetime import date

from shared.errors import Conflict


class TrailingPending(Conflict):
    """Trailing fees of the month are still being booked; try again shortly."""

    code = "trailing_fees_pending"
    retry_after_seconds = 60


class NothingAtEstablishment(Conflict):
    """No fee of the plan is settled at its establishment: none is booked, or no agreement says so."""

    code = "nothing_at_establishment"


class EstablishmentClosed(Conflict):
    """The establishment is closed; what comes later is settled month by month."""

    code = "establishment_closed"


class EstablishmentNotOver(Conflict):
    """The plan's first subscriptions are confirmed on this very day; more may come."""

    code = "establishment_not_over"


def require_establishment_over(first_on: date | None, *, today: date) -> None:
    """Refuse to close an establishment before there is something to settle, or before its day is over.

    Subscriptions of a raising are confirmed on the day the plan is established, so the first of them tells the day.

    Args:
        first_on: The first business date of fees settled at the establishment (Asia/Shanghai); None for none.
        today: Today (Asia/Shanghai).

    Raises:
        NothingAtEstablishment, EstablishmentNotOver: as said.
    """
    if first_on is None:
        raise NothingAtEstablishment("No fee of this plan is settled at its establishment.")
    if first_on >= today:
        raise EstablishmentNotOver("The day of establishment is not over.", established_on=first_on.isoformat())
