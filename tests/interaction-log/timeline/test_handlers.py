"""The same timeline in whatever order events of all services arrive, and however often."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from shared.events.base import Event, Received
from shared.events.channel_commission import AccrualBooked, ChannelActivated
from shared.events.client_profile import (
    ClientActivated,
    ClientRegistered,
    ProductEstablished,
    SubscriptionConfirmed,
    SuitabilityAssessed,
)
from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintClientLinked,
    ComplaintClosed,
    ComplaintDecided,
    ComplaintRegistered,
)
from shared.events.interaction_log import InteractionRecorded
from shared.events.risk import ClientFlagged
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import ServiceKit


def registered(kit: ServiceKit, complaint_id: UUID, client_id: UUID | None = None) -> ComplaintRegistered:
    return ComplaintRegistered(
        occurred_at=kit.now,
        complaint_id=complaint_id,
        client_id=client_id,
        level="ordinary",
        reason="disclosure",
        received_on=date(2026, 3, 2),
        due_on=date(2026, 3, 17),
    )


async def timeline(kit: ServiceKit, client_id: UUID, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    caller, query = kit.staff("auditor"), {"limit": "7", **params}
    while True:
        answer = await caller.get(f"/v1/clients/{client_id}/timeline", params=query)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return found
        query["cursor"] = answer.json()["next_cursor"]


async def test_events_of_every_service_stand_on_the_timeline_of_their_client(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    await world.hear(
        SuitabilityAssessed(
            occurred_at=kit.now + timedelta(minutes=1),
            client_id=client_id,
            risk_level="C3",
            valid_until=date(2027, 3, 1),
        ),
        AccrualBooked(
            occurred_at=kit.now + timedelta(minutes=2),
            accrual_id=new_id(),
            client_id=client_id,
            channel_id=new_id(),
            product_id=new_id(),
            dealing_id=new_id(),
            bearer="company",
            amount=Money.from_fen(123_456),
            earned_period="2026-03",
            booked_period="2026-03",
        ),
        ProductEstablished(occurred_at=kit.now, product_id=new_id(), established_on=date(2026, 3, 2)),
        ChannelActivated(occurred_at=kit.now, channel_id=new_id()),
    )

    found = await timeline(kit, client_id)

    assert [entry["title"] for entry in found[:2]] == ["渠道费用计提", "风险承受能力评估"]
    assert {entry["title"] for entry in found[2:]} == {"客户建档", "客户启用"}
    assert found[0]["service"] == "channel-commission"
    assert found[0]["data"]["amount"] == {"amount": "1234.56", "currency": "CNY"}
    assert found[1]["data"] == {"risk_level": "C3", "valid_until": "2027-03-01"}
    assert await kit.count("timeline_entry") == 4


async def test_own_events_come_back_onto_the_timeline(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    contact = await world.record(client_id, summary="客户身体不适")
    (payload,) = [payload for type_, payload in await kit.outbox() if type_.endswith("interaction.recorded.v1")]

    await world.hear(InteractionRecorded.model_validate(payload))

    (entry,) = await timeline(kit, client_id, kind="interaction")
    assert entry["data"]["interaction_id"] == contact["id"]
    assert "客户身体不适" not in str(entry)


async def test_what_is_heard_of_late_stands_where_it_happened(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    days = (5, 1, 9, 3)
    for day in days:
        at = kit.now - timedelta(days=day)
        await world.hear(
            SuitabilityAssessed(occurred_at=at, client_id=client_id, risk_level="C3", valid_until=date(2027, 3, day))
        )

    found = await timeline(kit, client_id, kind="client", service="client-profile")

    assert [entry["data"].get("valid_until") for entry in found] == [
        None,
        None,
        *(f"2027-03-0{day}" for day in sorted(days)),
    ]


async def test_a_case_is_found_whenever_its_client_becomes_known(kit: ServiceKit, world: Any) -> None:
    """Registered and handled without a client, linked, then decided; also linked before all else is heard of."""
    client_id, case = await world.client(), new_id()
    events: list[Event] = [
        registered(kit, case),
        ComplaintAssigned(occurred_at=kit.now, complaint_id=case, handler_id=new_id()),
        ComplaintClientLinked(occurred_at=kit.now, complaint_id=case, client_id=client_id),
        ComplaintDecided(occurred_at=kit.now, complaint_id=case, is_upheld=True),
    ]
    await world.hear(*events[:2])
    before = await timeline(kit, client_id, kind="complaint")

    await world.hear(*events[2:])

    assert before == []
    assert len(await timeline(kit, client_id, kind="complaint")) == 4


async def test_a_joint_case_stands_on_the_timeline_of_each_of_its_clients(kit: ServiceKit, world: Any) -> None:
    one_id, other_id, third_id = [await world.client() for _ in range(3)]
    case = new_id()

    await world.hear(
        registered(kit, case, one_id),
        ComplaintClientLinked(occurred_at=kit.now, complaint_id=case, client_id=other_id),
        ComplaintClosed(occurred_at=kit.now, complaint_id=case, client_id=one_id, root_cause="disclosure"),
    )

    assert len(await timeline(kit, one_id, kind="complaint")) == 3
    assert len(await timeline(kit, other_id, kind="complaint")) == 3
    assert await timeline(kit, third_id, kind="complaint") == []


def _story(kit: ServiceKit, client_id: UUID, other_id: UUID) -> list[Event]:
    linked, joint = UUID(int=101), UUID(int=102)
    dealing = {
        "confirmation_number": "B-1",
        "product_id": UUID(int=103),
        "amount": Money.from_fen(100_000_000),
        "applied_on": date(2026, 3, 1),
        "confirmed_on": date(2026, 3, 2),
    }
    return [
        ClientRegistered(occurred_at=kit.now, client_id=client_id, kind="person"),
        ClientActivated(occurred_at=kit.now, client_id=client_id),
        ClientRegistered(occurred_at=kit.now, client_id=other_id, kind="person"),
        SubscriptionConfirmed(occurred_at=kit.now, dealing_id=new_id(), client_id=client_id, **dealing),
        registered(kit, linked),
        ComplaintClientLinked(occurred_at=kit.now, complaint_id=linked, client_id=client_id),
        ComplaintDecided(occurred_at=kit.now, complaint_id=linked, is_upheld=True),
        registered(kit, joint, other_id),
        ComplaintClientLinked(occurred_at=kit.now, complaint_id=joint, client_id=client_id),
        ClientFlagged(
            occurred_at=kit.now, client_id=client_id, level="high", score=60, reasons=["outflow"], rule_version="1"
        ),
    ]


async def test_the_timeline_is_the_same_for_any_order_across_topics_and_with_repeats(
    kit: ServiceKit, world: Any
) -> None:
    client_id, other_id = UUID(int=1), UUID(int=2)
    story: list[Received[Event]] = [world.received(event) for event in _story(kit, client_id, other_id)]
    chance, found = random.Random(20260302), []
    for _ in range(4):
        await kit.reset()
        shuffled = chance.sample(story, len(story))
        for received in [*shuffled, *chance.sample(shuffled, 3)]:
            await world.deliver(received)
        found.append([await timeline(kit, client_id), await timeline(kit, other_id)])

    assert all(again == found[0] for again in found)
    assert [len(entries) for entries in found[0]] == [9, 3]


async def test_a_batch_is_one_run_for_the_timeline(kit: ServiceKit, world: Any) -> None:
    client_id, other_id = new_id(), new_id()

    await world.hear(*_story(kit, client_id, other_id))

    assert len(await timeline(kit, client_id)) == 9
