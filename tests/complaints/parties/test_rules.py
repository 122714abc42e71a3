"""From when on an unconfirmed client is listed."""

from datetime import UTC, datetime

from complaints.parties.rules import unconfirmed_before


def test_a_client_may_stay_unconfirmed_for_the_minutes_of_the_policy() -> None:
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    assert unconfirmed_before(now, 60) == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
