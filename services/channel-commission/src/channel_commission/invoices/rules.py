"""Invoices (发票) of channels: together they are over exactly what a statement pays, in amount and in tax.

Several may make up a statement; each but the last shows the tax of its own amount, the last one what is missing to the
fen. A red-letter invoice (红字发票) takes one back, whole or in part, and makes room for another. What is wrong is told
field by field.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from channel_commission.settlements.rules import StatementStatus
from channel_commission.taxes.rules import Split, between
from shared.codes import Code
from shared.errors import Conflict, Invalid
from shared.money import Money

#: A tax shown on an invoice may be off by the rounding of its form.
_ROUNDING_FEN = 1
#: Invoices with a code (10 or 12 digits) have a number of 8; fully digital ones (数电发票) have 20 and no code.
_NUMBERS = {True: re.compile(r"[0-9]{8}"), False: re.compile(r"[0-9]{20}")}


class InvoiceKind(Code):
    """What kind of invoice it is."""

    SPECIAL = "special", "增值税专用发票"
    ORDINARY = "ordinary", "增值税普通发票"
    FOREIGN = "foreign", "境外发票"


class InvoiceDiffers(Invalid):
    """The invoice does not fit its statement; `differences` tells each field, what it says and what it must."""

    code = "invoice_differs"


class InvoiceNumberMalformed(Invalid):
    """An invoice with a code has a number of 8 digits, a fully digital one has 20 and no code."""

    code = "invoice_number_malformed"


class InvoiceUsedBefore(Conflict):
    """An invoice of this code and number was recorded before, for whichever channel."""

    code = "invoice_used_before"


class ChannelCodeMissing(Conflict):
    """Neither the channel nor its head office has a credit code to compare the invoice with."""

    code = "channel_code_missing"


class InvoicesComplete(Conflict):
    """The statement's invoices are over all of it already."""

    code = "invoices_complete"


class RedLetterNotPossible(Conflict):
    """A red-letter invoice cannot be taken back, and none is recorded once the payment is approved."""

    code = "red_letter_not_possible"


@dataclass(frozen=True, slots=True)
class Document:
    """What an invoice says.

    Attributes:
        kind: What kind it is.
        code: 发票代码; None on fully digital and foreign ones.
        number: 发票号码.
        issued_on: 开票日期.
        buyer_name: 购买方名称 (抬头).
        buyer_uscc: 购买方统一社会信用代码.
        seller_uscc: 销售方统一社会信用代码; None on foreign ones.
        amount: 金额 and 税额 in fen; below zero on a red-letter one.
    """

    kind: InvoiceKind
    code: str | None
    number: str
    issued_on: date
    buyer_name: str
    buyer_uscc: str
    seller_uscc: str | None
    amount: Split


@dataclass(frozen=True, slots=True)
class Wanted:
    """What invoices over a statement must say.

    Attributes:
        buyer_name: Our name.
        buyer_uscc: Our credit code.
        seller_usccs: Of the channel and its head office.
        is_foreign: The channel is abroad: the house pays its tax, so its invoice shows none and has no credit code.
        rate: Rate of value added tax; 0 if foreign.
        earliest: First day on which it may be issued: the statement's own.
        latest: Today.
    """

    buyer_name: str
    buyer_uscc: str
    seller_usccs: Collection[str]
    is_foreign: bool
    rate: Decimal
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that says something else than it must."""

    field: str
    said: str
    wanted: str


def require_number(kind: InvoiceKind, code: str | None, number: str) -> None:
    """Refuse a number that no invoice has.

    Raises:
        InvoiceNumberMalformed: as said; points to the field.
    """
    if kind is InvoiceKind.FOREIGN:
        if code is not None:
            raise InvoiceNumberMalformed("A foreign invoice has no code.", pointer="/code")
    elif not _NUMBERS[code is not None].fullmatch(number):
        length = 8 if code else 20
        raise InvoiceNumberMalformed(f"The number must have {length} digits.", pointer="/number")


def require_room(left: Split) -> None:
    """Refuse an invoice over a statement that needs none any more.

    Raises:
        InvoicesComplete: as said.
    """
    if left == Split(0, 0):
        raise InvoicesComplete("The invoices of this statement are over all of it already.")


def require_codes(codes: Collection[str], *, is_foreign: bool) -> None:
    """Refuse to compare an invoice with nothing.

    Raises:
        ChannelCodeMissing: the channel is none abroad, and no credit code of it is known.
    """
    if not codes and not is_foreign:
        raise ChannelCodeMissing("Enter the channel's unified social credit code first.")


def require_fits(said: Document, wanted: Wanted, left: Split) -> None:
    """Refuse an invoice that does not say what it must.

    Args:
        said: The invoice.
        wanted: What it must say.
        left: What is not invoiced yet of the statement, in fen.

    Raises:
        InvoiceDiffers: as said; tells every field.
    """
    _refuse([*_parties(said, wanted), *_amounts(said.amount, left, wanted.rate)])


def require_takes_back(amount: Split, original: Split, rate: Decimal) -> None:
    """Refuse a red-letter invoice over more than is left of its original.

    Args:
        amount: Its net amount and tax, below zero.
        original: What is left of the original, in fen.
        rate: Rate of value added tax.

    Raises:
        RedLetterNotPossible: nothing is left of the original.
        InvoiceDiffers: the amounts are not within it; tells every field.
    """
    if original == Split(0, 0):
        raise RedLetterNotPossible("Red-letter invoices have taken back all of this one already.")
    _refuse(list(_amounts(Split(-amount.net, -amount.vat), original, rate)))


def require_reversible(status: StatementStatus) -> None:
    """Refuse a red-letter invoice where the payment is approved: the statement must become void first.

    Raises:
        RedLetterNotPossible: as said.
    """
    forbidding = {
        StatementStatus.PAYMENT_APPROVED, StatementStatus.PAYMENT_REQUESTED,
        StatementStatus.PAID, StatementStatus.ARCHIVED,
    }  # fmt: skip
    if status in forbidding:
        raise RedLetterNotPossible(f"A statement that is {status} takes no red-letter invoice.", state=status.value)


def _parties(said: Document, wanted: Wanted) -> Iterator[Difference]:
    if (said.kind is InvoiceKind.FOREIGN) != wanted.is_foreign:
        yield Difference("/kind", said.kind.value, "foreign" if wanted.is_foreign else "special or ordinary")
    if said.buyer_name != wanted.buyer_name:
        yield Difference("/buyer_name", said.buyer_name, wanted.buyer_name)
    if said.buyer_uscc != wanted.buyer_uscc:
        yield Difference("/buyer_uscc", said.buyer_uscc, wanted.buyer_uscc)
    if not wanted.is_foreign and said.seller_uscc not in wanted.seller_usccs:
        yield Difference("/seller_uscc", said.seller_uscc or "", " or ".join(sorted(wanted.seller_usccs)))
    if not wanted.earliest <= said.issued_on <= wanted.latest:
        yield Difference("/issued_on", said.issued_on.isoformat(), f"from {wanted.earliest} to {wanted.latest}")


def _amounts(said: Split, left: Split, rate: Decimal) -> Iterator[Difference]:
    gross, most = said.net + said.vat, left.net + left.vat
    if gross > most:
        yield Difference("/net", _yuan(gross), f"with tax at most {_yuan(most)}")
        return
    own = between(0, gross, rate).vat
    if gross == most and said != left:
        yield Difference("/net", _yuan(said.net), _yuan(left.net))
        yield Difference("/vat", _yuan(said.vat), _yuan(left.vat))
    elif gross < most and abs(said.vat - own) > _ROUNDING_FEN:
        yield Difference("/vat", _yuan(said.vat), _yuan(own))


def _refuse(differences: Iterable[Difference]) -> None:
    found = [{"field": one.field, "said": one.said, "wanted": one.wanted} for one in differences]
    if found:
        raise InvoiceDiffers(
            "The invoice does not say what it must; see the differences.", pointer=found[0]["field"], differences=found
        )


def _yuan(fen: int) -> str:
    return f"{Money.from_fen(fen).amount:.2f}"
