"""What is agreed above the limits needs the word of somebody else, far above them that of a senior executive."""

from typing import Any

import pytest
from sqlalchemy import text

from shared.ids import new_id

PAID = {"paid_on": "2026-03-02", "proof": "银行回单 7"}


def agreement(amount: str) -> dict[str, Any]:
    return {"amount": {"amount": amount}, "agreed_on": "2026-03-02", "agreement": "和解协议 12"}


async def agreed(desk: Any, amount: str, complaint_id: str | None = None, caller: Any = None) -> str:
    complaint_id = complaint_id or await desk.decided()
    await desk.does(caller or desk.handler, complaint_id, "agree-compensation", agreement(amount))
    return complaint_id


async def posted(caller: Any, complaint_id: str, command: str, body: Any = None) -> Any:
    """Post with the version of the case as it is now."""
    read = await caller.get(f"/v1/complaints/{complaint_id}")
    headers = {"If-Match": read.headers.get("ETag", '"1"')}
    return await caller.post(f"/v1/complaints/{complaint_id}/{command}", json=body, headers=headers)


async def test_up_to_the_first_limit_the_handlers_word_suffices(desk: Any) -> None:
    complaint_id = await agreed(desk, "1000.00")

    read = (await desk.handler.get(f"/v1/complaints/{complaint_id}/compensation")).json()
    needless = await posted(desk.supervisor, complaint_id, "approve-compensation")
    await desk.does(desk.kit.staff("finance"), complaint_id, "pay-compensation", PAID)

    assert (read["needs"], read["waits_for"], read["rule_version"]) == (
        "handler",
        "payment",
        "complaint.approval_limits@2020-03-01",
    )
    desk.refused(needless, 409, "nothing_to_approve")


async def test_above_the_first_limit_somebody_else_approves_before_it_is_paid(desk: Any) -> None:
    complaint_id, finance = await agreed(desk, "1000.01"), desk.kit.staff("finance")
    both = desk.kit.staff("complaint_handler", "complaint_supervisor", id=desk.handler_id)
    manager = desk.kit.staff("complaint_supervisor", id=desk.manager_id)

    unapproved = await posted(finance, complaint_id, "pay-compensation", PAID)
    for caller in (both, manager):
        refused = await posted(caller, complaint_id, "approve-compensation")
        desk.refused(refused, 403, "approver_not_independent")
    approved = await desk.approves(desk.supervisor, complaint_id, "approve-compensation")
    again = await posted(desk.executive, complaint_id, "approve-compensation")
    paid = await desk.does(finance, complaint_id, "pay-compensation", PAID)

    assert desk.refused(unapproved, 409, "compensation_not_approved")["needs"] == "second_person"
    assert (approved["approved_by"], approved["waits_for"]) == (str(desk.supervisor_id), "payment")
    desk.refused(again, 409, "nothing_to_approve")
    assert (paid["waits_for"], paid["paid_on"]) == (None, "2026-03-02")


async def test_above_the_second_limit_a_senior_executive_approves(desk: Any) -> None:
    complaint_id = await agreed(desk, "50000.01")

    refused = await posted(desk.supervisor, complaint_id, "approve-compensation")
    approved = await desk.approves(desk.executive, complaint_id, "approve-compensation")

    problem = desk.refused(refused, 403, "approval_above_limit")
    assert (problem["needs"], problem["office"]) == ("senior", "executive")
    assert approved["waits_for"] == "payment"


async def test_who_agreed_as_a_supervisor_does_not_approve(desk: Any) -> None:
    complaint_id = await agreed(desk, "2000.00", caller=desk.supervisor)

    own = await posted(desk.supervisor, complaint_id, "approve-compensation")

    desk.refused(own, 403, "approver_not_independent")
    await desk.approves(desk.kit.staff("complaint_supervisor"), complaint_id, "approve-compensation")


async def test_another_agreement_needs_another_approval_of_what_was_read(desk: Any) -> None:
    complaint_id = await agreed(desk, "2000.00")
    before = (await desk.row(complaint_id)).version
    await agreed(desk, "3000.00", complaint_id)
    path = f"/v1/complaints/{complaint_id}/approve-compensation"

    stale = await desk.supervisor.post(path, headers={"If-Match": f'"{before}"'})
    unread = await desk.supervisor.post(path)
    await desk.approves(desk.supervisor, complaint_id, "approve-compensation")
    await agreed(desk, "4000.00", complaint_id)

    desk.refused(stale, 412, "stale", "/header/If-Match")
    assert unread.status_code == 428
    read = (await desk.handler.get(f"/v1/complaints/{complaint_id}/compensation")).json()
    assert (read["amount"]["amount"], read["approved_by"], read["waits_for"]) == ("4000.00", None, "approval")


@pytest.mark.parametrize(("amount", "waits_for"), [("2000.00", "payment"), ("2000.01", "approval")])
async def test_what_the_approved_decision_pays_is_approved_with_it(desk: Any, amount: str, waits_for: str) -> None:
    desk.proposal["compensation"] = {"amount": "2000.00", "currency": "CNY"}
    complaint_id = await agreed(desk, amount)

    read = (await desk.handler.get(f"/v1/complaints/{complaint_id}/compensation")).json()

    is_decided = waits_for == "payment"
    expected = (str(desk.supervisor_id), "2026-03-02") if is_decided else (None, None)
    assert (read["waits_for"], read["approved_by"], read["approved_on"]) == (waits_for, *expected)
    case = (await desk.handler.get(f"/v1/complaints/{complaint_id}")).json()
    assert case["proposed_compensation"] == desk.proposal["compensation"]
    seen = (await desk.kit.client(desk.client_id).get(f"/v1/complaints/{complaint_id}")).json()
    assert seen["proposed_compensation"] is None


async def test_a_refused_agreement_is_gone_and_does_not_stand_against_the_closing(desk: Any) -> None:
    complaint_id = await agreed(desk, "2000.00", await desk.informed())
    wanted = {"reason": "金额缺乏依据"}

    own = await desk.kit.staff("complaint_supervisor", id=desk.handler_id).post(
        f"/v1/complaints/{complaint_id}/refuse-compensation", json=wanted
    )
    done = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/refuse-compensation", json=wanted)
    again = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/refuse-compensation", json=wanted)
    closed = await desk.does(desk.handler, complaint_id, "close", desk.closing)

    desk.refused(own, 403, "approver_not_independent")
    assert done.status_code == 204
    desk.refused(again, 409, "nothing_agreed")
    assert closed["compensation"] is None
    async with desk.kit.database.session() as session:
        kept = await session.execute(
            text("SELECT reason, facts FROM audit_entry WHERE action = 'complaint.compensation_refused'")
        )
        reason, facts = kept.one()
    assert (reason, facts["amount_fen"]) == (wanted["reason"], 200_000)


async def test_what_was_paid_is_neither_refused_nor_approved(desk: Any) -> None:
    complaint_id = await agreed(desk, "100.00")
    await desk.does(desk.kit.staff("finance"), complaint_id, "pay-compensation", PAID)

    for command, body in (("approve-compensation", None), ("refuse-compensation", {"reason": "不同意"})):
        desk.refused(await posted(desk.supervisor, complaint_id, command, body), 409, "compensation_paid")


async def test_new_facts_void_the_decision_and_what_was_agreed_on_it_unless_it_was_paid(desk: Any) -> None:
    unpaid, paid = await agreed(desk, "900.00"), await agreed(desk, "900.00")
    await desk.does(desk.kit.staff("finance"), paid, "pay-compensation", PAID)

    for complaint_id in (unpaid, paid):
        facts = {"arrived_on": "2026-03-02", "facts": "客户提交新的通话录音。"}
        await desk.does(desk.supervisor, complaint_id, "new-facts", facts)

    gone = await desk.handler.get(f"/v1/complaints/{unpaid}/compensation")
    desk.refused(gone, 404, "not_found")
    assert (await desk.handler.get(f"/v1/complaints/{paid}/compensation")).json()["paid_on"] == "2026-03-02"


async def test_a_handler_who_became_the_clients_manager_agrees_on_nothing(desk: Any) -> None:
    complaint_id = await desk.decided()
    await desk.managed_by(desk.handler_id)

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/agree-compensation", json=agreement("10.00"))

    desk.refused(answer, 409, "handler_excluded")


async def test_what_waits_for_approval_or_payment_is_listed(desk: Any) -> None:
    waiting = await agreed(desk, "2000.00")
    free = await agreed(desk, "100.00")
    done = await agreed(desk, "100.00")
    finance = desk.kit.staff("finance")
    await desk.does(finance, done, "pay-compensation", PAID)

    async def listed(query: str) -> list[str]:
        found = (await finance.get(f"/v1/compensations{query}")).json()["items"]
        return [one["complaint_id"] for one in found]

    assert set(await listed("")) == {waiting, free}
    assert await listed("?waits_for=approval") == [waiting]
    assert await listed("?waits_for=payment") == [free]
    assert (await finance.get("/v1/compensations?waits_for=luck")).status_code == 422
    assert (await desk.kit.staff("relationship_manager").get("/v1/compensations")).status_code == 403


async def test_an_agreement_from_before_the_limits_needs_a_senior_executive_or_is_agreed_anew(desk: Any) -> None:
    complaint_id = await agreed(desk, "100.00")
    async with desk.kit.database.transaction() as session:
        await session.execute(text("UPDATE compensation SET needs = NULL, rule_version = NULL"))

    unpaid = await posted(desk.kit.staff("finance"), complaint_id, "pay-compensation", PAID)
    refused = await posted(desk.supervisor, complaint_id, "approve-compensation")

    desk.refused(unpaid, 409, "compensation_not_approved")
    desk.refused(refused, 403, "approval_above_limit")
    read = (await desk.handler.get("/v1/compensations?waits_for=approval")).json()["items"]
    assert [one["complaint_id"] for one in read] == [complaint_id]
    await agreed(desk, "100.00", complaint_id)
    await desk.does(desk.kit.staff("finance"), complaint_id, "pay-compensation", PAID)


async def test_only_those_who_may_approve_do(desk: Any) -> None:
    complaint_id = await agreed(desk, "2000.00")

    for caller in (desk.handler, desk.agent, desk.kit.staff("finance"), desk.kit.client(desk.client_id)):
        for command, body in (("approve-compensation", None), ("refuse-compensation", {"reason": "不同意"})):
            assert (await posted(caller, complaint_id, command, body)).status_code == 403
    missing = await desk.supervisor.post(f"/v1/complaints/{new_id()}/refuse-compensation", json={"reason": "不同意"})
    desk.refused(missing, 404, "not_found")
