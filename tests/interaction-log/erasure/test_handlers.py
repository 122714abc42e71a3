"""Nothing of an erased client is left here and nothing comes back, whatever comes when."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from shared.events.base import Event
from shared.events.client_profile import ClientActivated, ClientAssigned, ClientClosed, ClientRegistered
from shared.events.complaints import ComplaintClientLinked, ComplaintClosed, ComplaintRegistered
from shared.events.erasure import ClientErased
from shared.events.risk import ClientFlagged
from shared.ids import new_id

TABLES = ("interaction", "follow_up", "timeline_entry", "case_client", "client_stub")


def story(at: Any, client_id: UUID, complaint_id: UUID) -> list[Event]:
    about, case = {"client_id": client_id}, {"complaint_id": complaint_id}
    return [
        ClientRegistered(occurred_at=at, **about, kind="person"),
        ClientActivated(occurred_at=at, **about),
        ClientAssigned(occurred_at=at, **about, manager_id=UUID(int=8), unit_id=UUID(int=9)),
        ComplaintRegistered(
            occurred_at=at, **case, level="ordinary", reason="disclosure", received_on=at.date(), due_on=at.date()
        ),
        ComplaintClientLinked(occurred_at=at, **case, **about),
        ComplaintClosed(occurred_at=at, **case, **about, root_cause="disclosure"),
        ClientFlagged(occurred_at=at, **about, level="high", score=60, reasons=["outflow"], rule_version="1"),
        ClientClosed(occurred_at=at, **about, reason="client_request"),
    ]


async def left_of(world: Any, client_id: UUID) -> dict[str, int]:
    found = {}
    for table in TABLES:
        key = "id" if table == "client_stub" else "client_id"
        found[table] = len(await world.rows(f"SELECT 1 AS one FROM {table} WHERE {key} = :id", id=client_id))
    return found


@pytest.mark.parametrize("seed", range(12))
async def test_shuffled_and_repeated_events_leave_nothing_of_an_erased_client(world: Any, seed: int) -> None:
    gone, stays, rng, at = new_id(), new_id(), Random(seed), world.kit.now
    its_case, other_case = new_id(), new_id()
    erased = ClientErased(occurred_at=at, client_id=gone, ground="service_ended")
    events = [*story(at, gone, its_case), *story(at, stays, other_case), erased]
    told = [world.received(event) for event in events]
    mixed = [*told, *told]
    rng.shuffle(mixed)
    while mixed:
        # The inbox hands an event over once in a batch, however often it was fetched.
        batch = {one.id: one for one in (mixed.pop() for _ in range(min(len(mixed), rng.randint(1, 5))))}
        await world.deliver(*batch.values())
        if rng.random() < 0.3:
            await world.run_timers()
    await world.run_timers()

    assert await left_of(world, gone) == dict.fromkeys(TABLES, 0)
    left = await left_of(world, stays)
    assert {table: min(1, count) for table, count in left.items()} == {**dict.fromkeys(TABLES, 1), "interaction": 0}
    # What happened to the case stays, as of a case whose client nobody knows.
    entries = "SELECT type FROM timeline_entry WHERE complaint_id = :id ORDER BY type"
    assert await world.rows(entries, id=its_case) == await world.rows(entries, id=other_case)
    answered = [
        payload for type_, payload in await world.kit.outbox() if type_ == "interaction-log.erasure.answered.v1"
    ]
    kinds = ["interaction", "follow_up", "timeline", "profile", "parked_event"]
    assert [(one["record_kind"], one["outcome"]) for one in answered] == [(kind, "deleted") for kind in kinds]


async def test_contacts_and_follow_ups_are_destroyed_with_their_texts(world: Any) -> None:
    client_id, other = await world.client(), await world.client()
    for one in (client_id, other):
        await world.record(one, summary="客户谈到家人住院")
        await world.request_follow_up(one)

    await world.hear(ClientErased(occurred_at=world.kit.now, client_id=client_id, ground="consent_withdrawn"))

    assert set((await left_of(world, client_id)).values()) == {0}
    assert (await left_of(world, other))["interaction"] == 1
    assert len(await world.rows("SELECT summary FROM interaction")) == 1


async def test_everything_that_names_an_erased_client_is_answered_with_410(world: Any) -> None:
    client_id, kit = await world.client(), world.kit
    await world.hear(ClientErased(occurred_at=kit.now, client_id=client_id, ground="service_ended"))
    agent, operations = kit.staff("customer_service"), kit.staff("operations")

    asked = {"client_id": str(client_id)}
    answers = [
        await agent.get("/v1/interactions", params=asked),
        await agent.get("/v1/follow-ups", params=asked),
        await agent.get(f"/v1/clients/{client_id}/timeline"),
        await agent.post("/v1/interactions", json=world.contact(client_id)),
        await agent.post("/v1/follow-ups", json={**asked, "due_on": "2026-03-09", "note": "回访"}),
    ]
    assert [world.problem(answer, 410) for answer in answers] == [("client_erased", [])] * 5
    items = [
        {**world.contact(client_id), "external_id": "1"},
        {**world.contact(await world.client()), "external_id": "2"},
    ]
    bulk = await operations.post("/v1/interactions/bulk", json={"origin": "old", "items": items})
    assert [one["status"] for one in bulk.json()["results"]] == ["refused", "created"]
    assert bulk.json()["results"][0]["problem"]["code"] == "client_erased"
    assert await left_of(world, client_id) == dict.fromkeys(TABLES, 0)
