"""Lists and search over encrypted names."""

from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def found(kit: ServiceKit, **query: Any) -> list[str]:
    answer = await kit.staff("auditor").get("/v1/clients", params=query)
    assert answer.status_code == 200, answer.text
    return [client["number"] for client in answer.json()["items"]]


@pytest.fixture
async def five(house: Any, kit: ServiceKit) -> None:
    """KH-000001 张三丰, 2 张无忌, 3 李三丰, 4 Li Ming, 5 中信信托有限公司."""
    for name, phone in (("张三丰", "13800001111"), ("张无忌", "13800002222"), ("李三丰", "13800003333")):
        await house.client(name=name, phones=[phone])
    passport = {"document_kind": "passport", "document_number": "C01X00T47", "nationality": "DE", "sex": "male"}
    await house.client(name="Li Ming", phones=["13800004444", "010-65881111"], birth_date="1980-05-01", **passport)
    answer = await kit.staff("customer_service").post("/v1/clients", json=house.institution(name="中信信托有限公司"))
    assert answer.status_code == 201


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("q", "numbers"),
    [
        ("三丰", ["KH-000001", "KH-000003"]),
        ("张三丰", ["KH-000001"]),
        ("张", ["KH-000001", "KH-000002"]),
        ("丰", []),
        ("张丰", []),
        ("信托", ["KH-000005"]),
        ("信信", ["KH-000005"]),
        ("信有", []),
        ("托信", []),
        ("LI M", ["KH-000004"]),
        ("l", ["KH-000004"]),
        ("100%", []),
        ("张_", []),
    ],
)
async def test_a_name_is_found_by_any_part_of_two_characters_and_by_its_first(
    kit: ServiceKit, q: str, numbers: list[str]
) -> None:
    assert await found(kit, q=q) == numbers


@pytest.mark.usefixtures("five")
async def test_pieces_of_a_name_that_do_not_stand_together_do_not_match(house: Any, kit: ServiceKit) -> None:
    await house.client(name="中信托信信托")

    # It has all pairs of the search, 中信 信信 信托, but nowhere in this order.
    assert await found(kit, q="中信信托") == ["KH-000005"]


@pytest.mark.usefixtures("five")
async def test_clients_are_found_by_the_last_four_digits_of_any_phone(kit: ServiceKit) -> None:
    assert await found(kit, phone_last4="1111") == ["KH-000001", "KH-000004"]
    assert await found(kit, phone_last4="1111", q="张") == ["KH-000001"]
    assert await found(kit, phone_last4="0000") == []


@pytest.mark.usefixtures("five")
async def test_lists_are_filtered_by_kind_and_status(house: Any, kit: ServiceKit) -> None:
    active = await house.active_client(name="赵敏")

    assert await found(kit, kind="institution") == ["KH-000005"]
    assert await found(kit, status="active") == [active["number"]]
    assert await found(kit, service_class="A") == []
    assert len(await found(kit, service_class="C")) == 6


async def test_lists_are_filtered_by_manager_unit_and_channel(house: Any, kit: ServiceKit) -> None:
    manager, channel_id = await house.manager(), new_id()
    mine = await house.client(manager=manager)
    referred = await house.client(channel_id=str(channel_id))

    assert await found(kit, manager_id=manager["id"]) == [mine["number"]]
    assert await found(kit, unit_id=manager["unit_id"]) == [mine["number"]]
    assert await found(kit, channel_id=str(channel_id)) == [referred["number"]]


async def test_a_list_holds_what_its_caller_reaches(house: Any, kit: ServiceKit) -> None:
    one, other = await house.manager(), await house.manager()
    mine, theirs = await house.client(manager=one), await house.client(manager=other)
    await house.client()

    async def seen(caller: Any) -> list[str]:
        return [client["number"] for client in (await caller.get("/v1/clients")).json()["items"]]

    units = [UUID(one["unit_id"]), UUID(other["unit_id"])]
    assert await seen(house.as_staff(one)) == [mine["number"]]
    assert await seen(kit.staff("team_lead", unit_id=units[0], unit_ids=units)) == [mine["number"], theirs["number"]]
    assert len(await seen(kit.staff("customer_service"))) == 3


async def test_pages_of_a_search_together_hold_every_match_once(house: Any, kit: ServiceKit) -> None:
    names = ["张三丰", "李三丰", "中信托信信托", "王三丰", "赵敏", "钱三丰", "孙三丰"]
    clients = [await house.client(name=name) for name in names]
    auditor, cursor, pages = kit.staff("auditor"), None, []

    while True:
        query = {"q": "三丰", "limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = (await auditor.get("/v1/clients", params=query)).json()
        pages.extend(client["number"] for client in answer["items"])
        cursor = answer["next_cursor"]
        if cursor is None:
            break

    assert pages == [client["number"] for client, name in zip(clients, names, strict=True) if name.endswith("三丰")]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"q": " "}, "/query/q"),
        ({"q": "张" * 61}, "/query/q"),
        ({"phone_last4": "12a4"}, "/query/phone_last4"),
        ({"phone_last4": "12345"}, "/query/phone_last4"),
        ({"status": "asleep"}, "/query/status"),
        ({"service_class": "D"}, "/query/service_class"),
        ({"at_risk": "perhaps"}, "/query/at_risk"),
        ({"manager_id": "me"}, "/query/manager_id"),
        ({"name": "张三丰"}, "/query/name"),
        ({"limit": "1000"}, "/query/limit"),
        ({"cursor": "x"}, "/query/cursor"),
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(kit: ServiceKit, query: dict[str, str], pointer: str) -> None:
    answer = await kit.staff("auditor").get("/v1/clients", params=query)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
