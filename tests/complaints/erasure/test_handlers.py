"""An erased client stays erased here, whatever comes when; receipts go out once."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS, TIMERS
from shared.delivery.handlers import deliver
from shared.erasure import guard
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    ServiceClassChanged,
    SubscriptionConfirmed,
)
from shared.events.erasure import ClientErased
from shared.events.interaction_log import InteractionRecorded
from shared.ids import new_id
from shared.money import Money
from shared.timers import run_due

OF_CLIENT = {
    "client_stub": "id",
    "client_channel": "client_id",
    "client_risk": "id",
    "contact": "client_id",
    "flow": "client_id",
    "manager_change": "client_id",
    "manager_term": "client_id",
    "changed_client": "client_id",
}


def story(kit: Any, client_id: UUID) -> list[Event]:
    at, about = kit.now, {"client_id": client_id}
    return [
        ClientRegistered(occurred_at=at, **about, kind="person", channel_id=UUID(int=7)),
        ClientAssigned(occurred_at=at, **about, manager_id=UUID(int=8), unit_id=UUID(int=9)),
        ServiceClassChanged(occurred_at=at, **about, service_class="A", rule_version="1"),
        ClientAssigned(
            occurred_at=at, **about, manager_id=UUID(int=18), unit_id=UUID(int=9), previous_manager_id=UUID(int=8)
        ),
        SubscriptionConfirmed(
            occurred_at=at, **about, dealing_id=new_id(), confirmation_number="B-1", product_id=UUID(int=4),
            amount=Money.from_fen(100), applied_on=at.date(), confirmed_on=at.date(), channel_id=UUID(int=7),
        ),
        InteractionRecorded(
            occurred_at=at, **about, interaction_id=new_id(), kind="call", direction="inbound", is_reached=True
        ),
        ClientClosed(occurred_at=at, **about, reason="client_request"),
    ]  # fmt: skip


async def deliver_to(kit: Any, *batch: Received[Event]) -> None:
    async with kit.database.transaction() as session:
        await deliver(session, HANDLERS, batch)


async def count_of(kit: Any, client_id: UUID) -> dict[str, int]:
    async with kit.database.session() as session:
        return {
            table: (
                await session.execute(text(f"SELECT count(*) FROM {table} WHERE {key} = :id"), {"id": client_id})
            ).scalar_one()
            for table, key in OF_CLIENT.items()
        }


def receipts(outbox: list[tuple[str, dict[str, Any]]]) -> dict[str, tuple[str, str | None]]:
    told = [payload for type_, payload in outbox if type_ == "complaints.erasure.answered.v1"]
    assert len({one["record_kind"] for one in told}) == len(told), "a receipt was told twice"
    return {one["record_kind"]: (one["outcome"], one["kept_until"]) for one in told}


@pytest.mark.parametrize("seed", range(12))
async def test_shuffled_and_repeated_events_leave_nothing_of_an_erased_client(kit: Any, seed: int) -> None:
    gone, stays, rng = new_id(), new_id(), Random(seed)
    events = [*story(kit, gone), *story(kit, stays), ClientErased(occurred_at=kit.now, client_id=gone, ground="x")]
    told = [replace(kit.received(event), aggregate_version=place) for place, event in enumerate(events, start=1)]
    mixed = [*told, *told]
    rng.shuffle(mixed)
    while mixed:
        await deliver_to(kit, *(mixed.pop() for _ in range(min(len(mixed), rng.randint(1, 5)))))

    assert set((await count_of(kit, gone)).values()) == {0}
    left = await count_of(kit, stays)
    # The plain reading: one row of each, no risk before it is assessed.
    assert {table: min(count, 1) for table, count in left.items()} == {**dict.fromkeys(OF_CLIENT, 1), "client_risk": 0}
    assert receipts(await kit.outbox()) == {
        kind: ("deleted", None) for kind in ("complaint_file", "risk_signal", "profile", "parked_event")
    }


async def test_parked_events_of_the_client_are_destroyed(kit: Any) -> None:
    client_id, other = new_id(), new_id()
    async with kit.database.transaction() as session:
        for key in (client_id, other):
            where = {"key": str(key)}
            await session.execute(
                text("INSERT INTO parked_key (consumer, topic, key, reason) VALUES ('c', 't', :key, 'x')"), where
            )
            await session.execute(
                text(
                    'INSERT INTO parked_event (consumer, topic, key, partition, "offset", headers, error)'
                    " VALUES ('c', 't', :key, 0, (SELECT count(*) FROM parked_event), '{}', 'x')"
                ),
                where,
            )

    await kit.receive(HANDLERS, ClientErased(occurred_at=kit.now, client_id=client_id, ground="service_ended"))

    async with kit.database.session() as session:
        for table in ("parked_key", "parked_event"):
            assert (await session.execute(text(f"SELECT key FROM {table}"))).scalars().all() == [str(other)]


async def test_complaint_files_are_restricted_until_their_time_is_over(desk: Any) -> None:
    kit = desk.kit
    complaint_id = await desk.closed()
    await kit.receive(HANDLERS, ClientErased(occurred_at=kit.now, client_id=desk.client_id, ground="service_ended"))
    assert receipts(await kit.outbox())["complaint_file"] == ("restricted", "2036-03-02")
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]

    for now, client_id in (
        (datetime(2036, 3, 2, 4, tzinfo=UTC), desk.client_id),
        (datetime(2036, 3, 3, 4, tzinfo=UTC), None),
    ):
        kit.now = now
        await run_due(timer, kit.database, clock=lambda: kit.now)
        assert (await desk.row(complaint_id)).client_id == client_id

    row = await desk.row(complaint_id)
    assert (row.facts, row.decision, row.inform_proof, row.measures) == (None, None, None, None)
    assert (row.status, row.closed_on, row.root_cause) == (
        "closed",
        date(2036, 3, 2) - timedelta(days=3653),
        "disclosure",
    )
    type_, payload = (await kit.outbox())[-1]
    assert (type_, payload["outcome"]) == ("complaints.erasure.answered.v1", "deleted")


async def test_what_was_kept_beside_an_ended_case_is_emptied_with_its_file(desk: Any) -> None:
    kit, today = desk.kit, "2026-03-02"
    complaint_id = await desk.informed()
    task = {"what": "回访投诉人", "owner_id": str(desk.handler_id), "due_on": today}
    given = await desk.does(desk.handler, complaint_id, "tasks", task)
    await desk.handler.post(f"/v1/complaint-tasks/{given['id']}/end", json={"outcome": "done", "result": "已回访"})
    await desk.does(desk.handler, complaint_id, "close", desk.closing)
    agreed = {"amount": {"amount": "100.00"}, "agreed_on": today, "agreement": "和解协议"}
    told = {"informed_on": today, "method": "phone", "proof": "录音", "remedies": "调解"}
    for caller, command, body in (
        (desk.supervisor, "tracks", {"kind": "mediation", "body": "调解中心", "began_on": today}),
        (desk.handler, "agree-compensation", agreed),
        (desk.supervisor, "pay-compensation", {"paid_on": today, "proof": "回单"}),
        (desk.agent, "request-review", {"grounds": "不认可", "requested_on": today}),
        (desk.supervisor, "decline-review", told),
    ):
        await desk.does(caller, complaint_id, command, body)
    await kit.receive(HANDLERS, ClientErased(occurred_at=kit.now, client_id=desk.client_id, ground="service_ended"))
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]

    kit.now = datetime(2036, 3, 3, 4, tzinfo=UTC)
    await run_due(timer, kit.database, clock=lambda: kit.now)

    assert [await kit.count(table) for table in ("track", "case_task")] == [0, 0]
    async with kit.database.session() as session:
        paid = (await session.execute(text("SELECT amount, agreement, payment_proof FROM compensation"))).one()
        review = (await session.execute(text("SELECT outcome, remedies, inform_proof FROM review"))).one()
    assert tuple(paid) == (10_000, None, None)
    assert tuple(review) == ("no_superior", None, None)


async def test_an_erasure_waits_for_whoever_writes_about_the_client(kit: Any) -> None:
    client_id = new_id()
    erased = ClientErased(occurred_at=kit.now, client_id=client_id, ground="service_ended")
    async with kit.database.transaction() as session:
        assert await guard.erased_among(session, [client_id]) == set()
        erasing = asyncio.create_task(kit.receive(HANDLERS, erased))
        await asyncio.sleep(0.3)
        assert not erasing.done()
        await session.execute(
            text(
                "INSERT INTO client_stub (id, heard_at, assigned_version, classified_version) VALUES (:id, now(), 0, 0)"
            ),
            {"id": client_id},
        )
    await erasing

    assert await kit.count("client_stub") == 0
