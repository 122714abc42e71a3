"""Who is blacklisted ends at once and does not come back under another name."""

import asyncio
from typing import Any

from shared.ids import new_id

CODE, OTHER_CODE = "91350100M000100Y43", "91110000600037341L"
ORGANIZATION = {
    "kind": "organization",
    "name": "江南银行",
    "uscc": CODE,
    "reason": "伪造双录",
    "evidence": "监管函2026-3",
}
PERSON = {
    "kind": "person",
    "name": "张三丰",
    "document_number": "11010119900307 123x",
    "reason": "飞单",
    "evidence": "卷宗7",
}


async def listed(market: Any, body: Any = ORGANIZATION) -> Any:
    entry = await market.post("risk", "/v1/blacklist", body, status=201)
    return await market.post("compliance", f"/v1/blacklist/{entry['id']}/decide", {"is_listed": True})


async def test_a_listed_code_ends_the_channel_and_its_branches_and_keeps_them_out(market: Any) -> None:
    product = await market.product()
    head = await market.selling(product)
    await market.rows(f"SELECT 1 FROM channel WHERE id = '{head}'")
    answer = await market.staff("channel_manager").patch(
        f"/v1/channels/{head}",
        json={"uscc": CODE},
        headers={"If-Match": f'"{(await market.get(f"/v1/channels/{head}"))["version"]}"'},
    )
    assert answer.status_code == 200
    branch = await market.prospect(parent_id=str(head))
    stranger = await market.prospect()
    await listed(market)

    statuses = {one["id"]: one["status"] for one in (await market.get("/v1/channels"))["items"]}
    assert statuses == {str(head): "blacklisted", branch["id"]: "blacklisted", stranger["id"]: "prospect"}
    assert (await market.kit.events())[-2:] == ["channel.terminated"] * 2
    await market.receive(market.sale(head, product, 100_00, "2026-03-02"))
    assert await market.entries() == []
    for command, body in (("resume", {}), ("suspend", {"reason": "x"}), ("terminate", {"reason": "x"})):
        refused = await market.post("channel_manager", f"/v1/channels/{head}/{command}", body, status=409)
        assert refused["allowed"] == []
    again = {"name": "塞北银行", "kind": "bank", "uscc": CODE}
    assert (await market.post("channel_manager", "/v1/channels", again, status=409))["code"] == "partner_blacklisted"
    bulk = {
        "origin": "core",
        "items": [{**again, "external_id": "1"}, {"name": "好", "kind": "bank", "external_id": "2"}],
    }
    results = (await market.post("channel_manager", "/v1/channels/bulk", bulk))["results"]
    assert [one["status"] for one in results] == ["refused", "created"]
    below = {"name": "支行", "kind": "bank", "parent_id": str(head)}
    assert (await market.post("channel_manager", "/v1/channels", below, status=409))[
        "code"
    ] == "head_office_blacklisted"
    renamed = await market.staff("channel_manager").patch(
        f"/v1/channels/{stranger['id']}", json={"uscc": CODE}, headers={"If-Match": '"1"'}
    )
    assert renamed.json()["code"] == "partner_blacklisted"


async def test_nobody_lists_what_they_proposed_nor_lifts_what_they_listed(market: Any) -> None:
    person = market.kit.staff("compliance", "risk", id=new_id())
    entry = (await person.post("/v1/blacklist", json=ORGANIZATION)).json()
    path = f"/v1/blacklist/{entry['id']}"
    assert (await person.post(f"{path}/decide", json={"is_listed": True})).json()["code"] == "second_person_needed"
    assert (await market.post("compliance", f"{path}/lift", {"reason": "x"}, status=409))["allowed"] == ["decide"]
    channel = await market.prospect(uscc=CODE)
    assert channel["status"] == "prospect"  # a proposal is no listing

    await market.post("compliance", f"{path}/decide", {"is_listed": True})
    own = await market.post("compliance", f"{path}/lift", {"reason": "申诉成立"}, status=409)
    assert own["code"] == "second_person_needed"
    assert (await market.post("executive", f"{path}/lift", {"reason": "申诉成立"}))["status"] == "lifted"
    assert (await market.get(f"/v1/channels/{channel['id']}"))["status"] == "blacklisted"
    assert (await market.prospect(uscc=CODE))["status"] == "prospect"
    assert (await listed(market))["status"] == "listed"


async def test_a_person_is_found_by_document_however_it_is_typed_and_kept_by_a_hash_only(market: Any) -> None:
    entry = await listed(market, PERSON)
    assert entry["name"] == "张**"
    for number, is_listed in (
        ("11010119900307123X", True),
        ("11010119900307 123x", True),
        ("11010119900307124X", False),
    ):
        found = await market.post("compliance", "/v1/blacklist/screen", {"document_number": number})
        assert found["is_listed"] is is_listed
    kept = str(await market.rows("SELECT * FROM blacklist_entry")) + str(await market.rows("SELECT * FROM audit_entry"))
    assert "123X" not in kept.upper()
    assert "三丰" not in kept


async def test_what_is_proposed_twice_or_unclear_is_refused(market: Any) -> None:
    risk = market.staff("risk")
    answers = await asyncio.gather(*[risk.post("/v1/blacklist", json=ORGANIZATION) for _ in range(4)])
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    for body, pointer in (
        ({**ORGANIZATION, "uscc": None}, "/uscc"),
        ({**ORGANIZATION, "document_number": "12345"}, "/document_number"),
        ({**PERSON, "document_number": None}, "/document_number"),
        ({**ORGANIZATION, "uscc": "91350100M000100Y44"}, "/uscc"),
    ):
        assert (await market.post("risk", "/v1/blacklist", body, status=422))["errors"][0]["pointer"] == pointer


async def test_entering_and_listing_at_once_leaves_no_partner_in(market: Any) -> None:
    for code in (CODE, OTHER_CODE):
        entry = await market.post("risk", "/v1/blacklist", {**ORGANIZATION, "uscc": code}, status=201)
        manager, compliance = market.staff("channel_manager"), market.staff("compliance")
        body = {"name": "新银行", "kind": "bank", "uscc": code}
        decide = compliance.post(f"/v1/blacklist/{entry['id']}/decide", json={"is_listed": True})
        entered, _, again = await asyncio.gather(
            manager.post("/v1/channels", json=body), decide, manager.post("/v1/channels", json=body)
        )
        assert {entered.status_code, again.status_code} <= {201, 409}
    statuses = {row.status for row in await market.rows("SELECT status FROM channel")}
    assert statuses <= {"blacklisted"}
