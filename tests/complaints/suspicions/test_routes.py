"""Marks of grey agents: on record, lifted, and without any effect on the clock or the handling."""

from typing import Any

import pytest

from shared.ids import new_id

MARK = {"mark": "share_of_refund", "evidence": "代理人自称按退款30%收费"}
AGENT = {
    "contact": {"name": "赵敏", "phone": "13900001111"},
    "authority": {"document": "授权委托书", "signed_on": "2026-03-01", "original_seen": True},
    "identity_checked": True,
}


@pytest.mark.parametrize("state", ["registered", "assigned", "proposed", "decided", "informed", "closed"])
async def test_a_mark_never_stops_the_clock_or_the_handling(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()
    path = f"/v1/complaints/{complaint_id}"
    before = (await desk.agent.get(path)).json(), (await desk.agent.get(f"{path}/clock")).json()
    events = await desk.kit.events()

    marked = await desk.agent.post(f"{path}/suspicions", json=MARK)

    assert marked.status_code == 201, marked.text
    assert ((await desk.agent.get(path)).json(), (await desk.agent.get(f"{path}/clock")).json()) == before
    assert await desk.kit.events() == events


async def test_a_marked_case_is_handled_to_its_end(desk: Any) -> None:
    complaint_id = await desk.decided()
    assert (await desk.handler.post(f"/v1/complaints/{complaint_id}/suspicions", json=MARK)).is_success

    await desk.inform(complaint_id)
    closed = await desk.does(desk.handler, complaint_id, "close", desk.closing)

    assert (closed["status"], closed["is_in_time"]) == ("closed", True)


async def test_a_mark_is_lifted_by_a_supervisor_and_stays_on_record(desk: Any) -> None:
    complaint_id = await desk.registered()
    path = f"/v1/complaints/{complaint_id}/suspicions"
    mark_id = (await desk.agent.post(path, json=MARK)).json()["id"]
    desk.refused(await desk.agent.post(path, json=MARK), 409, "mark_stands", "/mark")
    desk.refused(await desk.agent.post(path, json=MARK | {"mark": "odd"}), 422, "invalid", "/mark")

    desk.refused(await desk.agent.post(f"{path}/{mark_id}/lift", json={"reason": "误判"}), 403, "forbidden")
    lifted = await desk.supervisor.post(f"{path}/{mark_id}/lift", json={"reason": "误判"})
    desk.refused(await desk.supervisor.post(f"{path}/{mark_id}/lift", json={"reason": "x"}), 409, "mark_is_lifted")
    desk.refused(await desk.supervisor.post(f"{path}/{new_id()}/lift", json={"reason": "x"}), 404, "not_found")

    assert (lifted.json()["lift_reason"], len((await desk.agent.get(path)).json()["marks"])) == ("误判", 1)
    assert (await desk.agent.post(path, json=MARK)).status_code == 201
    assert await desk.kit.count("audit_entry") == 3


async def test_the_same_phone_and_the_same_words_are_counted(desk: Any) -> None:
    words = "本人购买贵司产品遭受误导，要求全额退款。"
    first = await desk.registered(facts=words, agent=AGENT)
    for client in (new_id(), new_id()):
        await desk.registered(client_id=str(client), facts=words, agent=AGENT)
    own = {"name": "赵敏", "phone": "139 0000 1111"}
    await desk.registered(client_id=None, complainant=own, facts="另一件事")

    found = (await desk.agent.get(f"/v1/complaints/{first}/suspicions")).json()

    assert (found["cases_with_same_phone"], found["cases_with_same_words"]) == (3, 2)
