"""Vouchers (记账凭证) for the finance ledger: what is accrued, owed, paid and taken back, in pairs of accounts.

A posting has one debit account, one credit account and one amount above zero, so it cannot be out of balance. All
postings of a transaction are in the books of one fee bearer, the company or one trust plan, since trust property stands
alone; the database refuses others. Accounts are a policy row (`ledger.accounts`): which role is which account from when
on. We keep no ledger: what is exported is entered there.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.codes import Code
from shared.errors import Conflict
from shared.money import Money

#: Name and version of the export's format; a change of columns is a new version.
FORMAT = "TRUSTCRM-VOUCHER"
FORMAT_VERSION = 1


class AccountRole(Code):
    """What an account is for; the policy row says which one it is."""

    EXPENSE = "expense", "代销服务费支出"
    INPUT_TAX = "input_tax", "进项税额"
    ACCRUED = "accrued", "暂估应付代销服务费"
    PAYABLE = "payable", "应付渠道款"
    TAX_WITHHELD = "tax_withheld", "代扣代缴增值税"
    ADVANCE = "advance", "预付渠道款"
    BANK = "bank", "银行存款"


class PostingKind(Code):
    """What a posting is made for."""

    ACCRUAL = "accrual", "计提代销服务费"
    CLAWBACK = "clawback", "追回代销服务费"
    SETTLEMENT = "settlement", "结算确认应付"
    PAYMENT = "payment", "支付代销服务费"
    DRAW = "draw", "预付代销服务费"
    VOID = "void", "结算单作废冲回"


class NothingToExport(Conflict):
    """Every posting of these books up to that day was exported."""

    code = "nothing_to_export"


@dataclass(frozen=True, slots=True)
class Leg:
    """An amount above zero, in fen, from one account to another."""

    debit: AccountRole
    credit: AccountRole
    fen: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the finance ledger (科目)."""

    code: str
    name: str


#: The accounts of a bearer's books. Books without a role do not use it: a plan deducts no input tax.
Accounts = Mapping[AccountRole, Account]


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting as it is exported."""

    txn_key: str
    kind: PostingKind
    effective_on: date
    channel_number: str
    debit: Account
    credit: Account
    fen: int


def accounts(value: Mapping[str, Mapping[str, Sequence[str]]], bearer: str) -> dict[AccountRole, Account]:
    """Return a bearer's accounts from a policy row `ledger.accounts`: code and name by role.

    Raises:
        KeyError: it names no such bearer.
        ValueError: it names a role that is none.
    """
    return {AccountRole(role): Account(*account) for role, account in value[bearer].items()}


def settlement(payable_fen: int, *, deductible_fen: int, withheld_fen: int, recovered_fen: int) -> list[Leg]:
    """Return what the approval of a payment posts: what was accrued is owed now.

    Args:
        payable_fen: What the statement pays, with tax.
        deductible_fen: Input tax that these books deduct; it is no expense.
        withheld_fen: Tax that is owed to the tax office and not to the channel.
        recovered_fen: What the channel has already as an advance.
    """
    legs = [
        Leg(AccountRole.ACCRUED, AccountRole.PAYABLE, payable_fen),
        Leg(AccountRole.INPUT_TAX, AccountRole.EXPENSE, deductible_fen),
        Leg(AccountRole.PAYABLE, AccountRole.TAX_WITHHELD, withheld_fen),
        Leg(AccountRole.PAYABLE, AccountRole.ADVANCE, recovered_fen),
    ]
    return [leg for leg in legs if leg.fen]


def taken_back(legs: Iterable[Leg]) -> list[Leg]:
    """Return what takes postings back: the same with debit and credit changed."""
    return [Leg(leg.credit, leg.debit, leg.fen) for leg in legs]


def content(number: str, books: str, through: date, entries: Sequence[Entry]) -> str:
    """Return an export: CSV (RFC 4180) in UTF-8, header `H`, two rows `D` for each posting, trailer `T`.

    Postings of a transaction share a voucher number. The trailer has the sums of both sides, which are equal, and the
    SHA-256 of all before it.

    Args:
        number: Of the export.
        books: `company`, or the id of the trust plan whose books these are.
        through: Last day it covers.
        entries: The postings, those of a transaction together.
    """
    numbers = {key: place for place, key in enumerate(dict.fromkeys(entry.txn_key for entry in entries), start=1)}
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(["H", FORMAT, FORMAT_VERSION, number, books, through.isoformat(), "CNY", len(numbers)])
    for entry in entries:
        voucher = f"{number}-{numbers[entry.txn_key]:05d}"
        common = ["D", voucher, entry.effective_on.isoformat(), f"{entry.kind.zh} {entry.channel_number}"]
        amount = _yuan(entry.fen)
        writer.writerow([*common, entry.debit.code, entry.debit.name, amount, "", entry.txn_key])
        writer.writerow([*common, entry.credit.code, entry.credit.name, "", amount, entry.txn_key])
    total = _yuan(sum(entry.fen for entry in entries))
    writer.writerow(["T", 2 * len(entries), total, total, digest(written.getvalue())])
    return written.getvalue()


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def _yuan(fen: int) -> str:
    return f"{Money.from_fen(fen).amount:.2f}"
