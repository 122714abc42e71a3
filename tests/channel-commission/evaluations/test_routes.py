"""Evaluations: due by schedule and trigger, decided by a second person, and what late or failed ones lead to."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channel_commission.evaluations.service import watch
from shared.ids import new_id

REPORT = {
    "stability": "stable",
    "stability_findings": "销售团队稳定，系统对接正常",
    "conformity": "compliant",
    "conformity_findings": "双录抽查合格，无监管处罚",
    "evidence": "PG-2026-01",
}


async def tick(market: Any, day: str | None = None) -> None:
    if day:
        market.kit.now = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
    for _ in range(2):  # the second time nothing is left to do
        async with market.kit.database.transaction() as session:
            await watch(session, market.kit.now, 100)


async def evaluations(market: Any, channel: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await market.get("/v1/channel-evaluations", channel_id=str(channel)))["items"]
    return found


async def scorecard(market: Any, channel: Any) -> str:
    body = {"start": "2026-01-01", "until": "2026-03-01", "channel_id": str(channel)}
    await market.post("channel_manager", "/v1/channel-scorecards/compute", body)
    found: str = (await market.get("/v1/channel-scorecards", channel_id=str(channel)))["items"][-1]["id"]
    return found


async def evaluated(market: Any, channel: Any, evaluation: Any, **fields: Any) -> Any:
    path = f"/v1/channel-evaluations/{evaluation['id']}"
    body = {**REPORT, "scorecard_id": await scorecard(market, channel), **fields}
    await market.post("channel_manager", f"{path}/submit", body)
    return await market.post("compliance", f"{path}/decide", {"note": "同意评估结论"})


async def may_take_products(market: Any, channel: Any) -> bool:
    body = {"product_id": str(await market.product()), "bearer": "company", "valid_from": "2026-03-02"}
    answer = await market.staff("channel_manager").post(f"/v1/channels/{channel}/products", json=body)
    if answer.status_code == 409:
        assert answer.json()["reasons"] == ["evaluation"]
    return bool(answer.status_code == 201)


async def started(market: Any, day: str) -> Any:
    channel = (await market.approved())["id"]
    await market.agreement(channel, [market.percent])
    await market.activate(channel, day)
    return channel


async def test_a_yearly_evaluation_opens_before_it_is_due_and_late_it_stops_products_then_sales(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    await tick(market, "2026-12-10")
    assert await evaluations(market, channel) == []
    await tick(market, "2026-12-11")
    (due,) = await evaluations(market, channel)
    assert (due["kind"], due["due_on"], due["stage"]) == ("periodic", "2027-01-10", "none")
    await tick(market, "2027-01-10")
    assert await may_take_products(market, channel)
    await tick(market, "2027-01-11")
    assert not await may_take_products(market, channel)
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"
    await tick(market, "2027-02-09")
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"
    await tick(market, "2027-02-10")
    found = await market.get(f"/v1/channels/{channel}")
    assert (found["status"], found["suspension_reason"]) == ("suspended", "evaluation")
    refused = await market.post("compliance", f"/v1/channels/{channel}/resume", status=409)
    assert refused["reasons"] == ["evaluation"]

    assert (await evaluated(market, channel, due))["status"] == "passed"
    assert (await market.post("compliance", f"/v1/channels/{channel}/resume"))["status"] == "active"
    assert await may_take_products(market, channel)
    await tick(market, "2028-01-01")
    assert [one["due_on"] for one in await evaluations(market, channel)] == ["2027-01-10"]
    await tick(market, "2028-01-11")
    assert [one["due_on"] for one in await evaluations(market, channel)] == ["2027-01-10", "2028-02-10"]


async def test_after_a_long_downtime_each_step_is_taken_once(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    await tick(market, "2027-12-01")
    (due,) = await evaluations(market, channel)
    assert due["stage"] == "suspended"
    rows = await market.rows("SELECT effect FROM channel_restriction ORDER BY effect")
    assert [row.effect for row in rows] == ["new_products", "sales"]
    assert (await market.kit.events()).count("channel.suspended") == 1


async def test_a_grave_risk_event_or_a_red_line_calls_for_one_evaluation(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    body = {"occurred_on": "2026-03-01", "facts": "x", "evidence": "x", "measure": "x", "due_on": "2026-06-01"}
    for severity, red_line in (("low", None), ("high", None), ("low", "cash_refund")):
        fields = {"severity": severity, "red_line": red_line, "owner_id": str(new_id())}
        await market.post("risk", f"/v1/channels/{channel}/risk-events", {**body, **fields}, status=201)
    await tick(market)
    found = await evaluations(market, channel)
    assert [(one["kind"], one["due_on"]) for one in found] == [("risk_event", "2026-04-01")] * 2


async def test_a_failed_evaluation_stops_products_then_sales_until_a_later_one_passes(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    order = {"due_on": "2026-03-20", "reason": "专项检查"}
    first = await market.post("compliance", f"/v1/channels/{channel}/evaluations", order, status=201)
    twice = await market.post("compliance", f"/v1/channels/{channel}/evaluations", order, status=409)
    assert twice["code"] == "evaluation_open"
    failed = await evaluated(market, channel, first, conformity="violating")
    assert (failed["status"], failed["against"], failed["stage"]) == ("failed", ["violating"], "no_new_products")
    assert not await may_take_products(market, channel)
    type_, told = (await market.kit.outbox())[-1]
    assert (type_, told["has_passed"]) == ("channel-commission.channel.evaluated.v1", False)
    await tick(market, "2026-03-31")
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"
    await tick(market, "2026-04-01")
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "suspended"

    again = {"due_on": "2026-05-01", "reason": "整改复评"}
    second = await market.post("compliance", f"/v1/channels/{channel}/evaluations", again, status=201)
    assert (await evaluated(market, channel, second))["status"] == "passed"
    assert {one["settled_at"] is not None for one in await evaluations(market, channel)} == {True}
    assert (await market.post("compliance", f"/v1/channels/{channel}/resume"))["status"] == "active"
    assert await may_take_products(market, channel)


async def test_who_evaluated_does_not_decide_and_a_foreign_scorecard_is_refused(market: Any) -> None:
    channel, other = await started(market, "2026-01-10"), await started(market, "2026-01-10")
    order = {"due_on": "2026-03-20", "reason": "专项检查"}
    due = await market.post("compliance", f"/v1/channels/{channel}/evaluations", order, status=201)
    path = f"/v1/channel-evaluations/{due['id']}"
    early = await market.post("compliance", f"{path}/decide", {"note": "x"}, status=409)
    assert (early["code"], early["allowed"]) == ("evaluation_status_forbids", ["submit"])
    foreign = {**REPORT, "scorecard_id": await scorecard(market, other)}
    problem = await market.post("compliance", f"{path}/submit", foreign, status=422)
    assert problem["errors"][0]["pointer"] == "/scorecard_id"

    body = {**REPORT, "scorecard_id": await scorecard(market, channel)}
    await market.post("compliance", f"{path}/submit", body)
    own = await market.post("compliance", f"{path}/decide", {"note": "x"}, status=409)
    assert own["code"] == "second_person_needed"
    assert (await market.post("compliance", f"{path}/decide", {"note": "x"}, who="other"))["status"] == "passed"


async def test_grade_d_twice_proposes_exit_and_a_second_person_decides(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    body = {"severity": "severe", "occurred_on": "2026-02-01", "facts": "x", "evidence": "x", "measure": "x"}
    body |= {"owner_id": str(new_id()), "due_on": "2026-06-01"}
    await market.post("risk", f"/v1/channels/{channel}/risk-events", body, status=201)
    for turn in range(2):
        order = {"due_on": "2026-03-20", "reason": f"第{turn}次"}
        due = await market.post("compliance", f"/v1/channels/{channel}/evaluations", order, status=201)
        assert (await evaluated(market, channel, due))["grade"] == "D"
        proposals = (await market.get("/v1/exit-proposals", channel_id=channel))["items"]
        assert len(proposals) == turn
    (proposal,) = proposals
    assert (proposal["reason"], proposal["proposed_by"]) == ("grade_d_twice", None)

    path = f"/v1/exit-proposals/{proposal['id']}/decide"
    decided = await market.post("executive", path, {"is_accepted": True, "note": "终止合作"})
    assert decided["status"] == "accepted"
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "terminated"
    assert (await market.post("executive", path, {"is_accepted": False, "note": "x"}, status=409))["code"] == (
        "exit_decided"
    )


async def test_nobody_decides_on_an_exit_they_proposed(market: Any) -> None:
    channel = await started(market, "2026-01-10")
    person = market.kit.staff("risk", "compliance", "executive", id=new_id())
    path = f"/v1/channels/{channel}/exit-proposals"
    proposal = (await person.post(path, json={"note": "经营异常"})).json()
    assert (await market.post("risk", path, {"note": "x"}, status=409))["code"] == "exit_is_proposed"
    decide = f"/v1/exit-proposals/{proposal['id']}/decide"
    own = await person.post(decide, json={"is_accepted": True, "note": "x"})
    assert own.json()["code"] == "second_person_needed"
    rejected = await market.post("executive", decide, {"is_accepted": False, "note": "整改后再议"})
    assert rejected["status"] == "rejected"
    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"


@pytest.mark.parametrize("seed", range(3))
async def test_on_a_random_walk_what_is_forbidden_is_what_a_plain_list_says(market: Any, seed: int) -> None:
    """The model keeps, per evaluation, the day from which it counts; it forbids by counting days, nothing else."""
    dice, channel = random.Random(seed), await started(market, "2026-01-10")
    today, counts, suspended = market.kit.now.date(), dict[str, Any](), False
    for _ in range(16):
        step = dice.choice(["order", "submit", "decide pass", "decide fail", "wait", "wait", "resume"])
        to_do = sorted(id for id, (state, _) in counts.items() if state == "todo")
        if step == "order" and not to_do:
            due = today + timedelta(days=dice.randrange(0, 20))
            body = {"due_on": due.isoformat(), "reason": "专项"}
            made = await market.post("compliance", f"/v1/channels/{channel}/evaluations", body, status=201)
            counts[made["id"]] = ("todo", due + timedelta(days=1))
        elif step.startswith("decide") and to_do:
            id = to_do[0]
            conformity = "compliant" if step == "decide pass" else "violating"
            await evaluated(market, channel, {"id": id}, conformity=conformity)
            if step == "decide pass":
                counts = {other: value for other, value in counts.items() if value[0] == "todo" and other != id}
            else:
                counts[id] = ("failed", min(today, counts[id][1]))
        elif step == "wait":
            today += timedelta(days=dice.randrange(1, 25))
        await tick(market, today.isoformat())
        days = [(today - since).days for _, since in counts.values() if since <= today]
        suspended = suspended or any(n >= 30 for n in days)
        if step == "resume":
            stops = any(n >= 30 for n in days)
            status = 200 if suspended and not stops else 409
            await market.post("compliance", f"/v1/channels/{channel}/resume", status=status)
            suspended = suspended and status != 200
        assert await may_take_products(market, channel) is not bool(days), (seed, step)
        assert ((await market.get(f"/v1/channels/{channel}"))["status"] == "suspended") is suspended, (seed, step)
