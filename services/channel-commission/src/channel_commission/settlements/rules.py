"""Settlements: a month's statement per channel and bearer, from its freeze to its payment.

A statement takes its entries by their booked month alone, so none can be missed or taken twice. What it says is frozen
with a digest that every approval names.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from channel_commission.periods.rules import next_period
from channel_commission.taxes.rules import Split
from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.money import Money
from shared.states import step


class StatementStatus(Code):
    """Where a statement stands."""

    CALCULATED = "calculated", "已计算"
    CHECKED = "checked", "已复核"
    SENT = "sent", "已发送渠道"
    CONFIRMED = "confirmed", "渠道已确认"
    DISPUTED = "disputed", "部分异议"
    INVOICED = "invoiced", "已收票"
    PAYMENT_APPROVED = "payment_approved", "付款已审批"
    PAYMENT_REQUESTED = "payment_requested", "已提交银行"
    PAID = "paid", "已付款"
    ARCHIVED = "archived", "已归档"
    VOID = "void", "已作废"


class CommandNotAllowed(Conflict):
    """The statement's status does not allow this command."""

    code = "settlement_status_forbids"


class DigestDiffers(Conflict):
    """The digest named is not that of the statement: something else was read than what is approved."""

    code = "digest_differs"


class EntriesDiffer(Conflict):
    """The entries do not give the frozen digest: stop and look, this must never happen."""

    code = "entries_differ"


class NothingPayable(Conflict):
    """The balance is not above zero; a negative one is carried into the next statement."""

    code = "nothing_payable"


class DisputeOpen(Conflict):
    """A disputed line of the statement is not decided."""

    code = "dispute_open"


class PaymentOutstanding(Conflict):
    """Something of the statement is still to be paid."""

    code = "payment_outstanding"


class EvidenceMissing(Invalid):
    """A confirmation entered by staff needs the channel's own words."""

    code = "evidence_missing"


class InvoicesIncomplete(Conflict):
    """The invoices recorded are not over exactly what is payable: `missing_net` and `missing_vat` of it."""

    code = "invoices_incomplete"


#: Every allowed command, and the status it leads to. What the bank does is told at its payment attempt.
EDGES: Mapping[StatementStatus, Mapping[str, StatementStatus]] = {
    StatementStatus.CALCULATED: {"check": StatementStatus.CHECKED, "void": StatementStatus.VOID},
    StatementStatus.CHECKED: {"send": StatementStatus.SENT, "void": StatementStatus.VOID},
    StatementStatus.SENT: {
        "confirm": StatementStatus.CONFIRMED,
        "dispute": StatementStatus.DISPUTED,
        "void": StatementStatus.VOID,
    },
    StatementStatus.DISPUTED: {
        "record-invoice": StatementStatus.INVOICED,
        "archive": StatementStatus.ARCHIVED,
        "void": StatementStatus.VOID,
    },
    StatementStatus.CONFIRMED: {
        "record-invoice": StatementStatus.INVOICED,
        "archive": StatementStatus.ARCHIVED,
        "void": StatementStatus.VOID,
    },
    StatementStatus.INVOICED: {"approve-payment": StatementStatus.PAYMENT_APPROVED, "void": StatementStatus.VOID},
    StatementStatus.PAYMENT_APPROVED: {
        "request-payment": StatementStatus.PAYMENT_REQUESTED,
        "record-payment": StatementStatus.PAID,
        "archive": StatementStatus.ARCHIVED,
        "void": StatementStatus.VOID,
    },
    StatementStatus.PAYMENT_REQUESTED: {
        "settle-attempt": StatementStatus.PAID,
        "return-attempt": StatementStatus.PAYMENT_APPROVED,
    },
    StatementStatus.PAID: {"archive": StatementStatus.ARCHIVED},
    StatementStatus.ARCHIVED: {},
    StatementStatus.VOID: {},
}


def next_status(
    status: StatementStatus, command: str, *, closing_fen: int, held_fen: int = 0, payment_fen: int | None = None
) -> StatementStatus:
    """Return the status that `command` leads to.

    Args:
        status: The present status.
        command: What is wanted.
        closing_fen: The closing balance; where nothing of it is payable it ends with its confirmation.
        held_fen: What is held of it for disputed lines.
        payment_fen: What the bank pays; None until that is approved.

    Raises:
        CommandNotAllowed: the present status does not allow it; tells what is allowed.
        NothingPayable: it would lead towards a payment of nothing, or free what the next statement carries already.
        PaymentOutstanding: it would end a statement of which something is to be paid.
    """
    told = f"A statement that is {status} does not allow {command}."
    after = step(EDGES, status, command, refused=CommandNotAllowed, told=told)
    payable = payable_fen(closing_fen, held_fen)
    if payable <= 0 and command in ("record-invoice", "void"):
        raise NothingPayable(
            "The balance is not above zero: nothing is invoiced or paid, the next statement carries it."
        )
    if payment_fen == 0 and command in ("request-payment", "record-payment"):
        raise NothingPayable("Advances cover all of it: the bank pays nothing.")
    outstanding = payable if payment_fen is None else payment_fen
    if outstanding > 0 and command == "archive" and status is not StatementStatus.PAID:
        raise PaymentOutstanding("What is payable must be paid before the statement is archived.")
    return after


def last_day(period: str) -> date:
    """Return the last day of a month (`YYYY-MM`): the policy in force on it holds for its statements."""
    return date.fromisoformat(f"{next_period(period)}-01") - timedelta(days=1)


def require_decided(open_disputes: int) -> None:
    """Refuse to put away a statement of which a line is still in dispute.

    Raises:
        DisputeOpen: as said.
    """
    if open_disputes:
        raise DisputeOpen("Decide the disputed lines of this statement before it is archived.", open=open_disputes)


def payable_fen(closing_fen: int, held_fen: int = 0) -> int:
    """Return what is paid of a closing balance: what is positive of it without the disputed lines."""
    return max(closing_fen - held_fen, 0)


def held_fen(closing_fen: int, disputed_fen: int) -> int:
    """Return what is held of a closing balance for disputed lines: no more than would be paid."""
    return min(disputed_fen, max(closing_fen, 0))


def carried_fen(closing_fen: int, held_fen: int = 0) -> int:
    """Return what later statements of the same channel and bearer open with: all that is not paid with this one."""
    return closing_fen - payable_fen(closing_fen, held_fen)


def require_digest(named: str, frozen: str) -> None:
    """Refuse an approval of something else than what is frozen.

    Raises:
        DigestDiffers: as said.
    """
    if named != frozen:
        raise DigestDiffers("Your digest is not that of the statement; read it again.", pointer="/digest")


def require_second_person(makers: Collection[str], approver: str) -> None:
    """Refuse that a payment is approved by somebody who brought the statement this far.

    Args:
        makers: Who checked it, confirmed it for the channel, and recorded the invoice, as `staff:<id>`.
        approver: Who approves, likewise.

    Raises:
        SecondPersonNeeded: the approver is one of them.
    """
    if approver in makers:
        raise SecondPersonNeeded("The payment must be approved by somebody who did not check, confirm or invoice it.")


def require_invoiced(net_fen: int, vat_fen: int, whole: Split) -> None:
    """Refuse a payment for which invoices are missing, or were taken back.

    Args:
        net_fen: What the statement's invoices are over without tax, red-letter ones taken off.
        vat_fen: Their tax.
        whole: What they must be over.

    Raises:
        InvoicesIncomplete: as said.
    """
    if (net_fen, vat_fen) != (whole.net, whole.vat):
        missing = {"missing_net": whole.net - net_fen, "missing_vat": whole.vat - vat_fen}
        raise InvoicesIncomplete(
            "The invoices must be over exactly what is payable.",
            **{name: str(Money.from_fen(fen).amount) for name, fen in missing.items()},
        )
