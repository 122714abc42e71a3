"""Settlements: a month's statement per channel and bearer, from its freeze to its payment.

A statement takes its entries by their booked month alone, so none can be missed or taken twice. What it says is frozen
with a digest that every approval names.
"""

from collections.abc import Collection, Mapping
from datetime import date

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.money import Money


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


class PaymentOutstanding(Conflict):
    """Something of the statement is still to be paid."""

    code = "payment_outstanding"


class EvidenceMissing(Invalid):
    """A confirmation entered by staff needs the channel's own words."""

    code = "evidence_missing"


class InvoiceAmountDiffers(Invalid):
    """The invoice is over another amount than the statement."""

    code = "invoice_amount_differs"


class InvoiceUsedBefore(Conflict):
    """The channel's invoice of this number belongs to another statement."""

    code = "invoice_used_before"


class PaidOnOutOfRange(Invalid):
    """The day of payment has not come, or lies before the statement."""

    code = "paid_on_out_of_range"


class PaymentUsedBefore(Conflict):
    """The bank's reference belongs to the payment of another statement."""

    code = "payment_used_before"


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


def next_status(status: StatementStatus, command: str, *, closing_fen: int, held_fen: int = 0) -> StatementStatus:
    """Return the status that `command` leads to.

    Args:
        status: The present status.
        command: What is wanted.
        closing_fen: The closing balance; where nothing of it is payable it ends with its confirmation.
        held_fen: What is held of it for disputed lines.

    Raises:
        CommandNotAllowed: the present status does not allow it; tells what is allowed.
        NothingPayable: it would lead towards a payment of nothing, or free what the next statement carries already.
        PaymentOutstanding: it would end a statement of which something is to be paid.
    """
    allowed = EDGES[status]
    if command not in allowed:
        raise CommandNotAllowed(
            f"A statement that is {status} does not allow {command}.", state=status.value, allowed=sorted(allowed)
        )
    payable = payable_fen(closing_fen, held_fen)
    if payable <= 0 and command in ("record-invoice", "void"):
        raise NothingPayable(
            "The balance is not above zero: nothing is invoiced or paid, the next statement carries it."
        )
    if payable > 0 and command == "archive" and status is not StatementStatus.PAID:
        raise PaymentOutstanding("What is payable must be paid before the statement is archived.")
    return allowed[command]


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


def require_invoice(amount_fen: int, closing_fen: int, held_fen: int = 0) -> None:
    """Refuse an invoice over another amount than what is payable.

    Raises:
        InvoiceAmountDiffers: as said.
    """
    payable = payable_fen(closing_fen, held_fen)
    if amount_fen != payable:
        raise InvoiceAmountDiffers(
            "The invoice must be over exactly what is payable.",
            pointer="/amount",
            payable=str(Money.from_fen(payable).amount),
        )


def require_paid_on(paid_on: date, *, calculated_on: date, today: date) -> None:
    """Refuse a day of payment (Asia/Shanghai) that has not come or lies before the statement.

    Raises:
        PaidOnOutOfRange: as said.
    """
    if not calculated_on <= paid_on <= today:
        raise PaidOnOutOfRange(
            f"The payment must lie between {calculated_on} and {today}.",
            pointer="/paid_on",
            earliest=calculated_on.isoformat(),
            latest=today.isoformat(),
        )
