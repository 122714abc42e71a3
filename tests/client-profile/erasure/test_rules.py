"""What stands in the way of erasing a client, and how far an erasure is."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from client_profile.clients.rules import ClientStatus
from client_profile.erasure.rules import (
    ClientNotErasable,
    ErasingService,
    ErasureBlocker,
    ErasureState,
    Standing,
    blockers,
    require_erasable,
    state,
)
from shared.erasure.rules import kept_until

CLEAR = Standing(ClientStatus.CLOSED, None, holds_units=False, has_open_dealings=False, has_open_complaints=False)
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "blocker"),
    [
        ({"status": ClientStatus.ACTIVE}, ErasureBlocker.NOT_CLOSED),
        ({"status": ClientStatus.SUSPENDED}, ErasureBlocker.NOT_CLOSED),
        ({"holds_units": True}, ErasureBlocker.HOLDINGS),
        ({"has_open_dealings": True}, ErasureBlocker.OPEN_DEALINGS),
        ({"has_open_complaints": True}, ErasureBlocker.OPEN_COMPLAINTS),
        ({"suspension_reason": "legal_freeze"}, ErasureBlocker.LEGAL_FREEZE),
    ],
)
def test_everything_unsettled_stands_in_the_way(change: dict[str, object], blocker: ErasureBlocker) -> None:
    standing = replace(CLEAR, **change)  # type: ignore[arg-type]  # fields of the table's rows

    assert blockers(standing) == [blocker]
    with pytest.raises(ClientNotErasable) as refused:
        require_erasable(standing)
    assert refused.value.facts == {"blockers": [blocker.value]}
    assert blocker.zh in refused.value.detail


@pytest.mark.parametrize("reason", [None, "client_request", "document_expired"])
def test_a_closed_client_with_nothing_left_can_be_erased(reason: str | None) -> None:
    require_erasable(replace(CLEAR, suspension_reason=reason))


def test_an_erasure_is_complete_once_every_service_answered() -> None:
    everybody = [service.value for service in ErasingService]

    assert state(None, []) is ErasureState.NOT_ERASED
    assert all(state(AT, set(everybody) - {one}) is ErasureState.RUNNING for one in everybody)
    assert state(AT, everybody) is ErasureState.COMPLETE


@pytest.mark.parametrize(
    ("last_day", "years", "until"),
    [
        (date(2026, 3, 2), 10, date(2036, 3, 2)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 29), 10, date(2034, 3, 1)),
    ],
)
def test_a_period_counts_in_whole_years(last_day: date, years: int, until: date) -> None:
    assert kept_until(last_day, years) == until
