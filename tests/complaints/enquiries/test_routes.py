"""Enquiries, suggestions and reports through the API: an owner, the house's clock, an answer; never a complaint."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from complaints.worker import TIMERS
from shared.ids import new_id
from shared.timers import run_due

STRANGER = {"name": "王小明", "phone": "13812341234"}
[ESCALATION] = [timer for timer in TIMERS if timer.name == "enquiry_escalation"]


def sent(desk: Any, kind: str = "enquiry", **fields: Any) -> dict[str, Any]:
    given = {"kind": kind, "client_id": str(desk.client_id), "source": "phone", "content": "信托计划何时分配收益？"}
    return {name: value for name, value in (given | fields).items() if value is not None}


async def registered(desk: Any, kind: str = "enquiry", **fields: Any) -> dict[str, Any]:
    answer = await desk.agent.post("/v1/enquiries", json=sent(desk, kind, **fields))
    assert answer.status_code == 201, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def owned(desk: Any, kind: str = "enquiry", *roles: str, **fields: Any) -> tuple[dict[str, Any], Any]:
    """Return what was sent and its owner, calling."""
    owner_id, held = new_id(), roles or ("finance",)
    await desk.joined(owner_id, *held)
    enquiry = await registered(desk, kind, **fields)
    body = {"owner_id": str(owner_id)}
    answer = await desk.supervisor.post(f"/v1/enquiries/{enquiry['id']}/assign", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json(), desk.kit.staff(*held, id=owner_id)


async def test_it_counts_as_no_complaint_anywhere(desk: Any) -> None:
    before = await desk.kit.count("changed_client")

    enquiry = await registered(desk)

    # Monday noon, lunch until 13:30: 240 minutes are left of the day, 420 on Tuesday, 180 until 13:30 + … on Wednesday.
    assert (enquiry["number"], enquiry["target_minutes"]) == ("LJ-2026-000001", 840)
    assert enquiry["due_at"] == "2026-03-04T04:00:00Z"
    assert (await desk.agent.get("/v1/complaints")).json()["items"] == []
    for table in ("complaint", "clock_entry", "goal_clock", "outbox", "case_sequence"):
        assert await desk.kit.count(table) == 0, table
    assert await desk.kit.count("changed_client") == before


async def test_the_owner_answers_and_the_clock_says_whether_in_time(desk: Any) -> None:
    enquiry, owner = await owned(desk)
    path = f"/v1/enquiries/{enquiry['id']}"
    desk.kit.now = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)

    other = await desk.kit.staff("finance").post(f"{path}/answer", json={"answer": "十日内分配"})
    answered = await owner.post(f"{path}/answer", json={"answer": "十日内分配"})

    desk.refused(other, 404, "not_found")
    assert answered.status_code == 200, answered.text
    read = answered.json()
    assert (read["status"], read["is_met"], read["is_overdue"]) == ("answered", True, False)
    assert (answered.headers["etag"], read["allowed"]) == ('"3"', ["reclassify"])
    desk.refused(await owner.post(f"{path}/answer", json={"answer": "x"}), 409, "enquiry_command_not_allowed")


async def test_a_suggestion_not_adopted_needs_the_reason(desk: Any) -> None:
    enquiry, owner = await owned(desk, "suggestion")
    path = f"/v1/enquiries/{enquiry['id']}/answer"

    silent = await owner.post(path, json={"answer": "感谢建议", "is_adopted": False})
    told = await owner.post(path, json={"answer": "感谢建议", "is_adopted": False, "why_not": "与监管要求不符"})

    desk.refused(silent, 422, "answer_incomplete", "/why_not")
    assert (told.json()["is_adopted"], told.json()["why_not"]) == (False, "与监管要求不符")


async def test_a_report_of_violation_may_be_anonymous_and_reaches_few(desk: Any) -> None:
    named = new_id()
    report = await registered(desk, "violation_report", client_id=None, named_staff_id=str(named), content="收受返佣")
    path = f"/v1/enquiries/{report['id']}"

    seen = {
        role: (await desk.kit.staff(role, id=person).get(path)).status_code
        for role, person in [
            *((role, new_id()) for role in ("customer_service", "complaint_handler", "executive", "finance")),
            *((role, new_id()) for role in ("complaint_supervisor", "compliance", "auditor")),
            ("consumer_protection", named),
        ]
    }

    assert [role for role, status in seen.items() if status == 200] == ["complaint_supervisor", "compliance", "auditor"]
    assert (await desk.agent.get("/v1/enquiries")).json()["items"] == []
    finance = new_id()
    await desk.joined(finance, "finance")
    refused = await desk.supervisor.post(f"{path}/assign", json={"owner_id": str(finance)})
    desk.refused(refused, 409, "owner_unfit", "/owner_id")
    unknown = await desk.supervisor.post(f"{path}/assign", json={"owner_id": str(new_id())})
    desk.refused(unknown, 409, "not_yet_known")


async def test_each_level_of_the_clock_is_told_once(desk: Any) -> None:
    enquiry = await registered(desk)
    for hour in (3, 4, 5, 6):
        desk.kit.now = datetime(2026, 3, 4, hour, 0, tzinfo=UTC)
        await run_due(ESCALATION, desk.kit.database, clock=lambda: desk.kit.now)
        await run_due(ESCALATION, desk.kit.database, clock=lambda: desk.kit.now)

    read = (await desk.supervisor.get(f"/v1/enquiries/{enquiry['id']}")).json()
    assert [(told["percent"], told["office"]) for told in read["escalations"]] == [
        (75, "complaint_supervisor"),
        (100, "consumer_protection"),
    ]
    assert read["is_overdue"] is True
    listed = (await desk.supervisor.get("/v1/enquiries?overdue=true&escalated_to=consumer_protection")).json()["items"]
    assert [one["id"] for one in listed] == [enquiry["id"]]
    assert (await desk.supervisor.get("/v1/enquiries?overdue=false")).json()["items"] == []


async def test_a_client_asks_for_itself_and_sees_its_own_part_only(desk: Any) -> None:
    app = desk.kit.client(desk.client_id)

    answer = await app.post("/v1/enquiries", json={"kind": "suggestion", "content": "希望增加消息提醒"})

    read = answer.json()
    assert (answer.status_code, read["source"], read["client_id"]) == (201, "app", str(desk.client_id))
    assert (read["due_at"], read["registered_by"], read["owner_id"]) == (None, None, None)
    desk.refused(await desk.kit.client(new_id()).get(f"/v1/enquiries/{read['id']}"), 404, "not_found")
    desk.refused(await app.get("/v1/enquiries?overdue=true"), 403, "filter_not_yours", "/query/overdue")
    foreign = {"kind": "enquiry", "content": "x", "source": "phone"}
    desk.refused(await app.post("/v1/enquiries", json=foreign), 422, "field_not_yours", "/source")


async def test_a_strangers_contact_data_is_sealed(desk: Any) -> None:
    read = await registered(desk, client_id=None, enquirer=STRANGER)

    assert (read["masked_name"], read["masked_phone"]) == ("王**", "13****34")
    async with desk.kit.database.session() as session:
        kept = (await session.execute(text("SELECT e::text AS everything, sealed FROM enquiry e"))).one()
    assert "王小明" not in kept.everything
    assert b"13812341234" not in bytes(kept.sealed)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"kind": "complaint"}, "not_an_enquiry", "/kind"),
        ({"kind": "gossip"}, "invalid", "/kind"),
        ({"content": ""}, "invalid", "/content"),
        ({"source": None}, "source_invalid", "/source"),
        ({"source": "nfra"}, "source_invalid", "/forwarding_number"),
        ({"client_id": None}, "enquirer_unclear", "/enquirer"),
        ({"enquirer": STRANGER}, "enquirer_unclear", "/enquirer"),
        ({"received_at": "2026-03-03T04:00:00Z"}, "receipt_out_of_range", "/received_at"),
        ({"level": "major"}, "invalid", "/level"),
    ],
)
async def test_bad_input_is_pointed_at_and_leaves_nothing(
    desk: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await desk.agent.post("/v1/enquiries", json=sent(desk) | fields | {})
    if None in fields.values():
        answer = await desk.agent.post("/v1/enquiries", json=sent(desk, **fields))

    desk.refused(answer, 422, code, pointer)
    assert await desk.kit.count("enquiry") == 0
