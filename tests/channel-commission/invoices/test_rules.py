"""Invoices: every field compared, amounts to the fen, whatever the parts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.invoices.rules import (
    ChannelCodeMissing,
    Document,
    InvoiceDiffers,
    InvoiceKind,
    InvoiceNumberMalformed,
    InvoicesComplete,
    RedLetterNotPossible,
    Wanted,
    require_codes,
    require_fits,
    require_number,
    require_reversible,
    require_room,
    require_takes_back,
)
from channel_commission.settlements.rules import StatementStatus
from channel_commission.taxes.rules import Split, between

RATE = Decimal("0.06")
WANTED = Wanted(
    buyer_name="信托公司",
    buyer_uscc="91350100M000100Y43",
    seller_usccs={"9131000013221158XC"},
    is_foreign=False,
    rate=RATE,
    earliest=date(2026, 2, 1),
    latest=date(2026, 3, 2),
)
RIGHT = Document(
    kind=InvoiceKind.SPECIAL,
    code=None,
    number="25312000000012345678",
    issued_on=date(2026, 3, 2),
    buyer_name="信托公司",
    buyer_uscc="91350100M000100Y43",
    seller_uscc="9131000013221158XC",
    amount=Split(566_04, 33_96),
)


def refused(said: Document, left: Split) -> list[str]:
    with pytest.raises(InvoiceDiffers) as found:
        require_fits(said, WANTED, left)
    differences = found.value.facts["differences"]
    assert isinstance(differences, list)
    assert found.value.pointer == differences[0]["field"]
    return [one["field"] for one in differences]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"kind": InvoiceKind.FOREIGN}, ["/kind"]),
        ({"buyer_name": "信托公司（筹）"}, ["/buyer_name"]),
        ({"buyer_uscc": "9131000013221158XC"}, ["/buyer_uscc"]),
        ({"seller_uscc": "91310000MA1FL0W27D"}, ["/seller_uscc"]),
        ({"seller_uscc": None}, ["/seller_uscc"]),
        ({"issued_on": date(2026, 1, 31)}, ["/issued_on"]),
        ({"issued_on": date(2026, 3, 3)}, ["/issued_on"]),
        ({"amount": Split(566_03, 33_97)}, ["/net", "/vat"]),
        ({"amount": Split(566_05, 33_96)}, ["/net"]),
        ({"amount": Split(300_00, 20_00)}, ["/vat"]),
        ({"buyer_name": "甲", "buyer_uscc": "乙", "amount": Split(600_01, 0)}, ["/buyer_name", "/buyer_uscc", "/net"]),
    ],
)
def test_each_field_that_differs_is_told(change: dict[str, object], fields: list[str]) -> None:
    require_fits(RIGHT, WANTED, Split(566_04, 33_96))
    assert refused(replace(RIGHT, **change), Split(566_04, 33_96)) == fields  # type: ignore[arg-type]  # fields as named


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=6))
def test_parts_with_the_tax_of_their_own_amount_always_end_in_a_whole(parts: list[int]) -> None:
    whole = between(0, sum(parts), RATE)
    left = whole
    for gross in parts[:-1]:
        said = between(0, gross, RATE)
        require_fits(replace(RIGHT, amount=said), WANTED, left)
        left = Split(left.net - said.net, left.vat - said.vat)
    # Rounding of the parts before may leave the last one a tax that its form cannot show only if it is next to nothing.
    if left.net > 0 and left.vat >= 0:
        require_fits(replace(RIGHT, amount=left), WANTED, left)
    assert abs(left.vat - between(0, parts[-1], RATE).vat) <= len(parts)


@given(st.integers(1, 10**12), st.integers(-3, 3).filter(bool))
def test_the_invoice_over_the_rest_is_exact(gross: int, off: int) -> None:
    whole = between(0, gross, RATE)
    said = Split(whole.net - off, whole.vat + off)
    assert refused(replace(RIGHT, amount=said), whole) == ["/net", "/vat"]


@pytest.mark.parametrize(
    ("kind", "code", "number", "is_right"),
    [
        (InvoiceKind.SPECIAL, None, "25312000000012345678", True),
        (InvoiceKind.SPECIAL, "3100234130", "00012345", True),
        (InvoiceKind.ORDINARY, "031001900211", "00012345", True),
        (InvoiceKind.SPECIAL, None, "00012345", False),
        (InvoiceKind.SPECIAL, "3100234130", "25312000000012345678", False),
        (InvoiceKind.SPECIAL, "3100234130", "0001234", False),
        (InvoiceKind.FOREIGN, None, "INV-2026-17", True),
        (InvoiceKind.FOREIGN, "3100234130", "INV-2026-17", False),
    ],
)
def test_numbers_are_as_long_as_their_kind(kind: InvoiceKind, code: str | None, number: str, is_right: bool) -> None:
    if is_right:
        require_number(kind, code, number)
    else:
        with pytest.raises(InvoiceNumberMalformed):
            require_number(kind, code, number)


def test_a_red_letter_one_takes_back_no_more_than_is_left() -> None:
    original = Split(566_04, 33_96)
    require_takes_back(Split(-566_04, -33_96), original, RATE)
    require_takes_back(Split(-100_00, -6_00), original, RATE)
    for amount in (Split(-566_05, -33_96), Split(-566_03, -33_97), Split(-100_00, -5_00)):
        with pytest.raises(InvoiceDiffers):
            require_takes_back(amount, original, RATE)
    with pytest.raises(RedLetterNotPossible):
        require_takes_back(Split(-1, 0), Split(0, 0), RATE)


def test_no_red_letter_once_the_payment_is_approved_and_none_over_a_whole_statement() -> None:
    forbidden = {"payment_approved", "payment_requested", "paid", "archived"}
    for status in StatementStatus:
        if status.value in forbidden:
            with pytest.raises(RedLetterNotPossible):
                require_reversible(status)
        else:
            require_reversible(status)
    require_room(Split(1, 0))
    with pytest.raises(InvoicesComplete):
        require_room(Split(0, 0))


def test_a_channel_without_a_credit_code_cannot_be_compared() -> None:
    require_codes({"9131000013221158XC"}, is_foreign=False)
    require_codes(set(), is_foreign=True)
    with pytest.raises(ChannelCodeMissing):
        require_codes(set(), is_foreign=False)
