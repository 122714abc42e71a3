import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


@pytest.fixture
async def couple(house: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return await house.client(name="张三丰"), await house.client(name="李四光")


async def relate(kit: ServiceKit, one: dict[str, Any], other: dict[str, Any], kind: str, **period: str) -> Any:
    wanted = {"other_client_id": other["id"], "kind": kind, "started_on": "2024-01-01", **period}
    return await kit.staff("customer_service").post(f"/v1/clients/{one['id']}/relationships", json=wanted)


async def seen(kit: ServiceKit, client: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await kit.staff("auditor").get(f"/v1/clients/{client['id']}/relationships")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


Couple = tuple[dict[str, Any], dict[str, Any]]


async def test_an_agent_shows_on_both_sides_each_with_its_word(kit: ServiceKit, couple: Couple) -> None:
    owner, agent = couple

    answer = await relate(kit, owner, agent, "authorized_agent")

    assert answer.status_code == 201
    [from_owner], [from_agent] = await seen(kit, owner), await seen(kit, agent)
    assert from_owner == answer.json()
    assert (from_owner["kind"], from_owner["other_client_id"]) == ("authorized_agent", agent["id"])
    assert (from_agent["kind"], from_agent["other_client_id"]) == ("principal", owner["id"])
    assert (from_agent["other_client_number"], from_agent["other_client_name"]) == (owner["number"], "张**")
    updated = [event for type_, event in await kit.outbox() if type_ == "client-profile.client.updated.v1"]
    assert sorted(event["client_id"] for event in updated) == sorted([owner["id"], agent["id"]])
    assert [event["changed"] for event in updated] == [["relationships"]] * 2


@pytest.mark.parametrize("kind", ["authorized_agent", "spouse", "child"])
async def test_the_same_kind_does_not_overlap_from_whichever_side(kit: ServiceKit, couple: Couple, kind: str) -> None:
    one, other = couple
    first = await relate(kit, one, other, kind, started_on="2024-01-01", ended_on="2024-06-30")
    inverse = (await seen(kit, other))[0]["kind"]

    same_day = await relate(kit, one, other, kind, started_on="2024-06-30")
    other_side = await relate(kit, other, one, inverse, started_on="2023-01-01", ended_on="2024-01-01")
    next_day = await relate(kit, one, other, kind, started_on="2024-07-01")
    another_kind = await relate(kit, one, other, "guarantor", started_on="2024-03-01")

    assert first.status_code == 201
    assert [(answer.status_code, answer.json()["code"]) for answer in (same_day, other_side)] == [
        (409, "relationship_overlaps")
    ] * 2
    assert (next_day.status_code, another_kind.status_code) == (201, 201)
    assert await kit.count("client_relationship") == 3


async def test_of_two_alike_at_the_same_moment_one_wins(kit: ServiceKit, couple: Couple) -> None:
    one, other = couple

    answers = await asyncio.gather(relate(kit, one, other, "spouse"), relate(kit, other, one, "spouse"))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await kit.count("client_relationship") == 1


async def test_a_relationship_ends_once_on_its_last_day(kit: ServiceKit, couple: Couple) -> None:
    one, other = couple
    relationship = (await relate(kit, one, other, "spouse")).json()
    desk = kit.staff("customer_service")
    path = f"/v1/clients/{other['id']}/relationships/{relationship['id']}/end"

    too_early = await desk.post(path, json={"ended_on": "2023-12-31"})
    ended = await desk.post(path, json={"ended_on": "2025-05-01"})
    again = await desk.post(path, json={"ended_on": "2025-06-01"})
    stranger = await desk.post(f"/v1/clients/{one['id']}/relationships/{new_id()}/end", json={"ended_on": "2025-05-01"})

    assert (too_early.status_code, too_early.json()["errors"][0]["pointer"]) == (422, "/ended_on")
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2025-05-01")
    assert (again.status_code, again.json()["code"]) == (409, "relationship_ended")
    assert stranger.status_code == 404
    assert (await relate(kit, one, other, "spouse", started_on="2025-05-02")).status_code == 201


async def test_a_client_out_of_reach_is_neither_related_nor_named(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    mine, theirs = await house.client(manager=manager), await house.client(manager=await house.manager())
    rm = house.as_staff(manager)
    wanted = {"other_client_id": theirs["id"], "kind": "spouse", "started_on": "2024-01-01"}

    refused = await rm.post(f"/v1/clients/{mine['id']}/relationships", json=wanted)
    hidden = await rm.post(f"/v1/clients/{theirs['id']}/relationships", json={**wanted, "other_client_id": mine["id"]})
    await relate(kit, mine, theirs, "spouse")
    [shown] = (await rm.get(f"/v1/clients/{mine['id']}/relationships")).json()["items"]

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/other_client_id")
    assert hidden.status_code == 404
    assert (shown["other_client_id"], shown["other_client_name"]) == (theirs["id"], None)


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kind": "friend"}, "invalid", "/kind"),
        ({"started_on": "2024-02-30"}, "invalid", "/started_on"),
        ({"ended_on": "2023-12-31"}, "ends_before_start", "/ended_on"),
        ({"other_client_id": "me"}, "invalid", "/other_client_id"),
        ({"other_client_id": str(UUID(int=9))}, "client_unknown", "/other_client_id"),
        ({"note": "hello"}, "invalid", "/note"),
    ],
)
async def test_bad_input_is_refused_at_its_field_and_writes_nothing(
    kit: ServiceKit, couple: Couple, change: dict[str, Any], code: str, pointer: str
) -> None:
    one, other = couple
    wanted = {"other_client_id": other["id"], "kind": "spouse", "started_on": "2024-01-01", **change}

    answer = await kit.staff("customer_service").post(f"/v1/clients/{one['id']}/relationships", json=wanted)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("client_relationship") == 0
    assert await kit.events() == ["client.registered"] * 2


async def test_a_client_has_no_relationship_with_itself(kit: ServiceKit, couple: Couple) -> None:
    answer = await relate(kit, couple[0], couple[0], "spouse")

    assert (answer.status_code, answer.json()["code"]) == (422, "same_client")
