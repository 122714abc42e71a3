"""Common types of bodies, and where a validation error points to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.http.bodies import Day, Instant
from shared.http.problems import pointer

DAY, INSTANT = TypeAdapter(Day), TypeAdapter(Instant)


@pytest.mark.parametrize("day", ["2026-03-02", date(2026, 3, 2)])
def test_a_day_is_written_out(day: Any) -> None:
    assert DAY.validate_python(day) == date(2026, 3, 2)


@pytest.mark.parametrize("instant", ["2026-03-02T12:00:00+08:00", "2026-03-02T04:00:00Z", "2026-03-02 04:00Z"])
def test_an_instant_has_its_offset(instant: str) -> None:
    assert INSTANT.validate_python(instant) == datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        0,
        1772409600,
        1.5,
        True,
        None,
        "1772409600",
        "-1",
        "20260302",
        "２０２６-03-02",
        "2026-02-30",
        "",
        "1849-12-31",
        "2200-01-01",
    ],
)
def test_numbers_and_far_days_are_no_days(value: Any) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(value)


@pytest.mark.parametrize(
    "value", [0, 1772409600, "1772409600", "2026-03-02", "2026-03-02T04:00:00", "2200-01-01T00:00:00Z", "yesterday"]
)
def test_numbers_and_times_without_an_offset_are_no_instants(value: Any) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


@pytest.mark.parametrize(
    ("location", "sent", "points_to"),
    [
        ((), {}, ""),
        (("title",), {}, "/title"),
        (("license", "valid_to"), {"license": {}}, "/license/valid_to"),
        (("changes", "product_ids", "list[uuid]", 0), {"changes": {"product_ids": ["x"]}}, "/changes/product_ids/0"),
        (("changes", "product_ids", "none"), {"changes": {"product_ids": ["x"]}}, "/changes/product_ids"),
        (("tariff", "tiers", "steps", 2, "rate"), {"tariff": {"steps": [0, 1, {}]}}, "/tariff/steps/2/rate"),
        (("a/b~c",), {"a/b~c": 1}, "/a~1b~0c"),
        ((3,), None, ""),
    ],
)
def test_a_pointer_leads_into_what_was_sent(location: tuple[Any, ...], sent: Any, points_to: str) -> None:
    assert pointer(location, sent) == points_to
