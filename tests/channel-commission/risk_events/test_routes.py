"""Risk events: an owner, a measure, and a check by somebody else; a severe one stops sales until it is closed."""

import random
from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id

EVENT = {
    "severity": "medium",
    "occurred_on": "2026-03-01",
    "facts": "客户投诉夸大宣传",
    "evidence": "录音2026-118",
    "measure": "网点整改与人员培训",
    "due_on": "2026-04-01",
}


async def reported(market: Any, channel: Any, **fields: Any) -> Any:
    owner = market.people.setdefault("channel_manager first", new_id())
    body = {**EVENT, "owner_id": str(owner), **fields}
    return await market.post("risk", f"/v1/channels/{channel}/risk-events", body, status=201)


async def close(market: Any, event: Any) -> Any:
    path = f"/v1/risk-events/{event['id']}"
    await market.post("channel_manager", f"{path}/report-measure", {"result": "整改完成"})
    return await market.post("risk", f"{path}/check", {"is_effective": True, "note": "抽查合格"}, who="checker")


@pytest.mark.parametrize("fields", [{"severity": "severe"}, {"severity": "low", "red_line": "cash_refund"}])
async def test_a_severe_event_or_a_red_line_stops_sales_until_it_is_closed(market: Any, fields: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product)
    event = await reported(market, channel, **fields)
    found = await market.get(f"/v1/channels/{channel}")
    assert (found["status"], found["suspension_reason"]) == ("suspended", "risk_event")
    assert (await market.kit.events())[-1] == "channel.suspended"
    refused = await market.post("compliance", f"/v1/channels/{channel}/resume", status=409)
    assert (refused["code"], refused["reasons"]) == ("channel_restricted", ["risk_event"])
    body = {"product_id": str(other), "bearer": "company", "valid_from": "2026-03-02"}
    new = await market.post("channel_manager", f"/v1/channels/{channel}/products", body, status=409)
    assert new["code"] == "channel_restricted"

    await close(market, event)
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "suspended"
    assert (await market.post("compliance", f"/v1/channels/{channel}/resume"))["status"] == "active"


async def test_a_channel_cannot_be_activated_around_an_open_severe_event(market: Any) -> None:
    channel = (await market.approved())["id"]
    await market.agreement(channel, [market.percent])
    await market.sign(channel)
    events = [await reported(market, channel, severity="severe") for _ in range(2)]
    await close(market, events[0])
    assert (await market.post("channel_manager", f"/v1/channels/{channel}/activate", status=409))["code"] == (
        "channel_restricted"
    )
    await close(market, events[1])
    assert (await market.post("channel_manager", f"/v1/channels/{channel}/activate"))["status"] == "active"


async def test_lesser_events_leave_the_channel_selling(market: Any) -> None:
    channel = await market.selling()
    for severity in ("low", "medium", "high"):
        await reported(market, channel, severity=severity)
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"


async def test_owner_and_reporter_of_a_measure_do_not_check_it(market: Any) -> None:
    channel = (await market.prospect())["id"]
    owner, doer = new_id(), new_id()
    event = await reported(market, channel, owner_id=str(owner))
    path = f"/v1/risk-events/{event['id']}"
    await market.kit.staff("risk", id=doer).post(f"{path}/report-measure", json={"result": "完成"})
    for person in (owner, doer):
        answer = await market.kit.staff("risk", id=person).post(
            f"{path}/check", json={"is_effective": True, "note": "好"}
        )
        assert answer.json()["code"] == "second_person_needed"


async def test_bad_days_are_refused_by_field(market: Any) -> None:
    channel = (await market.prospect())["id"]
    for fields, pointer in (
        ({"occurred_on": "2026-03-03"}, "/occurred_on"),
        ({"due_on": "2026-03-01"}, "/due_on"),
        ({"severity": "worst"}, "/severity"),
        ({"owner_id": "x"}, "/owner_id"),
    ):
        body = {**EVENT, "owner_id": str(new_id()), **fields}
        problem = await market.post("risk", f"/v1/channels/{channel}/risk-events", body, status=422)
        assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_walk_agrees_with_a_list_of_what_each_state_allows(market: Any, seed: int) -> None:
    dice, channel = random.Random(seed), await market.selling()
    event, state = await reported(market, channel, severity="severe"), "open"
    path, owner = f"/v1/risk-events/{event['id']}", event["owner_id"]
    for _ in range(15):
        step = dice.choice(["assign", "report-measure", "check good", "check bad", "resume", "wait"])
        if step == "wait":
            market.kit.now += timedelta(days=1)
        elif step == "assign":
            body = {"owner_id": owner, "measure": "再整改", "due_on": "2026-06-01"}
            await market.post("risk", f"{path}/assign", body, status=409 if state == "closed" else 200)
            state = "closed" if state == "closed" else "open"
        elif step == "report-measure":
            status = 200 if state == "open" else 409
            await market.post("channel_manager", f"{path}/report-measure", {"result": "完成"}, status=status)
            state = "measured" if state == "open" else state
        elif step == "resume":
            was = (await market.get(f"/v1/channels/{channel}"))["status"]
            status = 200 if state == "closed" and was == "suspended" else 409
            await market.post("compliance", f"/v1/channels/{channel}/resume", status=status)
        else:
            body = {"is_effective": step == "check good", "note": "核验"}
            status = 200 if state == "measured" else 409
            await market.post("risk", f"{path}/check", body, who="checker", status=status)
            if state == "measured":
                state = "closed" if step == "check good" else "open"
        (found,) = (await market.get("/v1/risk-events", channel_id=str(channel)))["items"]
        assert found["status"] == state, (seed, step)
        assert (await market.get(f"/v1/channels/{channel}"))["status"] == "suspended" or state == "closed"
