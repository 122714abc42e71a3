"""Facts from other services' events: the same rows and the same assessment in any order, told once or twice."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from complaints.risk.service import assess_changed
from complaints.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    DealingReversed,
    RedemptionConfirmed,
    ServiceClassChanged,
    SubscriptionConfirmed,
)
from shared.events.interaction_log import InteractionCorrected, InteractionRecorded
from shared.ids import new_id
from shared.money import Money

CLIENT, OTHER = UUID(int=101), UUID(int=102)
FACTS = ("contact", "flow", "manager_change", "client_stub")


def dealing(kind: type[Event], at: datetime, number: int, amount: str, on: date, **fields: Any) -> Event:
    given = {
        "occurred_at": at,
        "dealing_id": UUID(int=number),
        "client_id": CLIENT,
        "confirmation_number": f"C-{number}",
        "product_id": UUID(int=900),
        "amount": Money(amount=amount),
        "applied_on": on,
        "confirmed_on": on,
    }
    return kind(**(given | fields))


def contact(kind: type[Event], at: datetime, number: int, *, is_reached: bool, client_id: UUID = CLIENT) -> Event:
    return kind(
        occurred_at=at,
        interaction_id=UUID(int=number),
        client_id=client_id,
        kind="call",
        direction="outbound",
        is_reached=is_reached,
    )


def a_client_who_leaves(now: datetime) -> list[tuple[Event, int]]:
    """A client who took out most of its money, whom nobody reached for long, and who got another manager."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    def on(days: int) -> date:
        return ago(days).date()

    managers = UUID(int=11), UUID(int=12)
    return [
        (ClientRegistered(occurred_at=ago(400), client_id=CLIENT, kind="person"), 1),
        (ClientAssigned(occurred_at=ago(399), client_id=CLIENT, manager_id=managers[0], unit_id=UUID(int=1)), 2),
        (
            ClientAssigned(
                occurred_at=ago(3),
                client_id=CLIENT,
                manager_id=managers[1],
                unit_id=UUID(int=1),
                previous_manager_id=managers[0],
            ),
            4,
        ),
        (ServiceClassChanged(occurred_at=ago(398), client_id=CLIENT, service_class="A", rule_version="1"), 3),
        (dealing(SubscriptionConfirmed, ago(300), 1, "10000000.00", on(300)), 1),
        (dealing(SubscriptionConfirmed, ago(299), 2, "5000000.00", on(299)), 1),
        (
            dealing(
                DealingReversed,
                ago(298),
                3,
                "5000000.00",
                on(299),
                original_dealing_id=UUID(int=2),
                original_kind="subscription",
            ),
            1,
        ),
        (
            dealing(
                RedemptionConfirmed,
                ago(20),
                4,
                "7000000.00",
                on(20),
                original_dealing_id=UUID(int=1),
                is_full=False,
            ),
            1,
        ),
        (contact(InteractionRecorded, ago(100), 21, is_reached=True), 1),
        (contact(InteractionRecorded, ago(5), 22, is_reached=True, client_id=OTHER), 1),
        (contact(InteractionCorrected, ago(5), 22, is_reached=False), 2),
    ]


async def rows(kit: Any) -> dict[str, list[tuple[Any, ...]]]:
    async with kit.database.session() as session:
        return {
            table: [tuple(row) for row in await session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))]
            for table in FACTS
        }


async def risk_of(kit: Any, client_id: UUID) -> tuple[str, int, list[str]]:
    async with kit.database.transaction() as session:
        while await assess_changed(session, kit.now, 100):
            pass
    async with kit.database.session() as session:
        statement = text("SELECT level, score, reasons FROM client_risk WHERE id = :id")
        return tuple((await session.execute(statement, {"id": client_id})).one())


async def receive(kit: Any, told: list[tuple[Event, int]], *, batch: bool) -> None:
    received: list[Received[Event]] = [
        replace(kit.received(event), aggregate_version=version) for event, version in told
    ]
    for part in [received] if batch else [[one] for one in received]:
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, part)


async def test_the_facts_and_the_level_are_the_same_in_any_order(kit: Any) -> None:
    told, shuffle = a_client_who_leaves(kit.now), random.Random(20260331)
    await receive(kit, told, batch=True)
    expected, level = await rows(kit), await risk_of(kit, CLIENT)
    assert level == ("high", 60, ["large_outflow", "contact_long_overdue", "manager_changed"])

    for attempt in range(8):
        await kit.reset()
        order = shuffle.sample(told, len(told))
        await receive(kit, order, batch=attempt % 2 == 0)
        assert await rows(kit) == expected
        assert await risk_of(kit, CLIENT) == level


async def test_events_told_twice_change_nothing(kit: Any) -> None:
    told = a_client_who_leaves(kit.now)
    await receive(kit, told, batch=False)
    once, level = await rows(kit), await risk_of(kit, CLIENT)
    events = await kit.events()

    await receive(kit, told, batch=False)

    assert (await rows(kit), await risk_of(kit, CLIENT)) == (once, level)
    assert await kit.events() == events == ["risk.client_flagged"]


async def test_a_correction_frees_the_client_named_before(kit: Any) -> None:
    at = kit.now - timedelta(days=300)
    await receive(kit, [(ClientRegistered(occurred_at=at, client_id=OTHER, kind="person"), 1)], batch=False)
    await receive(kit, [(contact(InteractionRecorded, kit.now, 1, is_reached=True, client_id=OTHER), 1)], batch=False)
    assert (await risk_of(kit, OTHER))[2] == []

    await receive(kit, [(contact(InteractionCorrected, kit.now, 1, is_reached=True), 2)], batch=False)

    assert (await risk_of(kit, OTHER))[2] == ["contact_overdue"]


async def test_a_class_of_tomorrow_is_met_by_the_rhythm_of_an_unknown_one(kit: Any) -> None:
    told: list[tuple[Event, int]] = [
        (ClientRegistered(occurred_at=kit.now - timedelta(days=200), client_id=CLIENT, kind="person"), 1),
        (ServiceClassChanged(occurred_at=kit.now, client_id=CLIENT, service_class="S", rule_version="1"), 2),
    ]

    await receive(kit, told, batch=True)

    assert await risk_of(kit, CLIENT) == ("low", 10, ["contact_overdue"])


async def test_the_same_manager_in_another_unit_is_no_change_of_manager(kit: Any) -> None:
    manager_id = new_id()
    moved = ClientAssigned(
        occurred_at=kit.now, client_id=CLIENT, manager_id=manager_id, unit_id=new_id(), previous_manager_id=manager_id
    )

    await kit.receive(HANDLERS, moved)

    assert await kit.count("manager_change") == 0


async def test_a_distribution_taken_back_is_no_flow(kit: Any) -> None:
    event = dealing(
        DealingReversed,
        kit.now,
        1,
        "1.00",
        kit.now.date(),
        original_dealing_id=new_id(),
        original_kind="distribution",
    )

    await kit.receive(HANDLERS, event)

    assert await kit.count("flow") == 0


async def test_a_flag_names_the_event_that_caused_it(kit: Any) -> None:
    told = a_client_who_leaves(kit.now)
    await receive(kit, told, batch=False)
    last = kit.received(told[-1][0])
    async with kit.database.transaction() as session:
        await deliver(session, HANDLERS, [replace(last, aggregate_version=3)])

    await risk_of(kit, CLIENT)

    async with kit.database.session() as session:
        headers = (await session.execute(text("SELECT headers FROM outbox"))).scalar_one()
    assert headers["ce_causationid"] == str(last.id)
    assert headers["ce_hops"] == "1"


async def test_who_has_left_is_not_about_to_leave(kit: Any) -> None:
    await receive(kit, a_client_who_leaves(kit.now), batch=True)
    assert (await risk_of(kit, CLIENT))[0] == "high"

    await kit.receive(HANDLERS, ClientClosed(occurred_at=kit.now, client_id=CLIENT, reason="client_request"))

    assert await risk_of(kit, CLIENT) == ("low", 0, [])
    assert await kit.events() == ["risk.client_flagged", "risk.client_cleared"]
