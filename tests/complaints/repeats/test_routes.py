"""The same complaint again, through the API: refused, merged, linked, or another matter after all."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id

STRANGER = {"name": "王小明", "phone": "138 1234 1234"}
PLAN = str(new_id())


async def test_a_duplicate_is_answered_with_the_case_that_runs(desk: Any) -> None:
    first = await desk.registered(product_id=PLAN)
    events = await desk.kit.events()

    answer = await desk.agent.post("/v1/complaints", json=desk.filing(product_id=PLAN, facts="换了说法"))

    problem = desk.refused(answer, 409, "already_registered")
    assert (problem["complaint_id"], problem["number"], problem["due_on"]) == (first, "TS-2026-000001", "2026-03-17")
    assert problem["allowed"] == ["repeats", "new-facts"]
    assert await desk.kit.count("complaint") == 1
    assert await desk.kit.events() == events


async def test_merging_keeps_the_legal_clock_and_owes_a_response(desk: Any) -> None:
    complaint_id = await desk.assigned(product_id=PLAN)
    path = f"/v1/complaints/{complaint_id}"
    said = {"kind": "response", "method": "phone", "summary": "已初步回复"}
    assert (await desk.agent.post(f"{path}/correspondence", json=said)).is_success
    before = (await desk.agent.get(f"{path}/clock")).json()
    desk.kit.now += timedelta(hours=2)

    merged = await desk.agent.post(f"{path}/repeats", json={"facts": "再次来电催问", "method": "phone"})

    assert merged.status_code == 201, merged.text
    assert (await desk.agent.get(f"{path}/clock")).json() == before
    listed = (await desk.agent.get(f"{path}/repeats")).json()["items"]
    assert [(one["facts"], one["received_at"]) for one in listed] == [("再次来电催问", "2026-03-02T06:00:00Z")]
    clocks = (await desk.agent.get(f"{path}/internal-clocks")).json()["items"]
    assert [one["stopped_at"] for one in clocks if one["goal"] == "next_response"] == [None]
    desk.refused(await desk.agent.post(f"{path}/repeats", json={"facts": "x", "received_at": "2026-03-01T04:00:00Z"}),
                 422, "instant_out_of_range")  # fmt: skip


async def test_a_client_merges_its_own_and_says_no_more_than_facts(desk: Any) -> None:
    complaint_id = await desk.registered()
    app, path = desk.kit.client(desk.client_id), f"/v1/complaints/{complaint_id}/repeats"

    assert (await app.post(path, json={"facts": "还没有回复"})).json()["method"] == "app"
    desk.refused(await app.post(path, json={"facts": "x", "method": "phone"}), 422, "field_not_yours", "/method")
    desk.refused(await desk.kit.client(new_id()).post(path, json={"facts": "x"}), 404, "not_found")


@pytest.mark.parametrize("state", ["informed", "closed"])
async def test_after_the_end_a_repeat_is_linked_with_a_clock_of_its_own(desk: Any, state: str) -> None:
    first = await getattr(desk, state)(product_id=PLAN)
    desk.kit.now += timedelta(days=179)
    again = await desk.registered(product_id=PLAN)
    desk.kit.now += timedelta(days=2)

    row = await desk.row(again)
    assert (str(row.repeat_of), row.due_on - row.received_on) == (first, timedelta(days=15))
    desk.refused(
        await desk.agent.post(f"/v1/complaints/{first}/repeats", json={"facts": "x"}), 409, "command_not_allowed"
    )


async def test_beyond_the_days_of_the_policy_nothing_is_linked(desk: Any) -> None:
    await desk.closed(product_id=PLAN)
    desk.kit.now += timedelta(days=181)

    assert (await desk.row(await desk.registered(product_id=PLAN))).repeat_of is None


async def test_staff_may_say_that_it_is_another_matter_and_it_is_audited(desk: Any) -> None:
    await desk.registered(product_id=PLAN)

    other = await desk.agent.post("/v1/complaints", json=desk.filing(product_id=PLAN, is_other_matter=True))

    assert other.status_code == 201, other.text
    assert other.json()["repeat_of"] is None
    assert await desk.kit.count("audit_entry") == 1
    app = {"reason": "disclosure", "facts": "x", "is_other_matter": True}
    refused = await desk.kit.client(desk.client_id).post("/v1/complaints", json=app)
    desk.refused(refused, 422, "field_not_yours", "/is_other_matter")


async def test_a_stranger_is_known_by_the_phone_however_it_is_written(desk: Any) -> None:
    await desk.registered(client_id=None, complainant=STRANGER, product_id=PLAN)
    again = desk.filing(client_id=None, complainant=STRANGER | {"phone": "+8613812341234"}, product_id=PLAN)
    other = desk.filing(client_id=None, complainant=STRANGER | {"phone": "13812341235"}, product_id=PLAN)

    desk.refused(await desk.agent.post("/v1/complaints", json=again), 409, "already_registered")
    assert (await desk.agent.post("/v1/complaints", json=other)).status_code == 201


async def test_of_many_at_once_one_is_registered(desk: Any) -> None:
    filing = desk.filing(product_id=PLAN)

    answers = await asyncio.gather(*(desk.agent.post("/v1/complaints", json=filing) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_what_was_no_complaint_is_not_repeated(desk: Any) -> None:
    complaint_id = await desk.registered(product_id=PLAN)
    await desk.does(desk.supervisor, complaint_id, "reclassify", {"kind": "enquiry", "reason": "仅咨询"})

    assert (await desk.row(await desk.registered(product_id=PLAN))).repeat_of is None


async def test_nobody_learns_of_a_case_out_of_reach(desk: Any) -> None:
    client = str(new_id())
    await desk.registered(client_id=client, product_id=PLAN)
    channel = desk.kit.channel(new_id(), "complaint.create", "complaint.read")
    filing = {"reason": "disclosure", "facts": "未告知", "client_id": client, "product_id": PLAN}

    first = await channel.post("/v1/complaints", json=filing)
    again = await channel.post("/v1/complaints", json=filing)

    assert first.status_code == 201, first.text
    problem = desk.refused(again, 409, "already_registered")
    assert (problem["complaint_id"], problem["allowed"]) == (first.json()["id"], ["repeats"])
