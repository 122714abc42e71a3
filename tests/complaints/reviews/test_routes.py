"""Reviews of results by the superior office, through the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id

REQUEST = {"grounds": "不认可处理结果", "requested_on": "2026-03-02"}
TOLD = {"informed_on": "2026-03-02", "method": "letter", "proof": "EMS 99"}
NOTICE = TOLD | {"remedies": "公司为法人机构总部，无上级机构；可申请调解，或依法仲裁、诉讼。"}
DECISION = {
    "outcome": "upheld",
    "findings": "处理过程、时限及结果均符合规定。",
    "basis": "处理档案、录音。",
    "remedies": "可申请调解，或依法提起仲裁、诉讼。",
}


async def in_branch(desk: Any, offices: tuple[UUID, UUID], state: str = "informed") -> tuple[str, Any]:
    """Return a case that a branch handled, in review, and somebody of head office."""
    head, branch = offices
    await desk.joined(desk.handler_id, "complaint_handler", units=[new_id(), branch, head])
    reviewer_id = new_id()
    await desk.joined(reviewer_id, "consumer_protection", units=[new_id(), head])
    complaint_id = await getattr(desk, state)()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)
    return complaint_id, desk.kit.staff("consumer_protection", id=reviewer_id)


async def review_of(desk: Any, complaint_id: str) -> dict[str, Any]:
    answer = await desk.supervisor.get(f"/v1/complaints/{complaint_id}/review")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("state", ["informed", "closed"])
async def test_a_client_asks_for_a_review_once_and_its_clock_starts(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()
    client = desk.kit.client(desk.client_id)

    answer = await client.post(f"/v1/complaints/{complaint_id}/request-review", json={"grounds": "不认可处理结果"})
    again = await client.post(f"/v1/complaints/{complaint_id}/request-review", json={"grounds": "再次申请"})

    assert (answer.json()["status"], answer.json()["review_requested_on"]) == ("review_requested", "2026-03-02")
    assert answer.json()["decision"] == desk.proposal["decision"]
    desk.refused(again, 409, "command_not_allowed")
    assert (await desk.kit.events()).count("complaint.review_requested") == 1
    review = await review_of(desk, complaint_id)
    assert (review["due_on"], review["rule_version"]) == ("2026-04-01", "review.decision_days@2020-03-01")


async def test_a_request_on_the_thirty_first_day_is_too_late(desk: Any) -> None:
    complaint_id = await desk.informed()
    desk.kit.now += timedelta(days=40)
    path = f"/v1/complaints/{complaint_id}/request-review"

    late = await desk.agent.post(path, json=REQUEST | {"requested_on": "2026-04-02"})
    in_time = await desk.agent.post(path, json=REQUEST | {"requested_on": "2026-04-01"})

    assert desk.refused(late, 409, "review_request_too_late", "/requested_on")["last_on"] == "2026-04-01"
    assert in_time.json()["status"] == "review_requested"


@pytest.mark.parametrize(("state", "after"), [("informed", "informed"), ("closed", "closed")])
async def test_what_head_office_handled_has_no_superior_and_the_complainant_is_told(
    desk: Any, state: str, after: str
) -> None:
    complaint_id = await getattr(desk, state)()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)
    path = f"/v1/complaints/{complaint_id}"

    desk.refused(await desk.executive.post(f"{path}/decide-review", json=DECISION), 409, "no_superior_office")
    desk.refused(await desk.handler.post(f"{path}/close", json=desk.closing), 409, "command_not_allowed")
    read = await desk.does(desk.supervisor, complaint_id, "decline-review", NOTICE)

    review = await review_of(desk, complaint_id)
    assert read["status"] == after
    assert (review["outcome"], review["remedies"]) == ("no_superior", NOTICE["remedies"])
    assert (review["inform_proof"], review["is_in_time"]) == ("EMS 99", True)
    assert (await desk.kit.outbox())[-1][1]["outcome"] == "no_superior"
    assert "request-review" not in read["allowed"]


@pytest.mark.parametrize(("state", "after"), [("informed", "informed"), ("closed", "closed")])
async def test_head_office_reviews_what_a_branch_handled_and_informs(
    desk: Any, offices: tuple[UUID, UUID], state: str, after: str
) -> None:
    complaint_id, reviewer = await in_branch(desk, offices, state)
    path = f"/v1/complaints/{complaint_id}"

    desk.refused(await reviewer.post(f"{path}/decline-review", json=NOTICE), 409, "superior_office_exists")
    desk.refused(await desk.executive.post(f"{path}/decide-review", json=DECISION), 403, "reviewer_not_of_superior")
    desk.refused(await desk.supervisor.post(f"{path}/decide-review", json=DECISION), 403, "reviewer_not_independent")
    decided = await desk.does(reviewer, complaint_id, "decide-review", DECISION)
    desk.kit.now += timedelta(days=31)
    late = await desk.does(reviewer, complaint_id, "inform-review", TOLD | {"informed_on": "2026-04-02"})

    review = await review_of(desk, complaint_id)
    assert (decided["status"], late["status"]) == ("review_decided", after)
    assert (review["outcome"], review["decided_on"], review["is_in_time"]) == ("upheld", "2026-03-02", False)
    assert (review["branch_id"], review["superior_id"]) == (str(offices[1]), str(offices[0]))


async def test_a_changed_result_says_whether_it_is_justified_and_leaves_the_first_on_record(
    desk: Any, offices: tuple[UUID, UUID]
) -> None:
    complaint_id, reviewer = await in_branch(desk, offices)
    path = f"/v1/complaints/{complaint_id}/decide-review"

    unclear = await reviewer.post(path, json=DECISION | {"outcome": "changed"})
    read = await desk.does(
        reviewer, complaint_id, "decide-review", DECISION | {"outcome": "changed", "is_upheld": False}
    )

    desk.refused(unclear, 422, "change_unclear", "/is_upheld")
    assert (await review_of(desk, complaint_id))["is_upheld"] is False
    assert (read["is_upheld"], read["decision"]) == (True, desk.proposal["decision"])
    assert (await desk.kit.outbox())[-1][1]["is_upheld"] is False


async def test_what_is_sent_back_is_handled_again_with_a_legal_clock_of_its_own(
    desk: Any, offices: tuple[UUID, UUID]
) -> None:
    complaint_id, reviewer = await in_branch(desk, offices)
    desk.kit.now += timedelta(days=10)

    await desk.does(reviewer, complaint_id, "decide-review", DECISION | {"outcome": "sent_back"})

    follow_up_id = (await review_of(desk, complaint_id))["follow_up_id"]
    again = (await desk.agent.get(f"/v1/complaints/{follow_up_id}")).json()
    assert (again["follows_id"], again["follows_for"]) == (complaint_id, "sent_back")
    assert (again["status"], again["received_on"], again["due_on"]) == ("registered", "2026-03-12", "2026-03-27")
    first = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()
    assert (first["status"], first["informed_on"], first["is_in_time"]) == ("review_decided", "2026-03-02", True)
    assert first["number"] in again["facts"]


async def test_reviews_that_wait_are_listed_and_the_late_ones_among_them(desk: Any, offices: tuple[UUID, UUID]) -> None:
    late, _ = await in_branch(desk, offices)
    desk.kit.now += timedelta(days=31)
    fresh = await desk.informed()
    await desk.does(desk.agent, fresh, "request-review", REQUEST | {"requested_on": "2026-04-02"})

    waiting = (await desk.supervisor.get("/v1/reviews")).json()["items"]
    overdue = (await desk.supervisor.get("/v1/reviews?overdue=true")).json()["items"]

    assert [(one["complaint_id"], one["is_overdue"]) for one in waiting] == [(late, True), (fresh, False)]
    assert [one["complaint_id"] for one in overdue] == [late]


@pytest.mark.parametrize(
    ("command", "fields", "pointer"),
    [
        ("decide-review", {"outcome": "no_superior"}, "/outcome"),
        ("decide-review", {"findings": ""}, "/findings"),
        ("decide-review", {"by": "me"}, "/by"),
        ("decline-review", {"remedies": None}, "/remedies"),
        ("decline-review", {"informed_on": "2026-03-03"}, "/informed_on"),
        ("decline-review", {"informed_on": "2026-03-01"}, "/informed_on"),
    ],
)
async def test_a_bad_answer_to_a_request_changes_nothing(
    desk: Any, command: str, fields: dict[str, Any], pointer: str
) -> None:
    complaint_id = await desk.informed()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)
    body = (DECISION if command == "decide-review" else NOTICE) | fields

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/{command}", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await desk.row(complaint_id)).status == "review_requested"
