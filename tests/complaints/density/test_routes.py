"""Complaints against clients and sales as this service heard of them, in any order of events."""

from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from complaints.worker import HANDLERS
from shared.events.base import Event
from shared.events.client_profile import (
    ClientClosed,
    ClientRegistered,
    DealingReversed,
    RedemptionConfirmed,
    SubscriptionConfirmed,
)
from shared.events.lineage import ClientMerged
from shared.ids import new_id
from shared.money import Money

PERIOD = {"received_from": "2026-03-01", "received_to": "2026-03-02"}
#: The last instant of 2026-03-02 in Shanghai, and the first of the day after.
LAST, AFTER = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def deal(of: type[Any], client_id: UUID, yuan: int, day: str, **more: Any) -> Any:
    on = datetime.fromisoformat(day).date()
    told = {"dealing_id": new_id(), "confirmation_number": "B-1", "product_id": UUID(int=4)} | more
    amount = Money.from_fen(yuan * 100)
    return of(occurred_at=LAST, client_id=client_id, amount=amount, applied_on=on, confirmed_on=on, **told)


def story(desk: Any) -> list[Event]:
    """Return what happened: four clients on that day's end, 50 million yuan sold in the period."""
    stays, left_before, left_after, came_after, merged = (new_id() for _ in range(5))
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    sold = deal(SubscriptionConfirmed, stays, 30_000_000, "2026-03-01")
    wrong = deal(SubscriptionConfirmed, stays, 9_000_000, "2026-03-02")
    return [
        *(
            ClientRegistered(occurred_at=begin, client_id=one, kind="person")
            for one in (stays, left_before, left_after, merged)
        ),
        ClientRegistered(occurred_at=LAST, client_id=new_id(), kind="person"),
        ClientRegistered(occurred_at=AFTER, client_id=came_after, kind="person"),
        ClientClosed(occurred_at=LAST, client_id=left_before, reason="client_request"),
        ClientClosed(occurred_at=AFTER, client_id=left_after, reason="client_request"),
        ClientMerged(occurred_at=begin, client_id=stays, surviving_client_id=stays, merged_client_id=merged, step=1),
        sold,
        wrong,
        deal(SubscriptionConfirmed, left_after, 20_000_000, "2026-03-02"),
        deal(SubscriptionConfirmed, stays, 7_000_000, "2026-02-28"),
        deal(SubscriptionConfirmed, stays, 7_000_000, "2026-03-03"),
        deal(
            DealingReversed, stays, 9_000_000, "2026-03-02",
            original_dealing_id=wrong.dealing_id, original_kind="subscription",
        ),
        deal(
            RedemptionConfirmed, stays, 5_000_000, "2026-03-02",
            original_dealing_id=sold.dealing_id, is_full=False,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_complaints_are_set_against_clients_and_sales_of_the_period(desk: Any, seed: int) -> None:
    events = story(desk)
    Random(seed).shuffle(events)
    await desk.kit.receive(HANDLERS, *events)
    counted = [await desk.registered() for _ in range(3)]
    gone = await desk.registered(reason="pricing")
    await desk.does(desk.supervisor, gone, "reclassify", {"kind": "enquiry", "reason": "只是咨询"})

    answer = (await desk.supervisor.get("/v1/complaint-density", params=PERIOD)).json()

    assert answer["complaints"]["cases"] == 3
    listed = (await desk.supervisor.get(answer["complaints"]["list"])).json()["items"]
    assert {one["id"] for one in listed} == set(counted)
    # The desk's own client is the fourth.
    assert (answer["clients"]["on"], answer["clients"]["clients"]) == ("2026-03-02", 4)
    assert answer["sold"]["amount"] == {"amount": "50000000.00", "currency": "CNY"}
    assert answer["sold"]["dealings"] == 2
    assert (answer["per_1000_clients"], answer["per_100m_yuan_sold"]) == ("750.00", "6.00")


async def test_nothing_sold_is_no_density(desk: Any) -> None:
    await desk.registered()

    answer = (await desk.supervisor.get("/v1/complaint-density", params=PERIOD | {"received_to": "2026-12-31"})).json()

    assert (answer["clients"]["on"], answer["per_1000_clients"]) == ("2026-03-02", "1000.00")
    assert (answer["sold"]["dealings"], answer["per_100m_yuan_sold"]) == (0, None)


async def test_an_empty_period_is_refused(desk: Any) -> None:
    answer = await desk.supervisor.get("/v1/complaint-density", params=PERIOD | {"received_to": "2026-02-01"})
    desk.refused(answer, 422, "period_empty", "/query/received_to")
