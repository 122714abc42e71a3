"""Doing, judging the effect, and complaints that come again: found for all actions at once, each once."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from complaints.worker import TIMERS
from shared.ids import new_id
from shared.timers import run_due

[AGAIN] = [timer for timer in TIMERS if timer.name == "improvement_recurrence"]


async def look(desk: Any) -> int:
    return await run_due(AGAIN, desk.kit.database, clock=lambda: desk.kit.now)


async def imported(desk: Any, *items: dict[str, Any]) -> list[str]:
    """Take in closed cases; an item says day of receipt, cause, product, channel."""
    numbered = [{"external_id": str(new_id()), "informed_on": one["received_on"]} | one for one in items]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "desk", "items": numbered})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


async def test_an_action_that_helped_is_over(desk: Any, works: Any) -> None:
    action = await works.opened()
    done = await works.done(action["id"])
    assert (done["status"], done["check_from"]) == ("done", works.day(30))
    early = {"is_effective": True, "findings": "x"}
    refused = desk.refused(await works.tries(works.judge, action["id"], "check", early), 409, "effect_check_too_early")
    assert refused["check_from"] == works.day(30)
    assert await works.listed("?checkable=true") == []

    desk.kit.now += timedelta(days=30)
    assert await works.listed("?checkable=true") == [action["id"]]
    read = await works.judged(action["id"], is_effective=True)

    assert (read["status"], read["check_from"], read["allowed"]) == ("effective", None, ["reopen"])
    [once] = (await works.effect(action["id"]))["rounds"]
    assert (once["is_effective"], once["evidence"]) == (True, "修订后的风险揭示书（版本2）及培训签到表")
    assert once["rule_version"] == "improvement.effect@2020-01-01"


async def test_an_action_that_did_not_help_opens_again_and_keeps_what_was_tried(desk: Any, works: Any) -> None:
    action = await works.opened()
    await works.done(action["id"])
    desk.kit.now += timedelta(days=31)

    again = await works.judged(action["id"], is_effective=False, due_on=works.day(10))
    await works.done(action["id"], evidence="系统已加入强制阅读")

    assert (again["status"], again["round"], again["due_on"]) == ("open", 2, works.day(10))
    first, second = (await works.effect(action["id"]))["rounds"]
    assert (first["is_effective"], second["is_effective"]) == (False, None)
    assert (first["due_on"], second["due_on"]) == ("2026-03-22", works.day(10))


async def test_somebody_else_judges_than_who_did_or_owns_it(desk: Any, works: Any) -> None:
    doer, owner = new_id(), new_id()
    both = {person: desk.kit.staff("consumer_protection", id=person) for person in (doer, owner)}
    for person in both:
        await desk.joined(person, "consumer_protection")
    action = await works.opened(owner_id=str(doer))
    await works.does(both[doer], action["id"], "report-done", {"done_on": works.day(), "evidence": "已发文"})
    desk.kit.now += timedelta(days=30)
    body = {"is_effective": True, "findings": "已见效"}

    desk.refused(await works.tries(both[doer], action["id"], "check", body), 409, "second_person_needed")
    desk.refused(await works.tries(desk.agent, action["id"], "check", body), 403, "forbidden")
    assert (await works.does(both[owner], action["id"], "check", body))["status"] == "effective"


async def test_only_the_owner_reports_and_on_a_day_that_can_be(desk: Any, works: Any) -> None:
    action = await works.opened()
    body = {"done_on": works.day(), "evidence": "已培训"}

    desk.refused(await works.tries(desk.supervisor, action["id"], "report-done", body), 403, "not_the_action_owner")
    for day in (-1, 1):
        wrong = body | {"done_on": works.day(day)}
        answer = await works.tries(works.owner, action["id"], "report-done", wrong)
        desk.refused(answer, 422, "day_out_of_range", "/done_on")


async def test_nobody_judges_without_having_seen_what_came_again(desk: Any, works: Any) -> None:
    product = str(new_id())
    action = await works.opened(await desk.closed(product_id=product))
    await works.done(action["id"])
    desk.kit.now += timedelta(days=30)
    seen = await works.read(action["id"])
    day = str(desk.kit.now.date())
    [again] = await imported(desk, {"received_on": day, "root_cause": "disclosure", "product_id": product})
    assert (await look(desk), await look(desk)) == (1, 0)

    path, body = f"/v1/improvement-actions/{action['id']}/check", {"is_effective": True, "findings": "无复发"}
    stale = await works.judge.post(path, json=body, headers={"If-Match": f'"{seen["version"]}"'})

    desk.refused(stale, 412, "stale")
    assert (await works.judge.post(path, json=body)).status_code == 428
    read = await works.read(action["id"])
    assert (read["recurrences"], await works.listed("?recurred=true")) == (1, [action["id"]])
    [shown] = (await works.effect(action["id"]))["recurrences"]
    assert shown == {"complaint_id": again, "round": 1, "received_on": day}


async def test_an_effective_action_is_opened_again_when_it_recurs(desk: Any, works: Any) -> None:
    action = await works.opened()
    await works.done(action["id"])
    desk.kit.now += timedelta(days=30)
    await works.judged(action["id"], is_effective=True)

    read = await works.does(works.judge, action["id"], "reopen", {"due_on": works.day(5), "reason": "再次发生"})

    assert (read["status"], read["round"], read["due_on"]) == ("open", 2, works.day(5))


async def test_the_same_matter_taken_up_again_did_not_come_again(desk: Any, works: Any) -> None:
    complaint_id = await desk.closed()
    action = await works.opened(complaint_id)
    await works.done(action["id"])
    desk.kit.now += timedelta(days=1)
    reopened = {"arrived_on": works.day(), "facts": "新证据", "source": "phone"}
    follow_up = (await desk.does(desk.supervisor, complaint_id, "reopen", reopened))["id"]
    codes = {"channel_code": "A1-03-2", "business_code": "B05-01-1", "reason_code": "C05"}
    await desk.does(desk.agent, follow_up, "classify", codes | {"why": "分类"})
    await desk.does(desk.supervisor, follow_up, "assign", {"handler_id": str(desk.handler_id)})
    await desk.does(desk.handler, follow_up, "propose", desk.proposal)
    await desk.approves(desk.supervisor, follow_up)
    await desk.inform(follow_up)
    await desk.does(desk.handler, follow_up, "close", desk.closing)

    assert await look(desk) == 0


@pytest.mark.parametrize("seed", range(3))
async def test_what_came_again_is_what_counting_by_hand_finds(desk: Any, works: Any, seed: int) -> None:
    chance, start = random.Random(seed), desk.kit.now.date()
    products = [None, str(new_id())]
    triples = [("disclosure", product, channel) for product in products for channel in (None, str(new_id()))]
    actions: dict[str, tuple[Any, date]] = {}
    for cause, product, channel in triples:
        case = {"received_on": str(start), "root_cause": cause, "product_id": product, "channel_id": channel}
        [complaint_id] = await imported(desk, {name: value for name, value in case.items() if value})
        action = await works.opened(complaint_id)
        actions[action["id"]] = ((cause, product, channel), desk.kit.now.date())
        await works.done(action["id"])
        desk.kit.now += timedelta(days=7)
    desk.kit.now += timedelta(days=110)
    items = []
    for _ in range(60):
        cause, product, channel = chance.choice(triples)
        given = {
            "received_on": str(start + timedelta(days=chance.randrange(130))),
            "root_cause": chance.choice([cause, "process", None]),
            "product_id": product,
            "channel_id": channel,
        }
        items.append({name: value for name, value in given.items() if value})
    taken = dict(zip(await imported(desk, *items), items, strict=True))

    await look(desk)

    for action_id, (triple, done) in actions.items():
        expected = {
            complaint_id
            for complaint_id, item in taken.items()
            if (item.get("root_cause"), item.get("product_id"), item.get("channel_id")) == triple
            and done < date.fromisoformat(item["received_on"]) <= done + timedelta(days=90)
        }
        found = [one["complaint_id"] for one in (await works.effect(action_id))["recurrences"]]
        assert sorted(found) == sorted(expected)
        assert (await works.read(action_id))["recurrences"] == len(expected)
