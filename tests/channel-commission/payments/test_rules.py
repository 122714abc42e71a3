"""The payment file says what it says to the fen, and the bank's answers fit what is known."""

import csv
import hashlib
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.payments.rules import (
    AttemptStatus,
    AttemptStatusForbids,
    Line,
    content,
    in_clear,
    require_answer,
)

_NAME = st.text(min_size=1, max_size=40, alphabet=st.characters(exclude_categories=["C"]))
LINE = st.builds(
    Line,
    key=st.uuids().map(lambda id: f"{id}-1"),
    payer=st.sampled_from(["company", "0199a3c4-0000-7000-8000-000000000001"]),
    payee=_NAME,
    holder=_NAME,
    bank_code=st.just("102100099996"),
    account_id=st.uuids(),
    uscc=st.sampled_from(["", "91310000132207382X"]),
    amount_fen=st.integers(1, 10**12),
    period=st.just("2026-01"),
)


@given(st.lists(LINE, min_size=1, max_size=20))
def test_whoever_reads_the_file_gets_every_payment_back_and_its_totals_balance(lines: list[Line]) -> None:
    kept = content("FK-000001", date(2026, 2, 3), lines)
    numbers = {str(line.account_id): f"62220{place:014d}" for place, line in enumerate(lines)}
    text = in_clear(kept, numbers)
    assert in_clear(kept, {id: id for id in numbers}) == kept
    rows = list(csv.reader(io.StringIO(text, newline="")))
    header, details, trailer = rows[0], rows[1:-1], rows[-1]

    total = sum(Decimal(line.amount_fen) for line in lines) / 100
    assert header[:7] == ["H", "TRUSTCRM-PAYMENT", "2", "FK-000001", "2026-02-03", "CNY", str(len(lines))]
    assert Decimal(header[7]) == Decimal(trailer[2]) == sum(Decimal(row[9]) for row in details) == total
    assert [row[4:8] for row in details] == [
        [line.payee, line.holder, line.bank_code, numbers[str(line.account_id)]] for line in lines
    ]
    assert [row[1] for row in details] == [str(place) for place in range(1, len(lines) + 1)]
    before = text[: text.rindex("T,")]
    assert trailer[3] == hashlib.sha256(before.encode()).hexdigest()


FITS = {("sent", "settled"), ("sent", "rejected"), ("sent", "unknown"), ("unknown", "settled"), ("unknown", "rejected")}


@pytest.mark.parametrize("status", list(AttemptStatus))
@pytest.mark.parametrize("answer", list(AttemptStatus))
def test_only_what_was_sent_is_answered_and_what_is_over_stays(status: AttemptStatus, answer: AttemptStatus) -> None:
    if (status.value, answer.value) in FITS:
        require_answer(status, answer)
    else:
        with pytest.raises(AttemptStatusForbids):
            require_answer(status, answer)
