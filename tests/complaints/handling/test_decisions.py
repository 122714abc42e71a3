"""What a decision needs before it is made: codes of three dimensions, and the word of the right office."""

from typing import Any

import pytest
from sqlalchemy import text

from complaints.handling.rules import ClassificationMissing, require_classified

CODES = {"channel_code": "A1-03-2", "business_code": "B05-01-1", "reason_code": "C05"}


@pytest.mark.parametrize("missing", [[], ["reason_code"], ["business_code", "channel_code"], sorted(CODES)])
def test_a_decision_needs_every_dimension(missing: list[str]) -> None:
    codes = CODES | dict.fromkeys(missing)
    if not missing:
        require_classified(codes)
        return
    with pytest.raises(ClassificationMissing) as refusal:
        require_classified(codes)
    assert refusal.value.facts == {"missing": missing}


async def test_a_case_is_classified_before_its_decision_is_proposed(desk: Any) -> None:
    complaint_id = await desk.assigned(business_code=None)
    path = f"/v1/complaints/{complaint_id}/propose"

    refused = await desk.handler.post(path, json=desk.proposal)
    await desk.does(desk.handler, complaint_id, "classify", {"business_code": "B05-01", "why": "资产管理信托"})
    proposed = await desk.handler.post(path, json=desk.proposal)

    assert desk.refused(refused, 409, "classification_missing")["missing"] == ["business_code"]
    assert proposed.json()["status"] == "proposed"


async def test_what_was_proposed_without_codes_is_sent_back_not_approved(desk: Any) -> None:
    complaint_id = await desk.proposed()
    async with desk.kit.database.transaction() as session:
        await session.execute(text("UPDATE complaint SET reason_code = NULL"))
    version = (await desk.row(complaint_id)).version

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/approve", headers={"If-Match": f'"{version}"'})

    desk.refused(answer, 409, "classification_missing")
    await desk.does(desk.supervisor, complaint_id, "send-back", {"reason": "请补充分类"})


@pytest.mark.parametrize(
    ("fields", "pays"), [({"level": "major"}, None), ({}, "50000.01")], ids=["by level", "by amount"]
)
async def test_above_the_second_limit_a_senior_executive_approves(
    desk: Any, fields: dict[str, Any], pays: str | None
) -> None:
    desk.proposal["compensation"] = {"amount": pays, "currency": "CNY"} if pays else None
    complaint_id = await desk.proposed(**fields)
    version = (await desk.row(complaint_id)).version

    refused = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/approve", headers={"If-Match": f'"{version}"'})
    approved = await desk.approves(desk.executive, complaint_id)

    problem = desk.refused(refused, 403, "approval_above_limit")
    assert (problem["needs"], problem["office"]) == ("senior", "executive")
    assert problem["version"] == "complaint.approval_limits@2020-03-01"
    assert (approved["status"], approved["proposed_compensation"]) == ("decided", desk.proposal["compensation"])


async def test_up_to_the_second_limit_a_supervisor_approves_and_may_always_send_back(desk: Any) -> None:
    desk.proposal["compensation"] = {"amount": "50000.00"}
    within = await desk.proposed(level="complicated")
    above = await desk.proposed(level="major")

    assert (await desk.approves(desk.supervisor, within))["status"] == "decided"
    back = await desk.does(desk.supervisor, above, "send-back", {"reason": "金额过高"})
    assert back["status"] == "assigned"


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001", 5.0])
async def test_a_bad_amount_proposes_nothing(desk: Any, amount: Any) -> None:
    complaint_id = await desk.assigned()
    body = desk.proposal | {"compensation": {"amount": amount}}

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/propose", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/compensation")
    assert (await desk.row(complaint_id)).status == "assigned"
