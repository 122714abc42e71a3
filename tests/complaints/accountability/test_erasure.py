"""What stands about the case of an erased client is emptied with its file; who did what when stays."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from complaints.worker import HANDLERS, TIMERS
from shared.events.erasure import ClientErased
from shared.timers import run_due


async def test_what_lies_behind_the_case_of_an_erased_client_is_emptied_with_its_file(desk: Any, accounts: Any) -> None:
    kit, complaint_id, owner = desk.kit, await desk.closed(), str(accounts.ids["risk"])
    action = {"what": "修订话术", "owner_id": owner, "due_on": "2026-03-20"}
    opened = await desk.handler.post(f"/v1/complaints/{complaint_id}/improvement-actions", json=action)
    done = {"done_on": "2026-03-02", "evidence": "新话术已发布"}
    path = f"/v1/improvement-actions/{opened.json()['id']}/report-done"
    assert (await accounts.callers["risk"].post(path, json=done)).is_success
    auditor = accounts.callers["stranger"]
    plan = {"title": "抽查", "received_from": "2026-03-02", "received_to": "2026-03-02", "sample_size": 1}
    plan |= {"inspector_ids": [str(accounts.ids["stranger"])]}
    inspection = f"/v1/inspections/{(await auditor.post('/v1/inspections', json=plan)).json()['id']}"
    assert (await auditor.post(f"{inspection}/draw-sample")).is_success
    found = {"findings": [{"severity": "minor", "what": "记录不全", "basis": "档案管理规定"}]}
    assert (await auditor.post(f"{inspection}/cases/{complaint_id}/examine", json=found)).is_success
    body = accounts.wanted(complaint_id)
    assert (await accounts.callers["finder"].post("/v1/accountability-cases", json=body)).is_success

    await kit.receive(HANDLERS, ClientErased(occurred_at=kit.now, client_id=desk.client_id, ground="service_ended"))
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]
    kit.now = datetime(2036, 3, 3, 4, tzinfo=UTC)
    await run_due(timer, kit.database, clock=lambda: kit.now)

    async with kit.database.session() as session:
        texts = (
            "SELECT what, evidence, findings FROM improvement_action JOIN improvement_round ON action_id = id",
            "SELECT what, basis FROM finding",
            "SELECT facts, opinion, decision, appeal_grounds, appeal_decision FROM accountability_case",
        )
        for statement in texts:
            [row] = (await session.execute(text(statement))).all()
            assert set(row) == {None}, statement
        [kept] = (await session.execute(text("SELECT owner_id, status, round FROM improvement_action"))).all()
    assert (str(kept.owner_id), kept.status, kept.round) == (owner, "done", 1)
