"""The independent count behind the reports: by hand for a few cases, and consistent for the whole file."""

from datetime import date, timedelta

from oracle import reports
from oracle.cfpb import Complaint
from oracle.reading import Reading

NOW = date(2025, 3, 31)


def case(number: int, received_on: date, informed_after: int | None = None, *, paid_fen: int = 0) -> Complaint:
    return Complaint(
        external_id=number,
        client_id=1,
        channel_id=number % 2,
        product_class="Mortgage",
        reason="x",
        received_on=received_on,
        due_on=received_on + timedelta(days=15),
        informed_on=None if informed_after is None else received_on + timedelta(days=informed_after),
        compensation_fen=paid_fen,
        review_requested=False,
    )


CASES = [
    case(1, date(2025, 3, 31)),
    case(2, date(2025, 3, 16)),
    case(3, date(2025, 3, 15)),
    case(4, date(2024, 12, 20), 15, paid_fen=100),
    case(5, date(2025, 1, 1), 16, paid_fen=250),
    case(6, date(2025, 3, 25), 10),
]


def test_six_cases_are_counted_as_by_hand() -> None:
    assert reports.cases(CASES, "overdue", NOW) == {"3"}
    assert reports.statistics(CASES, lambda one: one.channel_id, NOW) == {
        0: (3, 2, 0, 2, 2, 0, 0, 1, 100),
        1: (3, 2, 1, 1, 0, 1, 0, 1, 250),
    }
    assert {band: found for band, found in reports.ageing(CASES, NOW).items() if any(found)} == {
        (0, 5): (1, 0), (6, 10): (1, 0), (11, 15): (1, 0), (16, 30): (1, 1),
    }  # fmt: skip


def test_the_quarter_counts_what_happened_in_it_whenever_it_was_received() -> None:
    assert reports.quarter(CASES) == {
        "received": 5, "informed": 2, "in_time": 1, "late": 1, "within_15": 1, "within_30": 1,
        "open_at_end": 4, "compensated": 2, "compensation": 350,
    }  # fmt: skip


def test_the_groups_of_the_file_add_up_and_every_open_case_has_an_age(reading: Reading) -> None:
    now = reading.now
    by_channel = reports.statistics(reading.complaints, lambda one: one.channel_id, now)
    by_class = reports.statistics(reading.complaints, lambda one: one.product_class, now)

    assert [*map(sum, zip(*by_channel.values(), strict=True))] == [*map(sum, zip(*by_class.values(), strict=True))]
    assert sum(found[0] for found in by_channel.values()) == len(reading.complaints)
    assert sum(opened for opened, _ in reports.ageing(reading.complaints, now).values()) == len(
        reports.cases(reading.complaints, "open", now)
    )
    for figure in ("in_time", "late"):
        assert reports.cases(reading.complaints, figure, now) <= reports.cases(reading.complaints, "informed", now)
