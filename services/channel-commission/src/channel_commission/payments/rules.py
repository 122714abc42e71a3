"""Payments: files for the bank, and one attempt per payment until its end is known.

An attempt whose end is not known is never sent again: only the bank's own answer settles it, and only a definite
refusal allows a next one, under the next number. The database keeps at most one attempt of a statement that is not
refused.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.money import Money

#: Name and version of the file format; a change of columns is a new version beside it.
FORMAT = "TRUSTCRM-PAYMENT"
FORMAT_VERSION = 2
#: Where a detail names the account: its id in the file as kept, its number in the file as handed out.
_ACCOUNT = 7


class FileStatus(Code):
    """Where a payment file stands."""

    PREPARED = "prepared", "待复核"
    RELEASED = "released", "已放行"
    CANCELED = "canceled", "已撤销"


class AttemptStatus(Code):
    """How a payment attempt stands."""

    CREATED = "created", "已编制"
    SENT = "sent", "已发送银行"
    UNKNOWN = "unknown", "结果未明"
    SETTLED = "settled", "付款成功"
    REJECTED = "rejected", "银行退回"
    CANCELED = "canceled", "已撤销"


class FileStatusForbids(Conflict):
    """The status of the payment file does not allow this."""

    code = "payment_file_status_forbids"


class AttemptStatusForbids(Conflict):
    """The bank's answer does not fit what is known of the attempt."""

    code = "payment_attempt_status_forbids"


class FileDigestDiffers(Conflict):
    """The digest named is not that of the file."""

    code = "digest_differs"


class PayeeAccountChanged(Conflict):
    """A payment of the file goes to another account than may be paid to today."""

    code = "payee_account_changed"


class StatementTwice(Invalid):
    """A statement is named twice."""

    code = "statement_twice"


class StatementUnknown(Invalid):
    """No statement has this id."""

    code = "statement_unknown"


class AnswerIncomplete(Invalid):
    """A settled payment needs the bank's day and reference, any other answer a reason."""

    code = "answer_incomplete"


#: The answers of the bank that each status takes. What is settled or refused is over, whatever is told later.
ANSWERS: Mapping[AttemptStatus, tuple[AttemptStatus, ...]] = {
    AttemptStatus.CREATED: (),
    AttemptStatus.SENT: (AttemptStatus.SETTLED, AttemptStatus.REJECTED, AttemptStatus.UNKNOWN),
    AttemptStatus.UNKNOWN: (AttemptStatus.SETTLED, AttemptStatus.REJECTED),
    AttemptStatus.SETTLED: (),
    AttemptStatus.REJECTED: (),
    AttemptStatus.CANCELED: (),
}


#: What the bank still owes an answer on.
WAITING = (AttemptStatus.SENT, AttemptStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Line:
    """One payment of a file.

    Attributes:
        key: The attempt, unique for ever: the bank's answer names it.
        payer: `company`, or the trust plan that bears the fees: never paid from another's account.
        payee: Name of the channel.
        holder: In whose name its account is (户名).
        bank_code: CNAPS code of the account's branch (联行号).
        account_id: The account; its number is put in its place when the released file is handed out.
        uscc: Its unified social credit code; empty if not known.
        amount_fen: What is paid, above zero.
        period: Month of the statement.
    """

    key: str
    payer: str
    payee: str
    holder: str
    uscc: str
    bank_code: str
    account_id: UUID
    amount_fen: int
    period: str


def attempt_key(statement_id: UUID, number: int) -> str:
    """Return the key of an attempt; its number is part of it, so no two attempts are ever mistaken for each other."""
    return f"{statement_id}-{number}"


def content(number: str, prepared_on: date, lines: Sequence[Line]) -> str:
    """Return a payment file as kept, version 2: CSV (RFC 4180) in UTF-8, header `H`, details `D`, trailer `T`.

    Count and total stand in header and trailer; the trailer also holds the SHA-256 of all before it. An account stands
    there by its id, so that no number is in clear before somebody else released the file; see `in_clear`.
    """
    total = str(Money.from_fen(sum(line.amount_fen for line in lines)).amount)
    header = ["H", FORMAT, FORMAT_VERSION, number, prepared_on.isoformat(), "CNY", len(lines), total]
    return _written([header, *(_detail(place, line) for place, line in enumerate(lines, start=1))], total)


def _detail(place: int, line: Line) -> list[object]:
    amount, purpose = str(Money.from_fen(line.amount_fen).amount), f"{line.period} 渠道代销服务费"
    account = [line.holder, line.bank_code, line.account_id]
    return ["D", place, line.key, line.payer, line.payee, *account, line.uscc, amount, purpose]


def in_clear(kept: str, numbers: Mapping[str, str]) -> str:
    """Return a file as the bank gets it: each account's number in place of its id, and the trailer after that.

    Args:
        kept: A file as `content` returns it.
        numbers: Number in clear by account id.

    Raises:
        KeyError: a number is missing.
    """
    header, *details, trailer = csv.reader(io.StringIO(kept, newline=""))
    for detail in details:
        detail[_ACCOUNT] = numbers[detail[_ACCOUNT]]
    return _written([header, *details], trailer[2])


def _written(rows: Sequence[Sequence[object]], total: str) -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows(rows)
    writer.writerow(["T", len(rows) - 1, total, digest(written.getvalue())])
    return written.getvalue()


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def require_each_once(ids: Sequence[UUID]) -> None:
    """Refuse a statement that is named twice.

    Raises:
        StatementTwice: as said; points to the second one.
    """
    for place, id in enumerate(ids):
        if id in ids[:place]:
            raise StatementTwice("This statement is named already.", pointer=f"/statement_ids/{place}")


def require_prepared(status: FileStatus, command: str) -> None:
    """Refuse to release or cancel a file once one of both was done.

    Raises:
        FileStatusForbids: as said.
    """
    if status is not FileStatus.PREPARED:
        raise FileStatusForbids(f"A file that is {status} does not allow {command}.", state=status.value, allowed=[])


def require_released(status: FileStatus) -> None:
    """Refuse to hand out a file that nobody released.

    Raises:
        FileStatusForbids: as said.
    """
    if status is not FileStatus.RELEASED:
        raise FileStatusForbids("Only a released file is handed out.", state=status.value)


def require_digest(named: str, kept: str) -> None:
    """Refuse to release something else than what was read.

    Raises:
        FileDigestDiffers: as said.
    """
    if named != kept:
        raise FileDigestDiffers("Your digest is not that of the file; read it again.", pointer="/digest")


def require_same_account(prepared: UUID | None, payable: UUID) -> None:
    """Refuse to release a payment to an account that another one replaced since the file was prepared.

    Raises:
        PayeeAccountChanged: as said; a file prepared without accounts counts as such.
    """
    if prepared != payable:
        raise PayeeAccountChanged("A payee account of this file was replaced; cancel the file and prepare it anew.")


def require_second_person(prepared_by: UUID, releaser: UUID) -> None:
    """Refuse that a file is released by the person who prepared it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if prepared_by == releaser:
        raise SecondPersonNeeded("A payment file must be released by another person than the one who prepared it.")


def require_answer(status: AttemptStatus, answer: AttemptStatus) -> None:
    """Refuse an answer that does not fit what is known: what is over stays as it is.

    Raises:
        AttemptStatusForbids: as said; tells which answers fit.
    """
    if answer not in ANSWERS[status]:
        allowed = [one.value for one in ANSWERS[status]]
        raise AttemptStatusForbids(
            f"An attempt that is {status} does not become {answer}.", state=status.value, allowed=allowed
        )


def require_complete(answer: AttemptStatus, *, paid_on: date | None, reference: str | None, reason: str | None) -> None:
    """Refuse an answer without its facts.

    Raises:
        AnswerIncomplete: a settled payment without day or reference, another answer without a reason.
    """
    if answer is AttemptStatus.SETTLED:
        missing = [name for name, value in (("paid_on", paid_on), ("reference", reference)) if value is None]
    else:
        missing = [] if reason else ["reason"]
    if missing:
        raise AnswerIncomplete(f"This answer needs {missing[0]}.", pointer=f"/{missing[0]}")
