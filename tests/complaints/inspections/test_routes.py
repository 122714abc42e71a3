"""An inspection is planned, and its sample drawn by a seed that nobody chooses and everybody can repeat."""

import hashlib
import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id


async def imported(desk: Any, *items: dict[str, Any]) -> list[str]:
    bodies = [{"external_id": str(new_id()), "received_on": "2026-02-10"} | one for one in items]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "desk", "items": bodies})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


async def inspector(desk: Any, *units: UUID) -> UUID:
    person = new_id()
    await desk.joined(person, "auditor", units=units or [new_id()])
    return person


def wanted(inspectors: list[UUID], **fields: Any) -> dict[str, Any]:
    given = {"title": "2026年2月投诉处理抽查", "received_from": "2026-02-01", "received_to": "2026-02-28"}
    return given | {"sample_size": 10, "inspector_ids": [str(one) for one in inspectors]} | fields


async def planned(desk: Any, **fields: Any) -> dict[str, Any]:
    auditor = desk.kit.staff("auditor")
    answer = await auditor.post("/v1/inspections", json=wanted([await inspector(desk)], **fields))
    assert answer.status_code == 201, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def drawn(desk: Any, inspection_id: str) -> dict[str, Any]:
    answer = await desk.kit.staff("auditor").post(f"/v1/inspections/{inspection_id}/draw-sample")
    assert answer.is_success, answer.text
    read: dict[str, Any] = answer.json()
    return read


async def sample(desk: Any, inspection_id: str) -> list[dict[str, Any]]:
    found = await desk.kit.staff("auditor").get(f"/v1/inspections/{inspection_id}/cases?limit=200")
    items: list[dict[str, Any]] = found.json()["items"]
    return items


@pytest.mark.parametrize("seed", range(3))
async def test_anybody_with_the_seed_finds_the_same_sample(desk: Any, seed: int) -> None:
    chance = random.Random(seed)
    channels = [None, str(new_id()), str(new_id())]
    items = [{"channel_id": channel} if (channel := chance.choices(channels, [6, 3, 1])[0]) else {} for _ in range(40)]
    taken = dict(zip(await imported(desk, *items), items, strict=True))
    await imported(desk, {"received_on": "2026-01-31"}, {"received_on": "2026-03-01"})
    inspection = await planned(desk, stratify_by="channel_id", sample_size=12)

    read = await drawn(desk, inspection["id"])

    strata: dict[str | None, list[str]] = defaultdict(list)
    for complaint_id, item in taken.items():
        strata[item.get("channel_id")].append(complaint_id)
    told = {one["stratum"]: (one["population"], one["drawn"]) for one in read["strata"]}
    assert {stratum: count for stratum, (count, _) in told.items()} == Counter(item.get("channel_id") for item in items)
    assert sum(count for _, count in told.values()) == 12
    expected = set()
    for stratum, ids in strata.items():
        by_mark = sorted(ids, key=lambda one: hashlib.sha256(f"{inspection['seed']}:{one}".encode()).hexdigest())
        expected |= set(by_mark[: told[stratum][1]])
    assert {one["complaint_id"] for one in await sample(desk, inspection["id"])} == expected


async def test_a_sample_is_drawn_once_and_kept(desk: Any) -> None:
    await imported(desk, {}, {})
    inspection = await planned(desk)
    await drawn(desk, inspection["id"])
    kept = await sample(desk, inspection["id"])
    await imported(desk, {})

    again = await desk.kit.staff("auditor").post(f"/v1/inspections/{inspection['id']}/draw-sample")

    refused = desk.refused(again, 409, "inspection_command_not_allowed")
    assert refused["allowed"] == ["complete", "examine", "improvement-actions"]
    assert await sample(desk, inspection["id"]) == kept
    assert len(kept) == 2


async def test_the_scope_is_what_the_plan_says(desk: Any) -> None:
    channel, product = str(new_id()), str(new_id())
    given = {"channel_id": channel, "product_id": product, "level": "major", "reason": "marketing"}
    [wanted_case] = await imported(desk, given)
    others = [given | {name: None} for name in ("channel_id", "product_id")]
    others += [given | {"level": "ordinary"}, given | {"reason": "pricing"}]
    await imported(desk, *({name: value for name, value in one.items() if value} for one in others))
    inspection = await planned(desk, **given)

    await drawn(desk, inspection["id"])

    assert [one["complaint_id"] for one in await sample(desk, inspection["id"])] == [wanted_case]


async def test_a_unit_is_inspected_by_others(desk: Any) -> None:
    house, unit, team = new_id(), new_id(), new_id()
    await desk.joined(desk.handler_id, "complaint_handler", units=[team, unit, house])
    complaint_id = await desk.assigned()
    await desk.registered()
    own, other, auditor = await inspector(desk, team, unit, house), await inspector(desk, house), "auditor"
    scope = {"unit_id": str(unit), "received_to": "2026-03-02"}
    caller = desk.kit.staff(auditor)

    refused = await caller.post("/v1/inspections", json=wanted([other, own], **scope))
    desk.refused(refused, 409, "inspector_unfit", "/inspector_ids/1")
    inspection = (await caller.post("/v1/inspections", json=wanted([other], **scope))).json()
    await drawn(desk, inspection["id"])

    assert [one["complaint_id"] for one in await sample(desk, inspection["id"])] == [complaint_id]
    detail = (await caller.get(f"/v1/inspections/{inspection['id']}")).json()
    assert (detail["inspector_ids"], detail["unit_id"]) == ([str(other)], str(unit))


async def test_a_plan_without_cases_is_drawn_later_or_canceled(desk: Any) -> None:
    inspection = await planned(desk)
    path, auditor = f"/v1/inspections/{inspection['id']}", desk.kit.staff("auditor")

    desk.refused(await auditor.post(f"{path}/draw-sample"), 409, "nothing_to_inspect")
    canceled = await auditor.post(f"{path}/cancel", json={"reason": "本期无投诉"})

    assert (canceled.json()["status"], canceled.json()["end_reason"]) == ("canceled", "本期无投诉")
    desk.refused(await auditor.post(f"{path}/draw-sample"), 409, "inspection_command_not_allowed")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"received_to": "2026-01-31"}, "/received_to"),
        ({"received_to": "2026-03-03"}, "/received_to"),
        ({"sample_size": 0}, "/sample_size"),
        ({"sample_size": 501}, "/sample_size"),
        ({"inspector_ids": []}, "/inspector_ids"),
        ({"stratify_by": "handler_id"}, "/stratify_by"),
        ({"seed": "chosen"}, "/seed"),
        ({"title": ""}, "/title"),
    ],
)
async def test_bad_plans_are_named(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    answer = await desk.kit.staff("auditor").post("/v1/inspections", json=wanted([await inspector(desk)], **fields))

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await desk.kit.count("inspection") == 0


async def test_an_inspector_is_known_and_named_once(desk: Any) -> None:
    caller, person = desk.kit.staff("compliance"), await inspector(desk)

    unknown = await caller.post("/v1/inspections", json=wanted([person, new_id()]))
    desk.refused(unknown, 409, "not_yet_known", "/inspector_ids/1")
    twice = await caller.post("/v1/inspections", json=wanted([person, person]))
    desk.refused(twice, 422, "inspector_twice", "/inspector_ids")


async def test_the_inspected_desk_plans_and_reads_no_inspection(desk: Any) -> None:
    inspection = await planned(desk)

    for caller in (desk.handler, desk.supervisor):
        desk.refused(await caller.get(f"/v1/inspections/{inspection['id']}"), 403, "forbidden")
        desk.refused(await caller.post("/v1/inspections", json=wanted([new_id()])), 403, "forbidden")
    found = await desk.executive.get("/v1/inspections?status=planned")
    assert [one["id"] for one in found.json()["items"]] == [inspection["id"]]


async def test_newest_inspections_come_first(desk: Any) -> None:
    first = await planned(desk)
    desk.kit.now += timedelta(days=1)
    second = await planned(desk)

    found = (await desk.kit.staff("auditor").get("/v1/inspections")).json()["items"]
    assert [one["id"] for one in found] == [second["id"], first["id"]]
