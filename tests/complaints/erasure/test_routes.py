"""Cases of erased clients: gone for everybody, shown to compliance and audit, except while they still run."""

from typing import Any

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.events.erasure import ClientErased


async def erase(desk: Any) -> None:
    at = desk.kit.now
    await desk.kit.receive(HANDLERS, ClientErased(occurred_at=at, client_id=desk.client_id, ground="service_ended"))


async def test_an_ended_case_of_an_erased_client_is_gone(desk: Any) -> None:
    complaint_id = await desk.closed()
    await erase(desk)

    for caller in (desk.agent, desk.handler, desk.kit.staff("compliance"), desk.kit.client(desk.client_id)):
        desk.refused(await caller.get(f"/v1/complaints/{complaint_id}"), 410, "client_erased")
    for path in (f"/v1/clients/{desk.client_id}/risk", f"/v1/complaints?client_id={desk.client_id}"):
        desk.refused(await desk.supervisor.get(path), 410, "client_erased")
    listed = await desk.supervisor.get("/v1/complaints")
    assert listed.json()["items"] == []
    review = {"grounds": "对处理结果有异议"}
    answer = await desk.agent.post(f"/v1/complaints/{complaint_id}/request-review", json=review)
    desk.refused(answer, 410, "client_erased")


async def test_nothing_new_is_taken_in_about_an_erased_client(desk: Any) -> None:
    unlinked = await desk.registered(client_id=None, complainant={"name": "李四", "phone": "13800138000"})
    await erase(desk)

    desk.refused(await desk.agent.post("/v1/complaints", json=desk.filing()), 410, "client_erased")
    link = await desk.agent.post(f"/v1/complaints/{unlinked}/link-client", json={"client_id": str(desk.client_id)})
    desk.refused(link, 410, "client_erased")
    item = {"external_id": "1", "received_on": "2026-01-05", "client_id": str(desk.client_id)}
    bulk = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "old", "items": [item]})
    [result] = bulk.json()["results"]
    assert (result["status"], result["problem"]["code"]) == ("refused", "client_erased")
    assert await desk.kit.count("client_stub") == 0


async def test_a_case_that_still_runs_is_handled_to_its_end(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await erase(desk)

    listed = await desk.supervisor.get("/v1/complaints")
    assert [one["id"] for one in listed.json()["items"]] == [complaint_id]
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal)
    read = await desk.supervisor.get(f"/v1/complaints/{complaint_id}")
    await desk.does(desk.supervisor, complaint_id, "approve", None, {"If-Match": read.headers["ETag"]})
    await desk.inform(complaint_id)
    await desk.does(desk.handler, complaint_id, "close", desk.closing)

    desk.refused(await desk.supervisor.get(f"/v1/complaints/{complaint_id}"), 410, "client_erased")


async def test_compliance_and_audit_read_the_files_with_a_reason(desk: Any) -> None:
    complaint_id = await desk.closed(facts="未告知延期兑付")
    path = f"/v1/clients/{desk.client_id}/complaint-files"
    compliance = desk.kit.staff("compliance")
    desk.refused(await compliance.post(path, json={"reason": "监管检查"}), 404, "not_found")
    await erase(desk)

    shown = await desk.kit.staff("auditor").post(path, json={"reason": "监管检查"})

    assert shown.status_code == 200, shown.text
    assert [(one["id"], one["facts"]) for one in shown.json()["items"]] == [(complaint_id, "未告知延期兑付")]
    assert shown.headers["Cache-Control"] == "no-store"
    desk.refused(await compliance.post(path, json={}), 422, "invalid", "/reason")
    async with desk.kit.database.session() as session:
        row = (await session.execute(text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1"))).one()
    assert (row.action, row.subject_id, row.reason) == ("complaint_files.disclosed", desk.client_id, "监管检查")


@pytest.mark.parametrize("role", ["complaint_handler", "complaint_supervisor", "consumer_protection", "executive"])
async def test_nobody_else_reads_the_files(desk: Any, role: str) -> None:
    await erase(desk)

    answer = await desk.kit.staff(role).post(f"/v1/clients/{desk.client_id}/complaint-files", json={"reason": "好奇"})

    desk.refused(answer, 403, "forbidden")
