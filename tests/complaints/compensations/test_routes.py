"""What a complainant is paid: agreed by one, paid by another, with proof."""

from typing import Any

import pytest

AGREED = {"amount": {"amount": "100.00", "currency": "CNY"}, "agreed_on": "2026-03-02", "agreement": "和解协议 12"}
PAID = {"paid_on": "2026-03-02", "proof": "银行回单 7"}


async def test_finance_pays_what_the_handler_agreed(desk: Any) -> None:
    complaint_id, finance = await desk.decided(), desk.kit.staff("finance")

    await desk.does(desk.handler, complaint_id, "agree-compensation", AGREED | {"amount": {"amount": "80.00"}})
    await desk.does(desk.handler, complaint_id, "agree-compensation", AGREED)
    paid = await desk.does(finance, complaint_id, "pay-compensation", PAID)

    assert (paid["amount"], paid["payment_proof"]) == (AGREED["amount"], PAID["proof"])
    assert (await finance.get(f"/v1/complaints/{complaint_id}/compensation")).json() == paid
    assert (await desk.row(complaint_id)).compensation == 10_000


async def test_a_case_is_closed_when_what_was_agreed_is_paid(desk: Any) -> None:
    complaint_id = await desk.informed()
    path = f"/v1/complaints/{complaint_id}/close"
    await desk.does(desk.handler, complaint_id, "agree-compensation", AGREED)

    desk.refused(await desk.handler.post(path, json=desk.closing), 409, "compensation_unpaid")
    await desk.does(desk.supervisor, complaint_id, "pay-compensation", PAID)
    other = desk.closing | {"compensation": {"amount": "100.01"}}
    desk.refused(await desk.handler.post(path, json=other), 409, "compensation_not_proven", "/compensation")
    read = await desk.does(desk.handler, complaint_id, "close", desk.closing)

    assert read["compensation"] == AGREED["amount"]
    assert (await desk.kit.outbox())[-1][1]["compensation"] == AGREED["amount"]


async def test_closing_with_a_compensation_that_nobody_agreed_on_is_refused(desk: Any) -> None:
    complaint_id = await desk.informed()

    answer = await desk.handler.post(
        f"/v1/complaints/{complaint_id}/close", json=desk.closing | {"compensation": AGREED["amount"]}
    )

    desk.refused(answer, 409, "compensation_not_proven", "/compensation")
    assert (await desk.row(complaint_id)).status == "informed"


async def test_who_agreed_does_not_pay_and_nothing_is_paid_twice(desk: Any) -> None:
    complaint_id = await desk.decided()
    path = f"/v1/complaints/{complaint_id}"
    finance = desk.kit.staff("finance")

    desk.refused(await finance.post(f"{path}/pay-compensation", json=PAID), 409, "nothing_agreed")
    await desk.does(desk.supervisor, complaint_id, "agree-compensation", AGREED)
    desk.refused(await desk.supervisor.post(f"{path}/pay-compensation", json=PAID), 403, "payer_agreed")
    await desk.does(finance, complaint_id, "pay-compensation", PAID)
    desk.refused(await finance.post(f"{path}/pay-compensation", json=PAID), 409, "compensation_paid")
    desk.refused(await desk.supervisor.post(f"{path}/agree-compensation", json=AGREED), 409, "compensation_paid")


@pytest.mark.parametrize(
    ("command", "fields", "pointer"),
    [
        ("agree-compensation", {"amount": {"amount": "0.00"}}, "/amount"),
        ("agree-compensation", {"amount": {"amount": 5.0}}, "/amount/amount"),
        ("agree-compensation", {"agreed_on": "2026-03-03"}, "/agreed_on"),
        ("agree-compensation", {"agreement": ""}, "/agreement"),
        ("pay-compensation", {"paid_on": "2026-03-01"}, "/paid_on"),
        ("pay-compensation", {"paid_on": "2026-03-03"}, "/paid_on"),
        ("pay-compensation", {"proof": None}, "/proof"),
    ],
)
async def test_bad_input_agrees_and_pays_nothing(desk: Any, command: str, fields: dict[str, Any], pointer: str) -> None:
    complaint_id = await desk.decided()
    await desk.does(desk.handler, complaint_id, "agree-compensation", AGREED)
    body = (AGREED if command == "agree-compensation" else PAID) | fields

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/{command}", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    read = (await desk.agent.get(f"/v1/complaints/{complaint_id}/compensation")).json()
    assert (read["amount"], read["paid_on"]) == (AGREED["amount"], None)


async def test_nothing_is_agreed_before_the_case_is_decided(desk: Any) -> None:
    complaint_id = await desk.proposed()

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/agree-compensation", json=AGREED)

    desk.refused(answer, 409, "command_not_allowed")
