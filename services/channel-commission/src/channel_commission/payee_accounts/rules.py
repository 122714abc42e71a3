"""Payee accounts (收款账户): where a channel's fees may be paid to, and from when on.

Whoever redirects a payment steals it. So an account is proposed by one person, asked for by telephone and confirmed by
another, and waits before it is paid to (四眼、回拨、等待期); it never changes afterwards, another one follows it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded


class AccountStatus(Code):
    """Where a payee account stands."""

    PROPOSED = "proposed", "待回拨核实"
    CALLED_BACK = "called_back", "待复核"
    CONFIRMED = "confirmed", "已生效"
    REFUSED = "refused", "已否决"
    STOPPED = "stopped", "已停用"


class AccountStatusForbids(Conflict):
    """The status of the account does not allow this command."""

    code = "payee_account_status_forbids"


class AnotherIsPending(Conflict):
    """Another account of the channel waits for its call back or confirmation."""

    code = "payee_account_pending"


class HolderIsAnother(Invalid):
    """The account is not in the name of the partner or its head office: fees go to nobody else."""

    code = "holder_is_another"


class NoPayeeAccount(Conflict):
    """No account of the channel may be paid to on that day."""

    code = "no_payee_account"


#: Every allowed command.
ALLOWED: Mapping[AccountStatus, tuple[str, ...]] = {
    AccountStatus.PROPOSED: ("record-call-back", "refuse"),
    AccountStatus.CALLED_BACK: ("confirm", "refuse"),
    AccountStatus.CONFIRMED: ("stop",),
    AccountStatus.REFUSED: (),
    AccountStatus.STOPPED: (),
}
#: Accounts of these stand in nobody's way but each other's: one at a time.
PENDING = (AccountStatus.PROPOSED, AccountStatus.CALLED_BACK)


@dataclass(frozen=True, slots=True)
class Validity:
    """Days on which an account may be paid to: half-open; `until` is null while nothing follows."""

    valid_from: date
    valid_until: date | None


def allowed(status: AccountStatus, validity: Validity | None, *, today: date) -> list[str]:
    """Return the commands an account allows: one that another has replaced cannot be stopped any more."""
    return [] if validity is not None and _is_over(validity, today) else sorted(ALLOWED[status])


def _is_over(validity: Validity, today: date) -> bool:
    return validity.valid_until is not None and validity.valid_until <= max(today, validity.valid_from)


def require_allowed(status: AccountStatus, validity: Validity | None, command: str, *, today: date) -> None:
    """Refuse a command that the account does not allow.

    Raises:
        AccountStatusForbids: as said; tells what is allowed.
    """
    possible = allowed(status, validity, today=today)
    if command not in possible:
        raise AccountStatusForbids(
            f"An account that is {status} does not allow {command} now.", state=status.value, allowed=possible
        )


def require_second_person(proposed_by: UUID, other: UUID) -> None:
    """Refuse that an account is called back for or confirmed by the person who proposed it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if proposed_by == other:
        raise SecondPersonNeeded("Somebody else than who proposed the account must do this.")


def require_own_name(holder: str, names: Collection[str]) -> None:
    """Refuse an account in a third party's name: a fee paid elsewhere is a rebate or a fraud (同名账户).

    Args:
        holder: In whose name the account is.
        names: Names of the partner and its head offices.

    Raises:
        HolderIsAnother: as said.
    """
    if _bare(holder) not in {_bare(name) for name in names}:
        raise HolderIsAnother(
            "The account must be in the name of the partner or its head office, as entered here.", pointer="/holder"
        )


def _bare(name: str) -> str:
    """Return a name without what is written now this way, now that way: spaces, width, kind of brackets, case."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def payable_from(confirmed_on: date, waiting_days: int) -> date:
    """Return the first day on which a confirmed account may be paid to: whole days pass in between.

    Args:
        confirmed_on: Day of the confirmation (Asia/Shanghai).
        waiting_days: Policy row `payee_account.waiting_days`; with 1, an account confirmed on Monday is paid to from
            Wednesday on, so that confirming it a minute before midnight gives nobody less time to object.
    """
    return confirmed_on + timedelta(days=waiting_days + 1)


def is_payable(status: AccountStatus, validity: Validity | None, *, on: date) -> bool:
    """Return whether an account may be paid to on a day (Asia/Shanghai)."""
    if status not in (AccountStatus.CONFIRMED, AccountStatus.STOPPED) or validity is None:
        return False
    return validity.valid_from <= on and (validity.valid_until is None or on < validity.valid_until)


def masked(number: str) -> str:
    """Return an account number as everybody may read it: `**** 1234`."""
    return f"**** {number[-4:]}"
