"""The oracle's dates, dealings and fees against cases worked out by hand."""

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from oracle import berka, commission, uci
from oracle.berka import Book, Redemption, Subscription
from oracle.dates import NOW, add_months, moved, moved_iso, refusal, whole_months


def a_deal(number: int = 1, *, product: str = "SIPO", on: str = "2021-01-15", fen: int = 1_000_000) -> Subscription:
    return Subscription(f"B-{number}", number, 1, 1, 1, product, date.fromisoformat(on), fen)


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        ("1993-01-01", 28, date(2021, 1, 1)),
        ("1996-02-29", 28, date(2024, 2, 29)),
        ("1997-12-29", 28, date(2025, 12, 29)),
        ("2016-02-29", 9, None),
        ("2016-02-28", 9, date(2025, 2, 28)),
    ],
)
def test_a_day_moves_by_whole_years_or_does_not_exist(day: str, years: int, expected: date | None) -> None:
    assert moved_iso(day, years) == expected


def test_a_contact_of_february_29_can_exist_only_once_moved() -> None:
    assert moved(2009, 2, 29, uci.YEARS) == date(2024, 2, 29)


def test_a_row_is_refused_without_a_date_or_after_now_and_accepted_on_now() -> None:
    assert refusal(None, NOW) == "date_does_not_exist"
    assert refusal(date(2026, 4, 1), NOW) == "after_now"
    assert refusal(date(2026, 3, 31), NOW) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 8, 31), 18, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 12, 15), 12, date(2024, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        (date(2024, 3, 10), date(2024, 3, 10), 0),
        (date(2024, 3, 10), date(2025, 3, 9), 11),
        (date(2024, 3, 10), date(2025, 3, 10), 12),
        (date(2023, 1, 31), date(2023, 2, 27), 0),
        (date(2023, 1, 31), date(2023, 2, 28), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
    ],
)
def test_months_held_are_whole_months_and_end_on_the_last_day_of_a_short_month(
    start: date, end: date, held: int
) -> None:
    assert whole_months(start, end) == held


@pytest.mark.parametrize(("exact", "expected"), [("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("-0.5", -1), ("0", 0)])
def test_halves_are_rounded_away_from_zero(exact: str, expected: int) -> None:
    assert commission.half_up(Fraction(exact)) == expected


@pytest.mark.parametrize(
    ("product", "fee"), [("SIPO", 6_000), ("UVER", 8_500), ("LEASING", 7_500), (berka.NO_SYMBOL, 5_000)]
)
def test_each_product_without_tiers_has_its_rate(product: str, fee: int) -> None:
    assert [entry.amount_fen for entry in commission.accruals([a_deal(product=product)])] == [fee]


def test_a_fee_is_rounded_once_to_a_whole_fen() -> None:
    assert commission.accruals([a_deal(product="UVER", fen=1_000)])[0].amount_fen == 9


@pytest.mark.parametrize(
    ("volume", "price"),
    [
        (99_999_999, Fraction("299999.997")),
        (100_000_000, Fraction(300_000)),
        (100_000_001, Fraction("300000.0045")),
        (499_999_999, Fraction("2099999.9955")),
        (500_000_000, Fraction(2_100_000)),
        (500_000_001, Fraction("2100000.006")),
        (0, Fraction(0)),
    ],
)
def test_each_slice_of_a_month_has_its_own_rate_one_fen_around_each_bound(volume: int, price: Fraction) -> None:
    assert commission.marginal_price("POJISTNE", volume) == price


def test_the_entries_of_a_tiered_month_add_up_to_the_rounded_price_of_its_volume() -> None:
    # Each deal alone is 0.3 fen x 55 = 16.5 fen; three of them are 49.5 fen: 17, 33 - 17, 50 - 33.
    deals = [a_deal(number, product="POJISTNE", fen=5_500) for number in (3, 1, 2)]

    entries = commission.accruals(deals)

    assert [(it.confirmation_number, it.amount_fen) for it in entries] == [("B-1", 17), ("B-2", 16), ("B-3", 17)]


def test_tiers_start_again_in_each_month_and_channel() -> None:
    january, february = (
        a_deal(1, product="POJISTNE", on="2021-01-31", fen=100_000_000),
        a_deal(2, product="POJISTNE", on="2021-02-01", fen=100_000_000),
    )

    assert [it.amount_fen for it in commission.accruals([january, february])] == [300_000, 300_000]


def test_a_deal_across_a_bound_pays_each_part_at_its_rate() -> None:
    deals = [a_deal(number, product="POJISTNE", fen=80_000_000) for number in (1, 2)]

    assert [it.amount_fen for it in commission.accruals(deals)] == [240_000, 60_000 + 270_000]


@pytest.mark.parametrize(
    ("redeemed", "owed"),
    [
        ("2021-01-15", -6_000),
        ("2023-07-14", -3_100),
        ("2023-07-15", -3_000),
        ("2025-12-15", -100),
        ("2026-01-15", 0),
        ("2026-02-15", 0),
    ],
)
def test_a_clawback_is_the_fee_by_the_whole_months_left_of_60(redeemed: str, owed: int) -> None:
    redemption = Redemption("L-1", a_deal(), date.fromisoformat(redeemed))

    assert commission.clawback(6_000, redemption) == owed


def test_a_clawback_of_half_a_fen_is_rounded_away_from_zero() -> None:
    redemption = Redemption("L-1", a_deal(), date(2023, 7, 15))

    assert commission.clawback(5, redemption) == -3


def test_a_redemption_on_the_last_day_belongs_to_that_month_and_is_carried_while_below_zero() -> None:
    deal, later = a_deal(), a_deal(2, on="2022-04-02", fen=700_000)
    book = Book(
        channels={1: "one"}, subscriptions=[deal, later], redemptions=[Redemption("L-1", deal, date(2022, 2, 28))]
    )

    found = {it.month: it for it in commission.statements(book)}

    # 13 whole months are held, 47 left: 6,000 x 47 / 60.
    assert (found["2021-01"].payable, found["2022-02"].net, found["2022-02"].payable) == (6_000, -4_700, 0)
    assert (found["2022-03"].opening, found["2022-03"].net, found["2022-03"].carried) == (-4_700, 0, -4_700)
    assert (found["2022-04"].opening, found["2022-04"].net, found["2022-04"].carried) == (-4_700, 4_200, -500)
    assert len(found) == 60
    assert found["2025-12"].carried == -500


def test_a_tiered_product_has_no_clawback() -> None:
    deal = a_deal(product="POJISTNE")
    book = Book(subscriptions=[deal], redemptions=[Redemption("L-1", deal, date(2022, 2, 28))])

    assert [it.kind for it in commission.entries(book)] == ["accrual"]


def save(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def small_bank(tmp_path: Path) -> Path:
    folder = tmp_path / "berka"
    save(folder / "district.csv", [{"district_id": 5, "A2": "Kolin"}])
    save(folder / "client.csv", [{"client_id": it, "gender": "F", "birth_date": "1952-02-29"} for it in (9, 4)])
    save(
        folder / "disp.csv",
        [
            {"disp_id": 1, "client_id": 4, "account_id": 7, "type": "DISPONENT"},
            {"disp_id": 2, "client_id": 9, "account_id": 7, "type": "OWNER"},
        ],
    )
    save(folder / "account.csv", [{"account_id": it, "district_id": 5, "date": "1996-02-29"} for it in (7, 8)])
    order = {"account_id": 7, "amount": "24.5", "k_symbol": "UVER"}
    save(folder / "order.csv", [{"order_id": 200, **order}, {"order_id": 30, **order, "k_symbol": " "}])
    loan = {"account_id": 7, "date": "1996-02-29", "duration": 12, "status": "A"}
    save(
        folder / "loan.csv",
        [
            {"loan_id": 1, **loan},
            {"loan_id": 2, **loan, "status": "C"},
            {"loan_id": 3, **loan, "duration": 60},
            {"loan_id": 4, **loan, "date": "1994-01-31", "status": "B"},
            {"loan_id": 5, **loan, "account_id": 8},
            {"loan_id": 6, **loan, "date": "1992-02-29", "duration": 48},
        ],
    )
    return tmp_path


def test_the_bank_files_become_dealings_of_owners_at_the_accounts_district(small_bank: Path) -> None:
    book = berka.read(small_bank)

    assert (book.client_ids, book.agents, book.clients[0].born_on) == ([4, 9], [(9, 4)], date(1952, 2, 29))
    first = book.subscriptions[1]
    assert first == Subscription("B-30", 30, 7, 9, 5, "NONE", date(2024, 2, 29), 245_000)
    assert book.redemptions == [
        Redemption("L-1", first, date(2025, 2, 28)),
        Redemption("L-6", first, first.business_date),
    ]


def test_loans_that_redeem_nothing_are_counted_by_reason(small_bank: Path) -> None:
    book = berka.read(small_bank)

    assert book.unfinished_loans == 1
    assert [(it.row, it.reason) for it in book.refused] == [
        ("3", "after_now"),
        ("4", "before_subscription"),
        ("5", "no_order"),
    ]
