"""Who sees evidence: the desk and those who watch over it, nobody from outside and nobody complained about."""

from typing import Any

from filing import CONTRACT, audited, download, filed, path_of

from shared.ids import new_id
from shared.testing.files import a_pdf


async def test_only_the_desk_and_those_who_watch_see_evidence(desk: Any) -> None:
    kit, channel_id = desk.kit, new_id()
    complaint_id = await desk.registered(channel_id=str(channel_id))
    evidence_id = await filed(desk, complaint_id)
    outside = (
        kit.channel(channel_id, "complaint.create", "complaint.read"),
        kit.client(desk.client_id),
        kit.staff("relationship_manager", id=desk.manager_id),
    )

    for caller in outside:
        desk.refused(await caller.get(path_of(complaint_id)), 403, "forbidden")
        desk.refused(await download(caller, complaint_id, evidence_id), 403, "forbidden")
        desk.refused(await caller.post(path_of(complaint_id), json=CONTRACT), 403, "forbidden")
    auditor = kit.staff("auditor")
    assert (await download(auditor, complaint_id, evidence_id)).status_code == 200
    desk.refused(await auditor.post(path_of(complaint_id), json=CONTRACT), 403, "forbidden")


async def test_whoever_is_complained_about_reaches_no_evidence(desk: Any) -> None:
    named = new_id()
    complaint_id = await desk.registered(named_staff_id=str(named))
    evidence_id = await filed(desk, complaint_id)
    caller = desk.kit.staff("complaint_handler", id=named)

    for answer in (
        await caller.get(path_of(complaint_id)),
        await caller.post(path_of(complaint_id), json=CONTRACT),
        await caller.put(path_of(complaint_id, evidence_id, "file"), content=a_pdf()),
        await download(caller, complaint_id, evidence_id),
    ):
        desk.refused(answer, 404, "not_found")
    assert await audited(desk, "evidence.read") == []
