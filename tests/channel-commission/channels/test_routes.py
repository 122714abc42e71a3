"""Entering, importing, reading and changing channels."""

from typing import Any
from uuid import UUID

from shared.ids import new_id

LICENSE = {
    "kind": "financial",
    "number": "B0001",
    "issuer": "国家金融监督管理总局",
    "valid_from": "2020-01-01",
    "valid_to": "2030-12-31",
}
BANK = {"name": "江南银行", "kind": "bank", "license": LICENSE}


async def test_a_partner_is_entered_as_a_prospect(market: Any) -> None:
    channel = await market.prospect(uscc="91350100M000100Y43")

    assert (channel["number"], channel["status"], channel["version"]) == ("QD-000001", "prospect", 1)
    assert channel["license"]["valid_to"] == "2030-12-31"
    ((type_, told),) = await market.kit.outbox()
    assert type_ == "channel-commission.channel.registered.v1"
    assert (told["channel_id"], told["kind"], told["parent_id"]) == (channel["id"], "bank", None)


async def test_bad_input_is_refused_with_a_pointer_and_writes_nothing(market: Any) -> None:
    branch_body = {**BANK, "parent_id": str(new_id())}
    cases = [
        ({**BANK, "grade": "A"}, "/grade"),
        ({"kind": "bank"}, "/name"),
        ({**BANK, "name": 7}, "/name"),
        ({**BANK, "name": "长" * 121}, "/name"),
        ({**BANK, "name": "江南\u0000银行"}, "/name"),
        ({**BANK, "kind": "broker"}, "/kind"),
        ({**BANK, "uscc": "91350100M000100Y44"}, "/uscc"),
        ({**BANK, "license": {**LICENSE, "valid_to": "2019-12-31"}}, "/license/valid_to"),
        ({**BANK, "license": {**LICENSE, "valid_to": "2199-12-31"}}, "/license/valid_to"),
        ({**BANK, "license": {**LICENSE, "kind": "business"}}, "/license/kind"),
        ({**BANK, "kind": "unlicensed"}, "/license"),
        (branch_body, "/parent_id"),
        ({**BANK, "parent_id": "x"}, "/parent_id"),
    ]
    for body, pointer in cases:
        problem = await market.post("channel_manager", "/v1/channels", body, status=422)
        assert problem["errors"][0]["pointer"] == pointer, problem

    assert await market.kit.count("channel") == 0
    assert await market.kit.events() == []


async def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(market: Any) -> None:
    manager, headers = market.staff("channel_manager"), {"Idempotency-Key": "k" * 20}
    first = await manager.post("/v1/channels", json=BANK, headers=headers)
    again = await manager.post("/v1/channels", json=BANK, headers=headers)
    other = await manager.post("/v1/channels", json={**BANK, "name": "其他"}, headers=headers)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await market.kit.count("channel") == 1


async def test_a_branch_stands_under_a_head_office_and_nothing_under_a_branch(market: Any) -> None:
    head = await market.prospect(name="江南银行总行")
    branch = await market.prospect(parent_id=head["id"])
    problem = await market.post("channel_manager", "/v1/channels", {**BANK, "parent_id": branch["id"]}, status=422)

    assert problem["code"] == "parent_not_head_office"
    listed = (await market.get("/v1/channels", parent_id=head["id"]))["items"]
    assert [one["id"] for one in listed] == [branch["id"]]


async def test_a_change_needs_the_version_read_and_is_told(market: Any) -> None:
    channel = await market.prospect()
    manager, path = market.staff("channel_manager"), f"/v1/channels/{channel['id']}"
    assert (await manager.patch(path, json={"name": "新"})).status_code == 428
    stale = await manager.patch(path, json={"name": "新"}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["current"]) == (412, 1)
    bad = await manager.patch(path, json={"name": None}, headers={"If-Match": '"1"'})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/name")

    changed = await manager.patch(path, json={"name": "江南银行苏州分行"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.headers["etag"]) == ("江南银行苏州分行", '"2"')
    same = await manager.patch(path, json={"name": "江南银行苏州分行"}, headers={"If-Match": '"2"'})
    assert same.headers["etag"] == '"2"'
    assert [told["changed"] for type_, told in await market.kit.outbox() if "updated" in type_] == [["name"]]


async def test_a_channel_reads_itself_and_nobody_else(market: Any) -> None:
    mine, other = await market.prospect(), await market.prospect()
    caller = market.kit.channel(UUID(mine["id"]), "commission.read")

    assert (await caller.get(f"/v1/channels/{mine['id']}")).status_code == 200
    assert (await caller.get(f"/v1/channels/{other['id']}")).status_code == 404
    assert [one["id"] for one in (await caller.get("/v1/channels")).json()["items"]] == [mine["id"]]
    assert (await caller.post("/v1/channels", json=BANK)).status_code == 403


async def test_unknown_query_and_unknown_channel_are_refused(market: Any) -> None:
    manager = market.staff("channel_manager")

    assert (await manager.get("/v1/channels?grade=A")).json()["errors"][0]["pointer"] == "/query/grade"
    assert (await manager.get(f"/v1/channels/{new_id()}")).status_code == 404


def items(count: int) -> list[dict[str, Any]]:
    return [{**BANK, "external_id": str(n), "name": f"分行{n}"} for n in range(1, count + 1)]


async def load(market: Any, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = await market.post("channel_manager", "/v1/channels/bulk", {"origin": "berka", "items": wanted})
    return answer["results"]  # type: ignore[no-any-return]  # JSON


async def test_seventy_seven_branches_come_in_one_call_and_again_unchanged(market: Any) -> None:
    first = await load(market, items(77))
    again = await load(market, items(77))

    assert {one["status"] for one in first} == {"created"}
    assert {one["status"] for one in again} == {"unchanged"}
    assert [one["id"] for one in first] == [one["id"] for one in again]
    assert await market.kit.events() == ["channel.registered"] * 77
    assert await market.kit.count("channel_license") == 77


async def test_a_bulk_call_tells_what_changed_and_refuses_bad_items_alone(market: Any) -> None:
    await load(market, items(3))
    wanted = items(4)
    wanted[0]["name"] = "新名"
    wanted[1]["license"] = {**LICENSE, "number": "B0002", "valid_to": "2035-12-31"}
    wanted[2]["kind"] = "trust"
    wanted += [{**BANK, "external_id": "5", "uscc": "1"}, {**BANK, "external_id": "4"}]
    results = await load(market, wanted)

    assert [one["status"] for one in results] == ["updated", "updated", "refused", "created", "refused", "refused"]
    pointers = [one["problem"]["pointer"] for one in results if one["problem"]]
    assert pointers == ["/items/2/kind", "/items/4/uscc", "/items/5/external_id"]
    told = [payload["changed"] for type_, payload in await market.kit.outbox() if "updated" in type_]
    assert told == [["name"], ["license"]]
