from typing import Any

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


def item(external_id: str, one: dict[str, Any], other: dict[str, Any], **fields: Any) -> dict[str, Any]:
    defaults = {"kind": "authorized_agent", "started_on": "2021-03-01"}
    return {"external_id": external_id, "client_id": one["id"], "other_client_id": other["id"], **defaults, **fields}


async def send(kit: ServiceKit, *items: dict[str, Any], origin: str = "berka") -> list[dict[str, Any]]:
    answer = await kit.staff("operations").post(
        "/v1/client-relationships/bulk", json={"origin": origin, "items": items}
    )
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.fixture
async def three(house: Any) -> list[dict[str, Any]]:
    return [await house.client() for _ in range(3)]


async def updated(kit: ServiceKit) -> list[str]:
    return sorted(event["client_id"] for type_, event in await kit.outbox() if type_.endswith("client.updated.v1"))


async def test_relationships_are_taken_in_once_however_often_they_come(
    kit: ServiceKit, three: list[dict[str, Any]]
) -> None:
    owner, agent, other = three
    items = [item("1", owner, agent), item("2", owner, other), item("3", agent, other, kind="spouse")]

    first = await send(kit, *items)
    again = await send(kit, *items)

    assert [one["status"] for one in first] == ["created"] * 3
    assert [one["status"] for one in again] == ["unchanged"] * 3
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert await kit.count("client_relationship") == 3
    assert await updated(kit) == sorted(client["id"] for client in three)


async def test_one_bad_item_does_not_hold_back_the_others(kit: ServiceKit, three: list[dict[str, Any]]) -> None:
    owner, agent, other = three
    results = await send(
        kit,
        item("1", owner, agent),
        item("2", owner, agent, started_on="2022-01-01"),
        item("3", owner, {"id": str(new_id())}),
        item("4", {"id": str(new_id())}, owner),
        item("5", owner, owner),
        item("6", owner, other, ended_on="2020-01-01"),
        item("7", owner, other, kind="pal"),
        item("8", agent, other),
    )

    assert [one["status"] for one in results] == ["created", *["refused"] * 6, "created"]
    assert [(one["problem"]["code"], one["problem"]["pointer"]) for one in results[1:7]] == [
        ("relationship_overlaps", "/items/1"),
        ("client_unknown", "/items/2/other_client_id"),
        ("client_unknown", "/items/3/client_id"),
        ("same_client", "/items/4/other_client_id"),
        ("ends_before_start", "/items/5/ended_on"),
        ("enum", "/items/6/kind"),
    ]
    assert await kit.count("client_relationship") == 2


async def test_an_item_sent_again_may_bring_the_end_and_nothing_else(
    kit: ServiceKit, three: list[dict[str, Any]]
) -> None:
    owner, agent, other = three
    await send(kit, item("1", owner, agent))

    results = [
        (await send(kit, item("1", owner, agent, started_on="2021-04-01")))[0],
        (await send(kit, item("1", owner, other)))[0],
        (await send(kit, item("1", owner, agent, ended_on="2024-01-01")))[0],
        (await send(kit, item("1", owner, agent, ended_on="2024-01-01")))[0],
        (await send(kit, item("1", owner, agent, ended_on="2025-01-01")))[0],
    ]

    assert [one["status"] for one in results] == ["refused", "refused", "updated", "unchanged", "refused"]
    assert [one["problem"]["code"] for one in results if one["problem"]] == [
        "only_end_changes",
        "only_end_changes",
        "relationship_ended",
    ]
    assert len(await updated(kit)) == 4


async def test_another_origin_may_use_the_same_external_id(kit: ServiceKit, three: list[dict[str, Any]]) -> None:
    owner, agent, other = three
    await send(kit, item("1", owner, agent))

    [result] = await send(kit, item("1", owner, other), origin="core")

    assert result["status"] == "created"
