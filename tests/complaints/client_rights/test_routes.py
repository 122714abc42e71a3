"""The client-rights report: numbers that open to their cases, and what it cannot say."""

from typing import Any

PERIOD = {"period_from": "2026-01-01", "period_to": "2026-03-31"}


def past(number: int, **fields: Any) -> dict[str, Any]:
    return {"external_id": str(number), "received_on": "2026-01-05"} | fields


async def test_complaints_stand_under_the_right_they_concern_and_open_to_their_cases(desk: Any) -> None:
    money = {"amount": "250.50", "currency": "CNY"}
    items = [
        past(1, reason="disclosure", informed_on="2026-01-10", is_upheld=True, compensation=money),
        past(2, reason="marketing", informed_on="2026-02-10"),
        past(3, reason="information_safety"),
        past(4, reason="information_safety", received_on="2025-12-31", informed_on="2026-01-02", compensation=money),
    ]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "old", "items": items})
    ids = [result["id"] for result in answer.json()["results"]]

    report = (await desk.supervisor.get("/v1/client-rights-report", params=PERIOD)).json()

    rights = {one["right"]: one for one in report["rights"]}
    assert {right: one["cases"] for right, one in rights.items() if one["cases"]} == {
        "information": 2, "information_safety": 1,
    }  # fmt: skip
    listed = (await desk.supervisor.get(rights["information_safety"]["reasons"]["information_safety"]["list"])).json()
    assert [one["id"] for one in listed["items"]] == [ids[2]]
    assert report["complaints"]["figures"]["received"]["cases"] == 3
    # Case 4 was received before the period and paid in it.
    paid = report["compensation"]
    assert (paid["cases"]["cases"], paid["amount"]) == (2, {"amount": "501.00", "currency": "CNY"})
    listed = (await desk.supervisor.get(paid["cases"]["list"])).json()["items"]
    assert [one["id"] for one in listed] == [ids[3], ids[0]]
    assert report["complaints"]["compensation"]["amount"] == "250.50"


async def test_what_no_event_tells_is_named_and_not_reported_as_nothing(desk: Any) -> None:
    report = (await desk.supervisor.get("/v1/client-rights-report", params=PERIOD)).json()

    assert {one["gap"] for one in report["missing"]} == {
        "suitability_refused", "consent_changed", "privacy_requested",
    }  # fmt: skip
    assert [one["counted_since"] for one in report["heard_of"]] == [None] * 3


async def test_an_empty_period_is_refused(desk: Any) -> None:
    answer = await desk.supervisor.get("/v1/client-rights-report", params=PERIOD | {"period_to": "2025-12-31"})
    desk.refused(answer, 422, "period_empty", "/query/period_to")
