"""Nothing of the files is lost, and the totals are those that a second count, in SQL, gave as well."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from oracle import generate, source, summary
from oracle.commission import entries, marginal_price, statements
from oracle.reading import Reading, read

ROWS = {"order": 6471, "loan": 682, "bank-full": 45211, "complaints": 2000}


def test_every_row_is_accepted_or_refused(reading: Reading) -> None:
    refused = Counter(it.file for it in reading.refused)

    assert (len(reading.book.clients), len(reading.pictures)) == (5369, 5369)
    assert len(reading.book.agents) == 869
    assert len(reading.book.subscriptions) + refused["order"] == ROWS["order"]
    assert len(reading.book.redemptions) + reading.book.unfinished_loans + refused["loan"] == ROWS["loan"]
    assert len(reading.interactions) + refused["bank-full"] == ROWS["bank-full"]
    assert len(reading.complaints) + refused["complaints"] == ROWS["complaints"]
    assert sum(refused.values()) == sum(refused[file] for file in ROWS)


def test_the_entries_of_the_closed_months_add_up_to_what_is_paid_and_carried(reading: Reading) -> None:
    found = statements(reading.book)
    closed = {it.month for it in found}

    booked = sum(it.amount_fen for it in entries(reading.book) if it.month in closed)

    carried = sum(it.carried for it in found if it.month == "2025-12")
    assert booked == sum(it.payable for it in found) + carried
    assert all(it.payable >= 0 >= it.carried and it.payable * it.carried == 0 for it in found)


def test_the_order_of_the_files_does_not_change_a_statement(reading: Reading) -> None:
    book = reading.book

    backwards = replace(book, subscriptions=book.subscriptions[::-1], redemptions=book.redemptions[::-1])

    assert statements(backwards) == statements(book)


def test_a_tiered_month_is_within_half_a_fen_of_its_exact_price(reading: Reading) -> None:
    volume, booked = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    amounts = {it.confirmation_number: it.amount_fen for it in reading.book.subscriptions}
    for entry in entries(reading.book):
        if entry.product == "POJISTNE":
            volume[entry.channel_id, entry.month] += amounts[entry.confirmation_number]
            booked[entry.channel_id, entry.month] += entry.amount_fen

    assert volume
    assert all(abs(booked[key] - marginal_price("POJISTNE", volume[key])) * 2 <= 1 for key in volume)


#: The files whose totals are known, see `source.digest`.
REAL_DATA = "b8b97ab01885d93b52db4cbf9f75f402419c95e98e65e01ef49cc2e1a8db4773"
REAL = {
    "subscriptions": 6471,
    "redemptions": 160,
    "refused.loan.after_now": 74,
    "contacts": 45211,
    "contacts.reached": 45208,
    "contacts.interested": 5289,
    "complaints": 2000,
    "complaints.overdue": 2,
    "complaints.informed_in_time": 1948,
    "complaints.informed_late": 50,
    "service_class.C": 5369,
    "risk.HIGH": 2,
    "risk.MEDIUM": 15,
    "statements.accrued_fen": 1_312_635_175,
    "statements.clawed_back_fen": -22_016_688,
    "statements.payable_fen": 1_291_224_736,
    "statements.carried_at_end_fen": -606_249,
    "open_months.fen": -3_700_516,
}
GENERATED = {
    "subscriptions": 6471,
    "redemptions": 71,
    "refused.loan.after_now": 123,
    "refused.loan.before_subscription": 2,
    "refused.bank-full.date_does_not_exist": 38,
    "refused.complaints.after_now": 78,
    "complaints.open": 89,
    "complaints.overdue": 18,
    "service_class.A": 42,
    "risk.HIGH": 19,
    "risk.MEDIUM": 16,
    "risk.kept_by_clearing_time": 5,
    "statements.accrued_fen": 3_421_709_565,
    "statements.clawed_back_fen": -15_073_668,
    "statements.payable_fen": 3_407_587_402,
    "statements.carried_at_end_fen": -951_505,
    "open_months.fen": -2_664_988,
}


def test_the_totals_are_those_of_the_second_count(reading: Reading, real_data: Path | None) -> None:
    if real_data and source.digest(real_data) != REAL_DATA:
        pytest.skip(f"{source.VARIABLE} names other files than those whose totals a second count gave")
    expected = REAL if real_data else GENERATED

    found = summary.totals(reading)

    assert {name: found.get(name) for name in expected} == expected


def test_generated_data_is_the_same_each_time_and_holds_what_the_real_files_lack(tmp_path: Path) -> None:
    found = summary.totals(read(generate.write(tmp_path)))

    assert {name: found.get(name) for name in GENERATED} == GENERATED


def test_generated_files_have_the_columns_of_the_real_ones(tmp_path: Path, real_data: Path | None) -> None:
    generate.write(tmp_path)

    for file in source.FILES:
        with (tmp_path / file).open(encoding="utf-8") as made:
            columns = made.readline().strip()
        if real_data:
            with (real_data / file).open(encoding="utf-8") as real:
                assert columns == real.readline().strip()
        assert columns


def test_data_is_found_by_variable_or_beside_the_project_or_not_at_all(tmp_path: Path) -> None:
    root = tmp_path / "project"

    assert source.find(root, {}) is None
    beside = generate.write(tmp_path / "shared" / "data")
    assert source.find(root, {}) == beside
    assert source.find(root, {source.VARIABLE: str(beside)}) == beside


def test_a_named_folder_without_the_files_is_an_error_and_not_a_fallback(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lacks berka/account\.csv"):
        source.find(tmp_path / "project", {source.VARIABLE: str(tmp_path)})
