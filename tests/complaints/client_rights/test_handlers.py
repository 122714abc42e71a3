"""What other services tell of clients' rights is counted once, in any order, whoever is erased meanwhile."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from complaints.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.client_profile import QualificationChanged, SuitabilityAssessed
from shared.events.erasure import ClientErased
from shared.ids import new_id

PERIOD = {"period_from": "2026-03-01", "period_to": "2026-03-02"}


def told_of(kit: Any, client_id: Any) -> list[Any]:
    at: datetime = kit.now
    about = {"client_id": client_id}
    return [
        SuitabilityAssessed(occurred_at=at, **about, risk_level="C3", valid_until=date(2027, 3, 1)),
        SuitabilityAssessed(occurred_at=at - timedelta(days=1), **about, risk_level="C2", valid_until=date(2027, 3, 1)),
        SuitabilityAssessed(occurred_at=at - timedelta(days=9), **about, risk_level="C2", valid_until=date(2027, 3, 1)),
        QualificationChanged(occurred_at=at, **about, is_qualified=True, valid_until=date(2028, 3, 1)),
        QualificationChanged(occurred_at=at, **about, is_qualified=False),
        ClientErased(occurred_at=at, client_id=client_id, ground="service_ended"),
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_events_count_once_in_any_order(kit: Any, seed: int) -> None:
    received = [kit.received(event) for client in (new_id(), new_id()) for event in told_of(kit, client)]
    random = Random(seed)
    mixed = received + [one for one in received if not isinstance(one.event, ClientErased)]
    random.shuffle(mixed)
    while mixed:
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, [mixed.pop() for _ in range(min(len(mixed), random.randint(1, 5)))])

    answer = (await kit.staff("consumer_protection").get("/v1/client-rights-report", params=PERIOD)).json()

    assert {one["kind"]: (one["number"], one["counted_since"]) for one in answer["heard_of"]} == {
        "suitability_assessed": (4, "2026-02-21"),
        "qualified": (2, "2026-03-02"),
        "unqualified": (2, "2026-03-02"),
    }
    assert answer["erased_clients"] == 2
