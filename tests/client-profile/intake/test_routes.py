"""Bulk intake of clients."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from shared.ids import new_id
from shared.testing.service import ServiceKit

CLEAR = {"result": "clear", "list_version": "2026-03"}


def item(house: Any, external_id: str, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = house.person(**fields)
    return {"external_id": external_id, **body}


async def send(kit: ServiceKit, *items: dict[str, Any], origin: str = "core") -> list[dict[str, Any]]:
    answer = await kit.staff("operations").post("/v1/clients/bulk", json={"origin": origin, "items": items})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_clients_come_in_registered_screened_active_and_assigned(house: Any, kit: ServiceKit) -> None:
    manager, channel_id = await house.manager(), str(new_id())
    full = item(house, "1", manager_number=manager["number"], screening=CLEAR, activate=True, channel_id=channel_id)

    first, second = await send(kit, full, item(house, "2"))

    assert [(one["status"], one["external_id"], one["problem"]) for one in (first, second)] == [
        ("created", "1", None),
        ("created", "2", None),
    ]
    client = (await kit.staff("auditor").get(f"/v1/clients/{first['id']}")).json()
    assert (client["status"], client["is_screened"], client["version"]) == ("active", True, 3)
    assert (client["manager_id"], client["unit_id"]) == (manager["id"], manager["unit_id"])
    assert client["channel_id"] == channel_id
    assert await kit.events() == [
        "staff.joined",
        "client.registered",
        "client.registered",
        "client.assigned",
        "client.activated",
    ]
    assert await kit.count("screening") == 1


async def test_a_call_sent_again_changes_nothing(house: Any, kit: ServiceKit) -> None:
    items = [item(house, str(number), screening=CLEAR, activate=True) for number in range(5)]
    first = await send(kit, *items)
    events = await kit.events()

    again = await send(kit, *items)

    assert [one["status"] for one in again] == ["unchanged"] * 5
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert await kit.events() == events
    assert (await kit.count("client"), await kit.count("screening")) == (5, 5)


async def test_a_changed_item_is_written_over_the_client(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    before = item(house, "1", email="old@example.com")
    [created] = await send(kit, before)
    changed = {**before, "email": "new@example.com", "manager_number": manager["number"]}
    changed |= {"screening": CLEAR, "activate": True}

    [updated] = await send(kit, changed)
    [again] = await send(kit, changed)

    assert (updated["status"], updated["id"], again["status"]) == ("updated", created["id"], "unchanged")
    client = (await kit.staff("auditor").get(f"/v1/clients/{created['id']}")).json()
    assert (client["email"], client["status"], client["manager_id"]) == ("n***@example.com", "active", manager["id"])
    assert await kit.events() == [
        "staff.joined",
        "client.registered",
        "client.updated",
        "client.assigned",
        "client.activated",
    ]
    changes = [event["changed"] for type_, event in await kit.outbox() if type_.endswith("client.updated.v1")]
    assert changes == [["email"]]


async def test_an_import_sent_again_does_not_undo_what_people_changed_since(house: Any, kit: ServiceKit) -> None:
    before = item(house, "1", email="old@example.com")
    [created] = await send(kit, before)
    await kit.staff("customer_service").patch(
        f"/v1/clients/{created['id']}", json={"email": "new@example.com"}, headers={"If-Match": '"1"'}
    )

    [again] = await send(kit, before)

    assert again["status"] == "unchanged"
    client = (await kit.staff("auditor").get(f"/v1/clients/{created['id']}")).json()
    assert client["email"] == "n***@example.com"


async def test_a_new_document_in_a_changed_item_replaces_the_old_one(house: Any, kit: ServiceKit) -> None:
    before = item(house, "1", document_number="11010519491231002X", screening=CLEAR)
    await send(kit, before)

    [updated] = await send(kit, {**before, "document_number": "440524188001010014", "screening": None})

    client = (await kit.staff("auditor").get(f"/v1/clients/{updated['id']}")).json()
    assert (client["birth_year"], client["is_screened"]) == (1880, False)
    async with kit.database.session() as session:
        [trace] = (await session.execute(text("SELECT action, reason FROM audit_entry"))).all()
    assert (trace.action, trace.reason) == ("client.identity_changed", "bulk core")


async def test_one_bad_item_does_not_hold_back_the_others(house: Any, kit: ServiceKit) -> None:
    held = await house.client(document_number="11010519491231002X")
    results = await send(
        kit,
        item(house, "1"),
        item(house, "2", name=""),
        item(house, "3", document_number="110105194912310021"),
        item(house, "4", document_number="11010519491231002X"),
        item(house, "5", manager_number="NOBODY"),
        item(house, "6", activate=True),
        item(house, "7", activate=True, screening={**CLEAR, "result": "hit"}),
        item(house, "8", balance=1.5),
        item(house, "1"),
        item(house, "9", document_number="440524188001010014"),
        item(house, "10", document_number="440524188001010014"),
        {"name": "nobody"},
        item(house, "12"),
    )

    refused = {place: one["problem"] for place, one in enumerate(results) if one["status"] == "refused"}
    assert {place: (problem["code"], problem["pointer"]) for place, problem in refused.items()} == {
        1: ("string_too_short", "/items/1/name"),
        2: ("document_number_invalid", "/items/2/document_number"),
        3: ("duplicate_client", "/items/3/document_number"),
        4: ("manager_unknown", "/items/4/manager_number"),
        5: ("screening_not_clear", "/items/5"),
        6: ("screening_not_clear", "/items/6"),
        7: ("extra_forbidden", "/items/7/balance"),
        8: ("duplicate", "/items/8/external_id"),
        10: ("duplicate_client", "/items/10/document_number"),
        11: ("missing", "/items/11/kind"),
    }
    assert results[3]["id"] == held["id"]
    assert results[10]["id"] == results[9]["id"]
    assert await kit.count("client") == 4
    assert await kit.count("screening") == 0
    assert await kit.events() == ["client.registered"] * 4


async def test_a_closed_client_or_another_kind_is_refused_when_sent_again(house: Any, kit: ServiceKit) -> None:
    first, second = item(house, "1"), item(house, "2")
    closed, _ = await send(kit, first, second)
    await house.compliance.post(f"/v1/clients/{closed['id']}/close", json={"reason": "duplicate"})

    results = await send(
        kit,
        {**first, "email": "a@example.com"},
        {"external_id": "2", **house.institution()},
        {**second, "email": "b@c.cn"},
    )

    assert [one["status"] for one in results] == ["refused", "refused", "refused"]
    assert [one["problem"]["code"] for one in results] == ["client_closed", "kind_is_fixed", "duplicate"]


async def test_a_changed_item_does_not_take_the_document_of_another_client(house: Any, kit: ServiceKit) -> None:
    first, second = item(house, "1"), item(house, "2")
    one, _ = await send(kit, first, second)

    [refused] = await send(kit, {**second, "document_number": first["document_number"]})

    assert (refused["status"], refused["id"]) == ("refused", one["id"])
    assert refused["problem"]["code"] == "duplicate_client"


async def test_two_calls_at_the_same_moment_take_every_client_in_once(house: Any, kit: ServiceKit) -> None:
    items = [item(house, str(number)) for number in range(20)]

    same_origin = await asyncio.gather(send(kit, *items), send(kit, *reversed(items)))
    other_origin = await send(kit, *items, origin="other")

    assert sorted(one["status"] for call in same_origin for one in call) == ["created"] * 20 + ["unchanged"] * 20
    assert {one["problem"]["code"] for one in other_origin} == {"duplicate_client"}
    assert await kit.count("client") == 20


async def test_two_origins_racing_for_the_same_documents_share_them_out(house: Any, kit: ServiceKit) -> None:
    items = [item(house, str(number)) for number in range(30)]

    calls = await asyncio.gather(send(kit, *items, origin="left"), send(kit, *items[::-1], origin="right"))

    statuses = sorted(one["status"] for call in calls for one in call)
    assert statuses == ["created"] * 30 + ["refused"] * 30
    assert await kit.count("client") == 30
    assert await kit.events() == ["client.registered"] * 30


async def test_a_thousand_clients_come_in_at_once(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    items = [
        item(house, str(number), manager_number=manager["number"], screening=CLEAR, activate=True)
        for number in range(1000)
    ]

    results = await send(kit, *items)

    assert {one["status"] for one in results} == {"created"}
    assert [one["external_id"] for one in results] == [str(number) for number in range(1000)]
    assert await kit.count("outbox") == 3001
    found = await kit.staff("auditor").get("/v1/clients", params={"phone_last4": items[777]["phones"][0][-4:]})
    assert [client["id"] for client in found.json()["items"]] == [results[777]["id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"items": [{}]}, "/origin"),
        ({"origin": "Core System", "items": [{}]}, "/origin"),
        ({"origin": "core", "items": []}, "/items"),
        ({"origin": "core", "items": [{}] * 1001}, "/items"),
        ({"origin": "core", "items": ["x"]}, "/items/0"),
        ({"origin": "core", "items": [{}], "mode": "fast"}, "/mode"),
    ],
)
async def test_a_malformed_call_is_refused_as_a_whole(kit: ServiceKit, body: dict[str, Any], pointer: str) -> None:
    answer = await kit.staff("operations").post("/v1/clients/bulk", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await kit.count("client") == 0


async def test_bulk_is_for_operations(kit: ServiceKit) -> None:
    answer = await kit.staff("relationship_manager").post("/v1/clients/bulk", json={"origin": "core", "items": [{}]})

    assert answer.status_code == 403
