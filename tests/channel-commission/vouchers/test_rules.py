"""Vouchers: balanced however they are made, and written the same each time."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.vouchers.rules import (
    Account,
    AccountRole,
    Entry,
    Leg,
    PostingKind,
    accounts,
    content,
    digest,
    settlement,
    taken_back,
)

FEN = st.integers(0, 10**12)


def balances(legs: list[Leg]) -> dict[AccountRole, int]:
    """Return the balance of each account, credit above zero, those of zero left out."""
    found: dict[AccountRole, int] = {}
    for leg in legs:
        found[leg.debit] = found.get(leg.debit, 0) - leg.fen
        found[leg.credit] = found.get(leg.credit, 0) + leg.fen
    return {role: fen for role, fen in found.items() if fen}


def test_an_approved_payment_is_owed_without_what_is_withheld_and_recovered() -> None:
    legs = settlement(600_00, deductible_fen=33_96, withheld_fen=33_96, recovered_fen=100_00)
    assert balances(legs) == {
        AccountRole.ACCRUED: -600_00,
        AccountRole.PAYABLE: 466_04,
        AccountRole.INPUT_TAX: -33_96,
        AccountRole.EXPENSE: 33_96,
        AccountRole.TAX_WITHHELD: 33_96,
        AccountRole.ADVANCE: 100_00,
    }


@given(FEN, FEN, FEN, FEN)
def test_sides_are_equal_and_what_is_taken_back_leaves_nothing(
    payable: int, deductible: int, withheld: int, recovered: int
) -> None:
    legs = settlement(payable, deductible_fen=deductible, withheld_fen=withheld, recovered_fen=recovered)
    assert sum(balances(legs).values()) == 0
    assert all(leg.fen > 0 for leg in legs)
    assert balances([*legs, *taken_back(legs)]) == {}


def test_a_policy_row_names_the_accounts_of_each_bearer() -> None:
    value = {"company": {"bank": ["1002", "银行存款"]}}
    assert accounts(value, "company") == {AccountRole.BANK: Account("1002", "银行存款")}
    with pytest.raises(KeyError):
        accounts(value, "trust_plan")
    with pytest.raises(ValueError, match="cash"):
        accounts({"company": {"cash": ["1001", "库存现金"]}}, "company")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 10**12)), min_size=1, max_size=20))
def test_an_export_adds_up_on_both_sides_and_carries_its_own_digest(made: list[tuple[str, int]]) -> None:
    debit, credit = Account("6421", "手续费及佣金支出"), Account("2241", '其他"应付",款')
    day = date(2026, 1, 31)
    entries = [Entry(key, PostingKind.ACCRUAL, day, "QD-000001", debit, credit, fen) for key, fen in sorted(made)]
    text = content("PZ-000001", "company", day, entries)
    header, *rows, trailer = csv.reader(io.StringIO(text, newline=""))

    assert header[:5] == ["H", "TRUSTCRM-VOUCHER", "1", "PZ-000001", "company"]
    assert len({row[1] for row in rows}) == int(header[7]) == len({key for key, _ in made})
    sides = [sum(round(float(row[place]) * 100) for row in rows if row[place]) for place in (6, 7)]
    assert sides == [sum(fen for _, fen in made)] * 2
    assert trailer[:2] == ["T", str(2 * len(made))]
    assert trailer[2] == trailer[3]
    assert trailer[4] == digest(text[: text.rindex("T,")])
    assert text == content("PZ-000001", "company", day, entries)
