"""How evidence ends: with its time, or with the complaint file of an erased client."""

from datetime import UTC, datetime
from typing import Any

from filing import CONTRACT, WHY, audited, download, filed, files_of, path_of, settle

from complaints.worker import HANDLERS, TIMERS
from shared.events.erasure import ClientErased
from shared.ids import new_id
from shared.testing.files import a_pdf
from shared.timers import run_due


async def test_a_file_is_kept_for_ten_years_from_the_end_and_then_destroyed(desk: Any) -> None:
    complaint_id, running = await desk.closed(), await desk.assigned()
    late, other = await filed(desk, complaint_id), await filed(desk, running)
    await settle(desk)

    listed = (await desk.agent.get(path_of(complaint_id))).json()["items"]
    assert {one["kept_until"] for one in listed} == {"2036-03-02"}
    assert (await desk.agent.get(path_of(running))).json()["items"][0]["kept_until"] is None
    desk.kit.now = datetime(2036, 3, 2, 15, 59, tzinfo=UTC)
    await settle(desk)
    assert (await download(desk.agent, complaint_id, late)).content == a_pdf()
    desk.kit.now = datetime(2036, 3, 2, 16, 1, tzinfo=UTC)
    await settle(desk)

    desk.refused(await download(desk.agent, complaint_id, late), 410, "evidence_destroyed")
    assert len(files_of(desk)) == 1
    assert (await download(desk.agent, running, other)).status_code == 200


async def erase(desk: Any) -> None:
    at = desk.kit.now
    await desk.kit.receive(HANDLERS, ClientErased(occurred_at=at, client_id=desk.client_id, ground="service_ended"))


async def test_evidence_of_an_erased_client_is_shown_to_compliance_and_audit_only(desk: Any) -> None:
    complaint_id = await desk.closed()
    evidence_id = await filed(desk, complaint_id)
    files = f"/v1/clients/{desk.client_id}/complaint-files"
    compliance = desk.kit.staff("compliance")
    early = await compliance.post(f"{files}/{evidence_id}/download", json=WHY)
    await erase(desk)

    desk.refused(early, 404, "not_found")
    for caller in (desk.agent, desk.supervisor, compliance):
        desk.refused(await caller.get(path_of(complaint_id)), 410, "client_erased")
        desk.refused(await download(caller, complaint_id, evidence_id), 410, "client_erased")
    shown = (await compliance.post(files, json=WHY)).json()["evidence"]
    assert (evidence_id, CONTRACT["file_name"]) in [(one["id"], one["file_name"]) for one in shown]
    read = await compliance.post(f"{files}/{evidence_id}/download", json=WHY)
    assert read.content == a_pdf()
    [trace] = await audited(desk, "evidence.read")
    assert (trace.reason, trace.facts["evidence_id"]) == (WHY["reason"], evidence_id)
    desk.refused(await desk.supervisor.post(f"{files}/{evidence_id}/download", json=WHY), 403, "forbidden")
    desk.refused(await compliance.post(f"{files}/{new_id()}/download", json=WHY), 404, "not_found")


async def test_evidence_of_an_erased_client_goes_with_the_file_when_its_time_is_over(desk: Any) -> None:
    complaint_id, stays = await desk.closed(), await desk.registered(client_id=str(new_id()))
    await filed(desk, complaint_id)
    await filed(desk, stays)
    await erase(desk)
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]

    desk.kit.now = datetime(2036, 3, 3, 4, tzinfo=UTC)
    await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)
    await settle(desk)

    assert await desk.kit.count("evidence") == 1
    assert len(files_of(desk)) == 1
