"""Classification, urgency and regimes through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

CODES = {"channel_code": "A1-03-3", "business_code": "B05-01", "reason_code": "C05-01"}


async def test_three_dimensions_tags_and_requests_are_kept_and_shown(desk: Any) -> None:
    more = {"tags": ["media", "media"], "request_kinds": ["refund", "compensation"], "urgency": "iii"}
    complaint_id = await desk.registered(**CODES, **more)

    read = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()

    assert {name: read[name] for name in CODES} == CODES
    assert (read["tags"], read["request_kinds"], read["regime"]) == (["media"], ["refund", "compensation"], "nfra")
    assert read["urgency"] == "i", "the press is watching, whatever was said"
    seen = (await desk.kit.client(desk.client_id).get(f"/v1/complaints/{complaint_id}")).json()
    assert (seen["tags"], seen["urgency"], seen["business_code"]) == (None, None, None)
    assert seen["request_kinds"] == ["refund", "compensation"]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"channel_code": "Z9"}, "classification_not_in_force", "/channel_code"),
        ({"business_code": "B05-01-9"}, "classification_note_missing", "/classification_note"),
        ({"reason_code": "C07"}, "reason_differs", "/reason_code"),
        ({"reason_code": "c07"}, "invalid", "/reason_code"),
        ({"tags": ["loud"]}, "invalid", "/tags/0"),
        ({"request_kinds": ["moon"]}, "invalid", "/request_kinds/0"),
        ({"urgency": "iv"}, "invalid", "/urgency"),
    ],
)
async def test_bad_codes_are_pointed_at_and_leave_nothing(
    desk: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    desk.refused(await desk.agent.post("/v1/complaints", json=desk.filing(**fields)), 422, code, pointer)
    assert await desk.kit.count("complaint") == 0


async def test_the_third_complaint_of_a_client_is_urgent(desk: Any) -> None:
    ids = [await desk.registered(reason=reason) for reason in ("pricing", "disclosure", "marketing")]

    assert [(await desk.row(one)).urgency for one in ids] == ["iii", "iii", "i"]


async def test_the_handler_raises_a_supervisor_lowers_and_it_is_told(desk: Any) -> None:
    complaint_id = await desk.assigned()
    raised = await desk.does(desk.handler, complaint_id, "classify", {"level": "major", "why": "影响面大"})
    lower = {"level": "ordinary", "urgency": "iii", "why": "经核实影响有限"}

    refused = await desk.handler.post(f"/v1/complaints/{complaint_id}/classify", json=lower)
    lowered = await desk.does(desk.supervisor, complaint_id, "classify", lower)

    assert (raised["level"], raised["urgency"]) == ("major", "i")
    desk.refused(refused, 403, "lowering_not_yours", "/level")
    assert (lowered["level"], lowered["urgency"]) == ("ordinary", "iii")
    told = [(type_.split(".")[2], event["level"]) for type_, event in await desk.kit.outbox() if "classified" in type_]
    assert told == [("classified", "major"), ("classified", "ordinary")]
    assert await desk.kit.count("audit_entry") == 2
    other = desk.kit.staff("complaint_handler")
    desk.refused(await other.post(f"/v1/complaints/{complaint_id}/classify", json={"why": "x"}), 403, "not_the_handler")


async def test_the_lists_are_data_with_validity(desk: Any) -> None:
    office = desk.kit.staff("consumer_protection")
    new = {
        "dimension": "business",
        "code": "B05-04",
        "parent": "B05",
        "name": "特殊需要信托",
        "valid_from": "2026-03-01",
    }

    added = await office.post("/v1/classification", json=new | {"source": "公司决定"})
    again = await office.post("/v1/classification", json=new | {"source": "公司决定"})
    listed = (await desk.agent.get("/v1/classification?dimension=business&on=2026-03-02&limit=100")).json()["items"]

    assert added.status_code == 201, added.text
    desk.refused(again, 409, "classification_code_exists", "/code")
    names = {one["code"]: one["name"] for one in listed}
    assert {names[code] for code in ("B05-01", "B05-02", "B05-03", "B05-04")} == {
        "资产管理信托", "资产服务信托", "公益慈善信托", "特殊需要信托",
    }  # fmt: skip
    end = "/v1/classification/business/B05-04/end"
    desk.refused(await office.post(end, json={"valid_to": "2026-03-01"}), 422, "classification_code_out_of_place")
    assert (await office.post(end, json={"valid_to": "2026-03-02"})).json()["valid_to"] == "2026-03-02"
    late = await desk.agent.post("/v1/complaints", json=desk.filing(business_code="B05-04"))
    desk.refused(late, 422, "classification_not_in_force", "/business_code")
    before = desk.filing(business_code="B05-04", received_at="2026-03-01T04:00:00Z")
    assert (await desk.agent.post("/v1/complaints", json=before)).status_code == 201
    desk.refused(await desk.agent.post("/v1/classification", json=new), 403, "forbidden")


async def test_what_the_peoples_bank_forwards_has_fifteen_days_and_sixty_at_most(desk: Any) -> None:
    complaint_id = await desk.registered(source="pboc", forwarding_number="银转〔2026〕7号")
    path = f"/v1/complaints/{complaint_id}"
    desk.kit.now += timedelta(days=3)

    untold = await desk.supervisor.post(f"{path}/extend", json={"reason": "情况复杂"})
    told = {"reason": "情况复杂", "complainant_told_on": "2026-03-05"}
    extended = await desk.does(desk.supervisor, complaint_id, "extend", told)
    further = await desk.executive.post(f"{path}/extend", json=told)

    desk.refused(untold, 422, "complainant_not_told", "/complainant_told_on")
    assert (extended["regime"], extended["due_on"]) == ("pboc", "2026-05-01")
    assert desk.refused(further, 409, "extension_out_of_order", "/stage")["allowed"] == []
    proof = (await desk.agent.get(f"{path}/clock")).json()
    assert [step["rule"]["version"] for step in proof["steps"]] == [
        "complaint.pboc_decision_days@2020-11-01",
        "complaint.pboc_extended_days@2020-11-01",
    ]
    assert proof["is_proven"]


async def test_new_facts_count_under_the_same_regime(desk: Any) -> None:
    complaint_id = await desk.registered(source="pboc", forwarding_number="银转〔2026〕7号")
    desk.kit.now = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)

    await desk.does(desk.supervisor, complaint_id, "new-facts", {"arrived_on": "2026-03-10", "facts": "新的录音"})

    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert proof["steps"][-1]["rule"]["version"] == "complaint.pboc_decision_days@2020-11-01"


async def test_imports_take_the_fields_where_the_file_has_them(desk: Any) -> None:
    operations = desk.kit.staff("operations")
    item = {
        "external_id": "1", "received_on": "2026-01-05", "client_id": str(desk.client_id), "reason": "disclosure",
        "source": "pboc", "forwarding_number": "银转〔2026〕1号", "demand": "退费", "persons": 3,
        "amount": {"amount": "20.00", "currency": "CNY"}, "tags": ["petition"], "request_kinds": ["refund"],
        "urgency": "iii", "classification_note": "其他情形", **CODES, "business_code": "B05-99",
    }  # fmt: skip
    bad = item | {"external_id": "2", "channel_code": "Z9"}

    body = {"origin": "old-desk", "items": [item, bad]}
    results = (await operations.post("/v1/complaints/bulk", json=body)).json()["results"]
    again = (await operations.post("/v1/complaints/bulk", json=body)).json()["results"]

    assert [one["status"] for one in results] == ["created", "refused"]
    assert results[1]["problem"]["pointer"] == "/items/1/channel_code"
    assert again[0]["status"] == "unchanged"
    row = await desk.row(results[0]["id"])
    assert (row.regime, row.forwarding_number, row.amount, row.persons) == ("pboc", "银转〔2026〕1号", 2000, 3)
    assert (row.business_code, row.tags, row.request_kinds, row.urgency) == ("B05-99", ["petition"], ["refund"], "i")
