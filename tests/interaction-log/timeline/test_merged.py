"""A merged client leads to the one that stands for it: timeline, follow-ups, rhythm; undone, both are as before."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from shared.events.base import Event
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.ids import new_id


def told(world: Any, kind: type[ClientMerged | ClientUnmerged], merged: UUID, survivor: UUID, step: int) -> list[Event]:
    pair = {"merged_client_id": merged, "surviving_client_id": survivor, "step": step}
    return [kind(occurred_at=world.kit.now, client_id=one, **pair) for one in (merged, survivor)]


async def entries(world: Any, client_id: UUID) -> list[str]:
    answer = await world.kit.staff("compliance").get(f"/v1/clients/{client_id}/timeline?limit=100")
    assert answer.status_code == 200, answer.text
    return [one["event_id"] for one in answer.json()["items"] if not one["type"].endswith("merged.v1")]


async def test_the_timeline_of_the_surviving_client_holds_both_until_it_is_undone(world: Any) -> None:
    merged, survivor = await world.client(), await world.client()
    before = await entries(world, merged), await entries(world, survivor)

    await world.hear(*told(world, ClientMerged, merged, survivor, 1))
    both = await entries(world, survivor)
    led = await world.kit.staff("compliance").get(f"/v1/clients/{merged}/timeline?limit=100")
    await world.hear(*told(world, ClientUnmerged, merged, survivor, 2))

    assert set(both) == {*before[0], *before[1]}
    assert (led.status_code, led.headers["Location"]) == (301, f"/v1/clients/{survivor}/timeline?limit=100")
    assert (await entries(world, merged), await entries(world, survivor)) == before


async def test_one_rhythm_is_left_and_contacts_of_both_count_for_it(world: Any) -> None:
    manager_id = new_id()
    merged = await world.client(manager_id=manager_id, service_class="C")
    survivor = await world.client(manager_id=manager_id, service_class="C")
    before = await world.follow_ups(survivor)

    await world.hear(*told(world, ClientMerged, merged, survivor, 1))
    await world.run_timers()
    assert [status for _, status, _ in await world.follow_ups(merged)] == ["canceled"]
    world.kit.now += timedelta(days=3)
    await world.record(merged)
    await world.run_timers()
    after = await world.follow_ups(survivor)
    listed = await world.kit.staff("compliance").get(f"/v1/follow-ups?client_id={merged}&status=scheduled")

    assert [status for _, status, _ in before] == ["scheduled"]
    open_days = [due_on for _, status, due_on in after if status == "scheduled"]
    assert len(open_days) == 1
    assert open_days[0] > before[0][2]
    assert {one["client_id"] for one in listed.json()["items"]} == {str(survivor)}


async def test_a_manager_reaches_what_came_under_the_merged_clients_id(world: Any) -> None:
    manager_id, unit_id = new_id(), new_id()
    merged, survivor = await world.client(), await world.client(manager_id=manager_id, unit_id=unit_id)
    manager = world.kit.staff("relationship_manager", id=manager_id, unit_id=unit_id)
    recorded = await world.record(merged)
    apart = await manager.get(f"/v1/interactions/{recorded['id']}")

    await world.hear(*told(world, ClientMerged, merged, survivor, 1))

    assert apart.status_code == 404
    assert (await manager.get(f"/v1/interactions/{recorded['id']}")).status_code == 200


@pytest.mark.parametrize("seed", range(12))
async def test_copies_under_both_keys_in_any_order_say_what_was_done_last(world: Any, seed: int) -> None:
    merged, survivor, other, rng = new_id(), new_id(), new_id(), Random(seed)
    steps = [
        told(world, ClientMerged, merged, survivor, 1),
        told(world, ClientUnmerged, merged, survivor, 2),
        told(world, ClientMerged, merged, other, 3),
    ]
    events = [world.received(event) for step in steps for event in step]
    mixed = [*events, *events]
    rng.shuffle(mixed)

    for one in mixed:
        await world.deliver(one)

    [row] = await world.rows("SELECT client_id, merged_into, step FROM client_lineage")
    assert (row["client_id"], row["merged_into"], row["step"]) == (merged, other, 3)
