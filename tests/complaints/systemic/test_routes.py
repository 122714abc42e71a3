"""The same cause too often: one issue that opens to its cases, decided by a person, put right by actions."""

import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from complaints.worker import HANDLERS, TIMERS
from shared.events.lineage import ClientMerged
from shared.ids import new_id
from shared.timers import run_due

NOT_ALLOWED = "issue_command_not_allowed"
[WATCH] = [timer for timer in TIMERS if timer.name == "systemic_issues"]


async def look(desk: Any) -> int:
    return await run_due(WATCH, desk.kit.database, clock=lambda: desk.kit.now)


async def closed(desk: Any, *items: dict[str, Any]) -> list[str]:
    """Take in closed cases, received some days `ago`; without a client each is another person's."""
    today = desk.kit.now.date()
    bodies = []
    for item in items:
        day = str(today - timedelta(days=item.get("ago", 0)))
        given = {"received_on": day, "informed_on": day, "root_cause": "process", "external_id": str(new_id())}
        given |= {name: value for name, value in item.items() if name != "ago"}
        bodies.append({name: value for name, value in given.items() if value is not None})
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "desk", "items": bodies})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


async def issues(desk: Any, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.agent.get(f"/v1/systemic-issues{query}")).json()["items"]
    return found


async def cases(desk: Any, path: str, caller: Any = None) -> list[str]:
    return [one["id"] for one in (await (caller or desk.agent).get(path)).json()["items"]]


async def detected(desk: Any, product: str | None = None) -> dict[str, Any]:
    plan = product or str(new_id())
    await closed(desk, *({"product_id": plan} for _ in range(3)))
    await look(desk)
    [issue] = await issues(desk, "?status=detected")
    return issue


async def does(desk: Any, issue_id: str, command: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.supervisor.post(f"/v1/systemic-issues/{issue_id}/{command}", json=body)
    assert answer.is_success, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def test_three_of_three_persons_are_one_issue_that_opens_to_its_cases(desk: Any) -> None:
    plan, channel = str(new_id()), str(new_id())
    given = {"product_id": plan, "channel_id": channel}
    two = await closed(desk, given, given | {"ago": 89})
    await closed(desk, given | {"ago": 90}, given | {"root_cause": "system"}, {"product_id": plan})
    assert await look(desk) == 0

    third = await closed(desk, given | {"ago": 40})
    assert await look(desk) == 1
    assert await look(desk) == 0

    [issue] = await issues(desk)
    assert (issue["root_cause"], issue["product_id"], issue["channel_id"]) == ("process", plan, channel)
    assert (issue["complaints"], issue["persons"], issue["before"], issue["grounds"]) == (3, 3, 1, ["rise"])
    assert (issue["window_from"], issue["window_to"]) == (str(desk.kit.now.date() - timedelta(days=89)), "2026-03-02")
    assert issue["rule_version"] == "systemic.detector@2020-01-01"
    assert issue["thresholds"]["times_percent"] == 200
    assert sorted(await cases(desk, issue["cases"])) == sorted(two + third)
    assert await cases(desk, issue["further_cases"]) == []


async def test_one_person_who_complains_often_is_no_issue(desk: Any) -> None:
    plan, merged = str(new_id()), new_id()
    survivor, other = new_id(), new_id()
    event = ClientMerged(
        occurred_at=desk.kit.now, client_id=merged, merged_client_id=merged, surviving_client_id=survivor, step=1
    )
    await desk.kit.receive(HANDLERS, event)
    people = [survivor, survivor, merged, other]
    await closed(desk, *({"product_id": plan, "client_id": str(person)} for person in people))

    assert await look(desk) == 0

    await closed(desk, {"product_id": plan, "client_id": str(new_id())})
    assert await look(desk) == 1
    [issue] = await issues(desk)
    assert (issue["complaints"], issue["persons"]) == (5, 3)


async def test_what_is_closed_later_joins_the_standing_issue(desk: Any) -> None:
    plan = str(new_id())
    issue = await detected(desk, plan)
    late, _ = await closed(desk, {"product_id": plan, "ago": 5}, {"product_id": plan, "root_cause": "staff"})

    assert (await look(desk), await look(desk)) == (1, 0)

    [read] = await issues(desk)
    assert (read["id"], read["complaints"], read["further"]) == (issue["id"], 3, 1)
    assert await cases(desk, read["further_cases"]) == [late]
    assert read["version"] == issue["version"] + 1


async def test_dismissed_cases_raise_no_other_issue_later_ones_do(desk: Any) -> None:
    plan = str(new_id())
    issue = await detected(desk, plan)

    read = await does(desk, issue["id"], "dismiss", {"reason": "同一活动的集中来电，已逐一说明"})
    assert (read["status"], read["allowed"]) == ("dismissed", [])
    await closed(desk, *({"product_id": plan} for _ in range(2)))
    assert await look(desk) == 0
    await closed(desk, {"product_id": plan})
    assert await look(desk) == 1

    [again] = await issues(desk, "?status=detected")
    assert again["complaints"] == 3
    assert "issue.confirmed" not in await desk.kit.events()


async def test_a_confirmed_issue_is_told_and_put_right_by_actions(desk: Any, works: Any) -> None:
    plan = str(new_id())
    issue = await detected(desk, plan)
    path = f"/v1/systemic-issues/{issue['id']}"
    refused = await desk.supervisor.post(f"{path}/improvement-actions", json=works.wanted())
    desk.refused(refused, 409, NOT_ALLOWED)

    await does(desk, issue["id"], "confirm", {"reason": "流程缺少复核环节"})
    type_, payload = (await desk.kit.outbox())[-1]
    action = await does(desk, issue["id"], "improvement-actions", works.wanted())

    assert (type_, payload["issue_id"]) == ("complaints.issue.confirmed.v1", issue["id"])
    assert (payload["product_id"], payload["complaints"], payload["persons"]) == (plan, 3, 3)
    assert (action["origin"], action["origin_id"], action["product_id"]) == ("issue", issue["id"], plan)
    resolution = {"resolution": "新流程已上线"}
    desk.refused(await desk.supervisor.post(f"{path}/resolve", json=resolution), 409, "issue_not_put_right")
    done = await works.done(action["id"])
    assert done["check_from"] == works.day(60)
    desk.kit.now += timedelta(days=60)
    await works.judged(action["id"], is_effective=True)
    assert (await does(desk, issue["id"], "resolve", resolution))["status"] == "resolved"


async def test_a_decision_is_made_once_by_who_may(desk: Any) -> None:
    issue = await detected(desk)
    path, reason = f"/v1/systemic-issues/{issue['id']}", {"reason": "流程缺陷"}

    desk.refused(await desk.handler.post(f"{path}/confirm", json=reason), 403, "forbidden")
    assert (await desk.supervisor.post(f"{path}/confirm", json={"reason": " "})).status_code == 422
    await does(desk, issue["id"], "confirm", reason)
    for command in ("confirm", "dismiss"):
        refused = desk.refused(await desk.supervisor.post(f"{path}/{command}", json=reason), 409, NOT_ALLOWED)
        assert refused["allowed"] == ["improvement-actions", "resolve"]
    desk.refused(await desk.supervisor.post(f"/v1/systemic-issues/{new_id()}/confirm", json=reason), 404, "not_found")


async def test_nobody_is_shown_a_case_about_themselves(desk: Any) -> None:
    plan, named = str(new_id()), new_id()
    about = await desk.closed(product_id=plan, named_staff_id=str(named))
    await closed(desk, *({"product_id": plan, "root_cause": "disclosure"} for _ in range(2)))
    await look(desk)
    [issue] = await issues(desk)

    assert about in await cases(desk, issue["cases"])
    assert about not in await cases(desk, issue["cases"], desk.kit.staff("executive", id=named))


@pytest.mark.parametrize("seed", range(4))
async def test_issues_are_what_counting_by_hand_finds(desk: Any, seed: int) -> None:
    chance, today = random.Random(seed), desk.kit.now.date()
    products, channels = [None, str(new_id())], [None, str(new_id())]
    people = [str(new_id()) for _ in range(5)]
    items = [
        {
            "ago": int(chance.triangular(0, 290, 20)),
            "root_cause": chance.choice(["process", "system", None]),
            "product_id": chance.choice(products),
            "channel_id": chance.choice(channels),
            "client_id": chance.choice([*people, None]),
        }
        for _ in range(chance.choice([25, 60, 120]))
    ]
    taken = dict(zip(await closed(desk, *items), items, strict=True))

    await look(desk)

    expected = {triple: ids for triple, ids in by_hand(taken, today).items() if ids}
    found = {(one["root_cause"], one["product_id"], one["channel_id"]): one for one in await issues(desk)}
    assert set(found) == set(expected)
    for triple, issue in found.items():
        assert sorted(await cases(desk, issue["cases"] + "&limit=200")) == sorted(expected[triple])
        assert issue["complaints"] == len(expected[triple])


def by_hand(taken: dict[str, dict[str, Any]], today: date) -> dict[Any, list[str]]:
    """Return the counted cases of each issue, written from the house's rule: 3 in 90 days, twice 180 days before."""
    groups: dict[Any, list[str]] = defaultdict(list)
    for complaint_id, item in taken.items():
        if item["root_cause"]:
            groups[item["root_cause"], item["product_id"], item["channel_id"]].append(complaint_id)
    found = {}
    for triple, ids in groups.items():
        now = [one for one in ids if taken[one]["ago"] < 90]
        before = [one for one in ids if 90 <= taken[one]["ago"] < 270]
        persons = {taken[one]["client_id"] or one for one in now}
        is_more = Fraction(len(now), 90) >= 2 * Fraction(len(before), 180) or len(now) >= 10
        found[triple] = now if len(now) >= 3 and len(persons) >= 3 and is_more else []
    return found
