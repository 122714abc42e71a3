"""Who may say what when filing, and when a complaint can have been received."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from complaints.cases.rules import Level, Source
from complaints.intake.rules import (
    ComplainantUnclear,
    Given,
    ReceiptOutOfRange,
    SourceInvalid,
    case_number,
    filing,
    receipt,
)
from complaints.parties.rules import FieldNotYours

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CALLER, CLIENT = UUID(int=1), UUID(int=2)
NOTHING = Given(
    source=None,
    level=None,
    received_at=None,
    client_id=None,
    channel_id=None,
    named_staff_id=None,
    forwarding_number=None,
    has_complainant=False,
)
BY_PHONE = replace(NOTHING, source=Source.PHONE, client_id=CLIENT)


def test_staff_file_for_a_client() -> None:
    filed = filing(BY_PHONE, kind="staff", caller_id=CALLER, now=NOW)

    assert (filed.source, filed.level, filed.client_id) == (Source.PHONE, Level.ORDINARY, CLIENT)
    assert (filed.received_at, filed.received_on) == (NOW, date(2026, 3, 2))


def test_clients_file_for_themselves_through_the_app() -> None:
    filed = filing(NOTHING, kind="client", caller_id=CALLER, now=NOW)

    assert (filed.source, filed.client_id, filed.channel_id) == (Source.APP, CALLER, None)


def test_channels_file_about_their_own_sales() -> None:
    given = replace(NOTHING, client_id=CLIENT, received_at=NOW - timedelta(days=1))

    filed = filing(given, kind="channel", caller_id=CALLER, now=NOW)

    assert (filed.source, filed.channel_id, filed.received_on) == (Source.CHANNEL, CALLER, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("kind", "field", "value", "pointer"),
    [
        ("client", "level", Level.MAJOR, "/level"),
        ("client", "source", Source.APP, "/source"),
        ("client", "named_staff_id", uuid4(), "/named_staff_id"),
        ("client", "received_at", NOW, "/received_at"),
        ("client", "client_id", CLIENT, "/client_id"),
        ("client", "has_complainant", True, "/complainant"),
        ("channel", "level", Level.MAJOR, "/level"),
        ("channel", "source", Source.PHONE, "/source"),
        ("channel", "forwarding_number", "1", "/forwarding_number"),
        ("channel", "channel_id", uuid4(), "/channel_id"),
    ],
)
def test_what_the_company_decides_is_not_said_by_others(kind: Any, field: str, value: Any, pointer: str) -> None:
    with pytest.raises(FieldNotYours) as refusal:
        filing(replace(NOTHING, **{field: value}), kind=kind, caller_id=CALLER, now=NOW)

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(
    ("source", "number", "pointer"),
    [
        (None, None, "/source"),
        (Source.NFRA, None, "/forwarding_number"),
        (Source.HOTLINE_12345, None, "/forwarding_number"),
        (Source.PHONE, "转办〔2026〕31号", "/forwarding_number"),
    ],
)
def test_the_source_fits_the_forwarding_number(source: Source | None, number: str | None, pointer: str) -> None:
    with pytest.raises(SourceInvalid) as refusal:
        filing(replace(BY_PHONE, source=source, forwarding_number=number), kind="staff", caller_id=CALLER, now=NOW)

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("source", [Source.NFRA, Source.PBOC, Source.LETTERS_VISITS, Source.HOTLINE_12345])
def test_a_forwarded_case_has_its_number(source: Source) -> None:
    given = replace(BY_PHONE, source=source, forwarding_number="转办〔2026〕31号")

    assert filing(given, kind="staff", caller_id=CALLER, now=NOW).source is source


@pytest.mark.parametrize(("client_id", "has_complainant"), [(None, False), (CLIENT, True)])
def test_either_a_client_or_a_complainant_is_named(client_id: UUID | None, has_complainant: bool) -> None:
    given = replace(BY_PHONE, client_id=client_id, has_complainant=has_complainant)

    with pytest.raises(ComplainantUnclear):
        filing(given, kind="staff", caller_id=CALLER, now=NOW)


@pytest.mark.parametrize(
    ("received_at", "received_on"),
    [
        (datetime(2026, 3, 1, 15, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2020, 2, 29, 16, 0, tzinfo=UTC), date(2020, 3, 1)),
        (NOW + timedelta(minutes=5), date(2026, 3, 2)),
    ],
)
def test_the_day_of_receipt_is_that_of_shanghai(received_at: datetime, received_on: date) -> None:
    filed = filing(replace(BY_PHONE, received_at=received_at), kind="staff", caller_id=CALLER, now=NOW)

    assert filed.received_on == received_on


def test_a_clock_that_runs_ahead_does_not_win_a_day() -> None:
    last_minute = datetime(2026, 3, 2, 15, 58, tzinfo=UTC)
    given = replace(BY_PHONE, received_at=last_minute + timedelta(minutes=4))

    filed = filing(given, kind="staff", caller_id=CALLER, now=last_minute)

    assert (filed.received_at, filed.received_on) == (last_minute, date(2026, 3, 2))


@pytest.mark.parametrize(
    "received_at",
    [
        NOW + timedelta(minutes=6),
        datetime(2020, 2, 29, 15, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
def test_receipt_in_the_future_or_before_the_measures_is_refused(received_at: datetime) -> None:
    with pytest.raises(ReceiptOutOfRange) as refusal:
        receipt(received_at, now=NOW)

    assert refusal.value.pointer == "/received_at"


def test_numbers_read_like_those_people_write() -> None:
    assert case_number(2026, 123) == "TS-2026-000123"
    assert case_number(2026, 1_000_000) == "TS-2026-1000000"
