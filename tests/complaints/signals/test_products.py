"""Trouble of plans: who held them on the day, in any order of events, until they are sold or wound up."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from complaints.risk.service import assess_changed
from complaints.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.base import Event
from shared.events.client_profile import (
    ClientRegistered,
    ProductLiquidated,
    ProductRegraded,
    RedemptionConfirmed,
    SubscriptionConfirmed,
)
from shared.events.interaction_log import InteractionRecorded
from shared.events.lineage import ClientMerged
from shared.events.products import ProductExtended, ProductPaymentDelayed
from shared.money import Money

CLIENT, OTHER = UUID(int=101), UUID(int=102)
HELD, SOLD, LATER = UUID(int=901), UUID(int=902), UUID(int=903)


def plans_in_trouble(now: datetime) -> list[Event]:
    """One plan held that got into every trouble; one sold before its trouble; one bought after it."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    def dealt(number: int, days: int, product_id: UUID) -> dict[str, Any]:
        day = ago(days).date()
        return {
            "occurred_at": ago(days),
            "dealing_id": UUID(int=number),
            "client_id": CLIENT,
            "confirmation_number": f"C-{number}",
            "product_id": product_id,
            "amount": Money(amount="100.00"),
            "applied_on": day,
            "confirmed_on": day,
        }

    def bought(number: int, days: int, product_id: UUID) -> Event:
        return SubscriptionConfirmed(**dealt(number, days, product_id))

    call = {"interaction_id": UUID(int=23), "kind": "call", "direction": "outbound", "is_reached": True}
    return [
        ClientRegistered(occurred_at=ago(400), client_id=CLIENT, kind="person"),
        InteractionRecorded(occurred_at=now, client_id=CLIENT, **call),
        bought(51, 300, HELD),
        bought(52, 300, SOLD),
        RedemptionConfirmed(**dealt(53, 60, SOLD), original_dealing_id=UUID(int=52), is_full=True),
        bought(54, 10, LATER),
        ProductRegraded(occurred_at=ago(50), product_id=HELD, grade="R5", previous="R3"),
        ProductRegraded(occurred_at=ago(40), product_id=HELD, grade="R4", previous="R5"),
        ProductExtended(occurred_at=ago(30), product_id=HELD, ends_on=now.date()),
        *(
            ProductPaymentDelayed(occurred_at=ago(20), product_id=product, payable_on=ago(20).date())
            for product in (HELD, SOLD, LATER)
        ),
    ]


async def reasons_of(kit: Any) -> list[str]:
    async with kit.database.transaction() as session:
        await assess_changed(session, kit.now, 100)
        found = await session.execute(text("SELECT reasons FROM client_risk WHERE id = :id"), {"id": CLIENT})
        return sorted(found.scalar_one())


async def test_trouble_counts_for_who_held_the_plan_in_any_order_of_events(kit: Any) -> None:
    told = plans_in_trouble(kit.now)
    expected = ["product_extended", "product_grade_rose", "product_payment_delayed"]

    for seed in range(6):
        await kit.reset()
        events = [kit.received(event) for event in told]
        events += random.Random(seed).sample(events, 5)
        random.Random(seed).shuffle(events)
        for event in events:
            async with kit.database.transaction() as session:
                await deliver(session, HANDLERS, [event])
        assert await reasons_of(kit) == expected, seed


async def test_trouble_of_a_merged_clients_plan_counts_for_who_stands_for_it(kit: Any) -> None:
    merger = {"merged_client_id": CLIENT, "surviving_client_id": OTHER, "step": 1}
    await kit.receive(HANDLERS, ClientMerged(occurred_at=kit.now, client_id=CLIENT, **merger))
    await kit.receive(HANDLERS, *plans_in_trouble(kit.now))

    async with kit.database.transaction() as session:
        await assess_changed(session, kit.now, 100)
        found = await session.execute(text("SELECT reasons FROM client_risk WHERE id = :id"), {"id": OTHER})
        assert "product_payment_delayed" in found.scalar_one()


async def test_trouble_ends_when_the_plan_is_wound_up_or_sold(kit: Any) -> None:
    await kit.receive(HANDLERS, *plans_in_trouble(kit.now - timedelta(days=1)))
    before = await reasons_of(kit)
    await kit.receive(HANDLERS, ProductLiquidated(occurred_at=kit.now, product_id=HELD))

    assert before
    assert await reasons_of(kit) == []
