"""The complaint register (投诉台账): how long cases took, and texts as they may leave the house.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3) asks for a register that is kept for inspection. That
exports mask names, identity numbers, phones and accounts is the practice of banks' registers.
"""

import re
from datetime import date

from complaints.parties.rules import masked_phone
from shared.errors import Conflict

#: One workbook takes no more: it is whole before it is sent, and whoever waits for it waits half a minute at most.
MOST_ROWS = 20_000

# What people type between the digits of a phone or an account: a space, a hyphen, a dot, wide ones too.
_BETWEEN = r"[ \-.·　－—–]?"
_NUMBER = re.compile(rf"\d(?:{_BETWEEN}\d){{10,}}[Xx]?|\d{{8,}}[Xx]?")
# ASCII only: Chinese words before an address belong to the sentence.
_ADDRESS = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)", re.ASCII)


class RegisterTooLong(Conflict):
    """More cases than one workbook takes."""

    code = "register_too_long"


def require_exportable(rows: int) -> None:
    """Refuse a workbook of more rows than one takes.

    Raises:
        RegisterTooLong: says how many there are, and how many it takes.
    """
    if rows > MOST_ROWS:
        raise RegisterTooLong("Export a shorter period: one workbook takes no more.", rows=rows, most=MOST_ROWS)


def masked_text(text: str) -> str:
    """Return a text in which numbers that may be a phone's, a person's or an account's, and addresses, are masked.

    Eight digits and more in a row, eleven and more with something between them; a date written without anything
    between is masked too: too much rather than too little. Names cannot be told from other words.
    """
    hidden = _NUMBER.sub(lambda found: masked_phone("".join(filter(str.isalnum, found.group()))), text)
    return _ADDRESS.sub(r"\1***@\2", hidden)


def handling_days(received_on: date, ended_on: date | None, today: date) -> int:
    """Return the calendar days from receipt to the end of handling, or to today while it goes on.

    Args:
        received_on: Day of receipt, which does not count (Asia/Shanghai).
        ended_on: Day of informing, of withdrawal or of finding that it is no complaint; None while it goes on.
        today: The present day.
    """
    return ((ended_on or today) - received_on).days
