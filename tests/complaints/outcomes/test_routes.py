"""Informing, closing and withdrawal, through the API."""

from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id

INFORMING = {"informed_on": "2026-03-02", "method": "letter", "proof": "EMS 1234567890"}


async def test_informing_stops_the_clock_in_time(desk: Any) -> None:
    complaint_id = await desk.decided()

    read = await desk.does(desk.handler, complaint_id, "inform", INFORMING)

    assert (read["status"], read["is_in_time"], read["is_open"]) == ("informed", True, False)
    type_, payload = (await desk.kit.outbox())[-1]
    assert type_ == "complaints.complaint.informed.v1"
    assert (payload["informed_on"], payload["is_in_time"]) == ("2026-03-02", True)
    assert await desk.kit.count("clock_entry") == 2


async def test_the_day_of_informing_decides_not_the_day_of_recording(desk: Any) -> None:
    complaint_id = await desk.decided()
    desk.kit.now += timedelta(days=20)

    read = await desk.does(desk.handler, complaint_id, "inform", INFORMING | {"informed_on": "2026-03-17"})

    assert (read["informed_on"], read["is_in_time"]) == ("2026-03-17", True)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"informed_on": "2026-03-01"}, "day_out_of_range", "/informed_on"),
        ({"informed_on": "2026-03-03"}, "day_out_of_range", "/informed_on"),
        ({"informed_on": "2026-02-30"}, "invalid", "/informed_on"),
        ({"method": "pigeon"}, "invalid", "/method"),
        ({"proof": ""}, "invalid", "/proof"),
        ({"by": "me"}, "invalid", "/by"),
    ],
)
async def test_informing_with_bad_input_changes_nothing(
    desk: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    complaint_id = await desk.decided()

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/inform", json=INFORMING | fields)

    desk.refused(answer, 422, code, pointer)
    assert (await desk.row(complaint_id)).status == "decided"
    assert "complaint.informed" not in await desk.kit.events()


async def test_closing_records_root_cause_and_compensation(desk: Any) -> None:
    complaint_id = await desk.informed()
    paid = {"compensation": {"amount": "100.00", "currency": "CNY"}}
    agreement = {"amount": paid["compensation"], "agreed_on": "2026-03-02", "agreement": "和解协议 12"}
    await desk.does(desk.handler, complaint_id, "agree-compensation", agreement)
    await desk.does(desk.supervisor, complaint_id, "pay-compensation", {"paid_on": "2026-03-02", "proof": "回单 7"})

    read = await desk.does(desk.handler, complaint_id, "close", desk.closing | paid)

    assert (read["status"], read["root_cause"], read["compensation"]) == ("closed", "disclosure", paid["compensation"])
    type_, payload = (await desk.kit.outbox())[-1]
    assert type_ == "complaints.complaint.closed.v1"
    assert (payload["root_cause"], payload["compensation"]) == ("disclosure", paid["compensation"])


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"root_cause": "customer"}, "/root_cause"),
        ({"root_cause": None}, "/root_cause"),
        ({"measures": None}, "/measures"),
        ({"compensation": {"amount": 100.0, "currency": "CNY"}}, "/compensation/amount"),
        ({"compensation": {"amount": "-100.00", "currency": "CNY"}}, "/compensation"),
        ({"compensation": {"amount": "0.00", "currency": "CNY"}}, "/compensation"),
    ],
)
async def test_closing_without_a_proper_cause_changes_nothing(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    complaint_id = await desk.informed()

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/close", json=desk.closing | fields)

    desk.refused(answer, 422, "invalid", pointer)
    assert (await desk.row(complaint_id)).status == "informed"


async def test_another_handler_neither_informs_nor_closes_and_a_supervisor_does_both(desk: Any) -> None:
    complaint_id, other = await desk.decided(), desk.kit.staff("complaint_handler")

    desk.refused(await other.post(f"/v1/complaints/{complaint_id}/inform", json=INFORMING), 403, "not_the_handler")
    await desk.does(desk.supervisor, complaint_id, "inform", INFORMING)
    desk.refused(await other.post(f"/v1/complaints/{complaint_id}/close", json=desk.closing), 403, "not_the_handler")
    read = await desk.does(desk.supervisor, complaint_id, "close", desk.closing)

    assert read["status"] == "closed"


@pytest.mark.parametrize("state", ["registered", "assigned", "proposed", "decided"])
async def test_every_open_case_can_be_withdrawn_and_ends_that_day(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()
    desk.kit.now += timedelta(days=3)
    withdrawal = {"withdrawn_on": "2026-03-04", "reason": "客户与经理沟通后撤回", "proof": "录音 2026-0099"}

    read = await desk.does(desk.agent, complaint_id, "withdraw", withdrawal)

    assert (read["status"], read["withdrawn_on"], read["is_open"]) == ("withdrawn", "2026-03-04", False)
    assert (read["withdraw_reason"], read["withdraw_proof"]) == (withdrawal["reason"], withdrawal["proof"])
    assert (await desk.kit.events())[-1] == "complaint.withdrawn"
    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert (proof["stopped_on"], proof["is_in_time"], proof["is_proven"]) == ("2026-03-04", None, True)


async def test_a_client_withdraws_its_own_case_only(desk: Any) -> None:
    complaint_id = await desk.registered()
    path = f"/v1/complaints/{complaint_id}/withdraw"

    desk.refused(await desk.kit.client(new_id()).post(path, json={"reason": "算了"}), 404, "not_found")
    mine = await desk.kit.client(desk.client_id).post(path, json={"reason": "已解决"})

    assert (mine.json()["status"], mine.json()["withdrawn_on"]) == ("withdrawn", "2026-03-02")


async def test_staff_say_on_which_day_a_withdrawal_came(desk: Any) -> None:
    complaint_id = await desk.registered()
    path = f"/v1/complaints/{complaint_id}/withdraw"

    desk.refused(await desk.agent.post(path, json={"reason": "撤回"}), 422, "day_missing", "/withdrawn_on")
    early = await desk.agent.post(path, json={"reason": "撤回", "withdrawn_on": "2026-03-01"})
    desk.refused(early, 422, "day_out_of_range", "/withdrawn_on")


async def test_staff_say_where_the_complainants_word_is_kept(desk: Any) -> None:
    complaint_id = await desk.registered()
    word = {"reason": "撤回", "withdrawn_on": "2026-03-02"}

    answer = await desk.agent.post(f"/v1/complaints/{complaint_id}/withdraw", json=word)

    desk.refused(answer, 422, "proof_missing", "/proof")
    assert (await desk.row(complaint_id)).status == "registered"
