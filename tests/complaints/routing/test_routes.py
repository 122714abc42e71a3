"""Routing rules as data, and what they would do with open and past cases."""

from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id


async def tried(desk: Any, query: str = "", **body: Any) -> list[dict[str, Any]]:
    answer = await desk.supervisor.post(f"/v1/routing-rules/dry-run{query}", json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_rules_are_listed_in_their_order_and_by_day(desk: Any) -> None:
    last = await desk.routes(position=20, conditions={"levels": ["major"], "business_codes": ["B05"]})
    first = await desk.routes(position=10, target={"kind": "role", "role": "consumer_protection"})
    later = await desk.routes(position=15, valid_from="2026-03-05", valid_to="2026-04-01")

    async def listed(query: str) -> list[str]:
        return [one["id"] for one in (await desk.agent.get(f"/v1/routing-rules{query}")).json()["items"]]

    assert await listed("") == [first["id"], later["id"], last["id"]]
    assert await listed("?on=2026-03-02") == [first["id"], last["id"]]
    assert await listed("?on=2026-03-31") == [first["id"], later["id"], last["id"]]
    assert await listed("?on=2026-04-01") == [first["id"], last["id"]]
    assert (last["conditions"]["levels"], last["conditions"]["reasons"]) == (["major"], None)
    assert first["target"] == {"kind": "role", "unit_id": None, "role": "consumer_protection", "staff_ids": None}
    assert await desk.kit.count("audit_entry") == 3


async def test_a_rule_ends_and_stays_on_record(desk: Any) -> None:
    rule = await desk.routes()
    path = f"/v1/routing-rules/{rule['id']}/end"
    desk.kit.now += timedelta(days=1)

    ended = await desk.supervisor.post(path, json={"valid_to": "2026-03-03"})
    again = await desk.supervisor.post(path, json={"valid_to": "2026-03-04"})
    missing = await desk.supervisor.post(f"/v1/routing-rules/{new_id()}/end", json={"valid_to": "2026-03-04"})

    assert ended.json()["valid_to"] == "2026-03-03"
    desk.refused(again, 422, "rule_out_of_time", "/valid_to")
    desk.refused(missing, 404, "not_found")
    assert (await desk.agent.get("/v1/routing-rules?on=2026-03-03")).json()["items"] == []
    assert len((await desk.agent.get("/v1/routing-rules")).json()["items"]) == 1


async def test_a_dry_run_says_where_open_and_past_cases_would_go_and_changes_nothing(desk: Any) -> None:
    member = new_id()
    await desk.joined(member, "complaint_handler", units=[desk.unit_id, new_id()])
    rule = await desk.routes(
        conditions={"unit_ids": [str(desk.unit_id)], "reasons": ["pricing", "disclosure"]},
        target={"kind": "unit", "unit_id": str(desk.unit_id)},
    )
    held, ended, other = (
        await desk.assigned(),
        await desk.closed(reason="pricing"),
        await desk.registered(reason="marketing"),
    )
    events, kept = await desk.kit.events(), await desk.kit.count("assignment")

    found = {one["complaint_id"]: one for one in await tried(desk)}
    open_only = {one["complaint_id"] for one in await tried(desk, is_open=True)}

    assert found.keys() == {held, ended, other}
    expected = {"rule_id": rule["id"], "name": rule["name"], "handlers": 1, "is_with_them": False}
    for id in (held, ended):
        assert {name: found[id][name] for name in expected} == expected
        assert found[id]["handler_id"] == str(desk.handler_id)
    assert (found[other]["rule_id"], found[other]["handlers"], found[other]["is_with_them"]) == (None, 2, None)
    assert open_only == {held, other}
    assert (await desk.kit.events(), await desk.kit.count("assignment")) == (events, kept)


async def test_drafts_are_tried_in_place_of_the_rules_in_force(desk: Any) -> None:
    await desk.routes()
    complaint_id = await desk.registered(tags=["media"])
    drafts = [
        {"position": 2, "name": "其余", "target": desk.group(new_id())},
        {"position": 1, "name": "媒体关注", "conditions": {"tags": ["media"]}, "target": desk.group(desk.handler_id)},
    ]

    (found,) = await tried(desk, rules=drafts)
    (free,) = await tried(desk, rules=[])
    (then,) = await tried(desk, on="2026-03-01")

    assert (found["complaint_id"], found["rule_id"], found["name"], found["handlers"]) == (
        complaint_id,
        None,
        "媒体关注",
        1,
    )
    assert (free["name"], then["name"]) == (None, None)


async def test_a_dry_run_comes_in_pages_and_by_day_of_receipt(desk: Any) -> None:
    first = await desk.registered(received_at="2026-02-20T04:00:00Z")
    second = await desk.registered(received_at="2026-02-21T04:00:00Z")

    page = (await desk.supervisor.post("/v1/routing-rules/dry-run?limit=1", json={})).json()
    rest = await tried(desk, f"?limit=1&cursor={page['next_cursor']}")

    assert [one["complaint_id"] for one in page["items"] + rest] == [first, second]
    assert [one["complaint_id"] for one in await tried(desk, received_from="2026-02-21")] == [second]
    assert [one["complaint_id"] for one in await tried(desk, received_to="2026-02-20")] == [first]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"position": 0}, "/position"),
        ({"name": ""}, "/name"),
        ({"conditions": {"levels": []}}, "/conditions/levels"),
        ({"conditions": {"levels": ["huge"]}}, "/conditions/levels/0"),
        ({"conditions": {"product": ["x"]}}, "/conditions/product"),
        ({"conditions": {"business_codes": ["b"]}}, "/conditions/business_codes/0"),
        ({"target": {"kind": "moon"}}, "/target/kind"),
        ({"target": {"kind": "unit"}}, "/target/unit_id"),
        ({"target": {"kind": "role", "role": "finance", "unit_id": str(new_id())}}, "/target/unit_id"),
        ({"target": {"kind": "group", "staff_ids": []}}, "/target/staff_ids"),
        ({"target": {"kind": "role", "role": "king"}}, "/target/role"),
        ({"valid_from": "2026-03-01"}, "/valid_from"),
        ({"valid_from": "2026-03-05", "valid_to": "2026-03-05"}, "/valid_to"),
        ({"source": None}, "/source"),
    ],
)
async def test_a_bad_rule_is_pointed_at(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    rule = {
        "position": 1,
        "name": "规则",
        "target": desk.group(new_id()),
        "valid_from": "2026-03-02",
        "source": "纪要",
    }

    answer = await desk.supervisor.post("/v1/routing-rules", json=rule | fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert await desk.kit.count("routing_rule") == 0


async def test_a_draft_without_a_target_is_pointed_at(desk: Any) -> None:
    drafts = [{"position": 1, "name": "甲", "target": desk.group(new_id())}]
    drafts.append({"position": 2, "name": "乙", "target": {"kind": "group"}})

    answer = await desk.supervisor.post("/v1/routing-rules/dry-run", json={"rules": drafts})

    desk.refused(answer, 422, "target_unclear", "/rules/1/target/staff_ids")


async def test_rules_are_for_those_who_assign(desk: Any) -> None:
    for caller in (desk.handler, desk.agent, desk.kit.staff("relationship_manager"), desk.kit.client(desk.client_id)):
        assert (await caller.post("/v1/routing-rules/dry-run", json={})).status_code == 403
        assert (await caller.post("/v1/routing-rules", json={})).status_code == 403
