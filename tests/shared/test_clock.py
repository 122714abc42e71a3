from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from shared.clock import business_date, shifted_clock, start_of_day, system_clock
from shared.settings import ProcessSettings


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_business_day_begins_at_midnight_in_shanghai(instant: datetime, day: date) -> None:
    assert business_date(instant) == day


def test_a_day_begins_where_its_business_date_changes() -> None:
    assert start_of_day(date(2026, 11, 1)) == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        business_date(datetime(2026, 1, 1))  # noqa: DTZ001  # the missing zone is what is tested


def test_a_shifted_clock_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    now = shifted_clock(file)
    assert abs((now() - system_clock()).total_seconds()) < 1

    file.write_text("86400")

    assert 86_399 < (now() - system_clock()).total_seconds() < 86_401


def test_a_shifted_clock_is_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="clock_file"):
        ProcessSettings(database_url="postgresql://a@b/c", clock_file=tmp_path / "clock")  # type: ignore[arg-type]  # coerced
