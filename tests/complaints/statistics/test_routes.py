"""The numbers of a period against a count in plain Python, and the lists behind every number."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from shared.ids import new_id

FIRST, LAST = "2025-01-05", "2025-02-10"
PERIOD = {"received_from": FIRST, "received_to": LAST}
MONEY = {"amount": "100.00", "currency": "CNY"}


async def take_in(desk: Any, items: list[dict[str, Any]]) -> list[str]:
    body = {"origin": "cfpb", "items": items}
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)
    assert answer.status_code == 200, answer.text
    assert {result["status"] for result in answer.json()["results"]} == {"created"}, answer.text
    return [result["id"] for result in answer.json()["results"]]


def histories(random: Random, number: int) -> list[dict[str, Any]]:
    channels = [str(new_id()) for _ in range(2)]
    found = []
    for place in range(number):
        received = date(2025, 1, 1) + timedelta(days=random.randrange(45))
        item: dict[str, Any] = {"external_id": str(place), "received_on": str(received)}
        if random.random() < 0.7:
            item["channel_id"] = random.choice(channels)
        if random.random() < 0.8:
            item["product_class"] = random.choice(["Mortgage", "Credit card & fees=?", "+1"])
        if random.random() < 0.7:
            item["informed_on"] = str(received + timedelta(days=random.choice([10, 15, 16, 20])))
            item["is_upheld"] = random.random() < 0.5
            item["review_requested"] = random.random() < 0.3
            if random.random() < 0.6:
                item |= {"root_cause": random.choice(["process", "channel"]), "compensation": MONEY}
        elif random.random() < 0.4:
            item["withdrawn_on"] = str(received + timedelta(days=3))
        found.append(item)
    return found


def counted(item: dict[str, Any]) -> set[str]:
    """Which numbers count a case of the past today: written apart from the SQL."""
    received, informed = date.fromisoformat(item["received_on"]), item.get("informed_on")
    found = {"received"}
    if informed:
        days = (date.fromisoformat(informed) - received).days
        found |= {"informed", "in_time" if days <= 15 else "late"}
        found |= {
            name for name, holds in (("upheld", item["is_upheld"]), ("reviewed", item["review_requested"])) if holds
        }
        found |= {"compensated"} if "compensation" in item else set()
    elif "withdrawn_on" in item:
        found.add("withdrawn")
    else:
        found |= {"open", "overdue"}
    return found


@pytest.mark.parametrize("by", ["product_class", "channel_id", "root_cause"])
async def test_numbers_equal_a_plain_count_and_open_to_exactly_their_cases(desk: Any, by: str) -> None:
    items = histories(Random(by), 60)
    ids = await take_in(desk, items)
    expected: dict[Any, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item, complaint_id in zip(items, ids, strict=True):
        if FIRST <= item["received_on"] <= LAST:
            for figure in counted(item):
                expected[item.get(by)][figure].add(complaint_id)

    answer = (await desk.supervisor.get("/v1/complaint-statistics", params=PERIOD | {"by": by})).json()

    groups = {group["values"][by]: group for group in answer["groups"]}
    assert set(groups) == set(expected)
    for value, group in groups.items():
        for figure, number in group["figures"].items():
            listed = (await desk.supervisor.get(number["list"], params=None)).json()["items"]
            assert {one["id"] for one in listed} == expected[value][figure], (value, figure)
            assert number["cases"] == len(listed)
        paid = 100 * len(expected[value]["compensated"])
        assert group["compensation"] == {"amount": f"{paid}.00", "currency": "CNY"}


async def test_a_table_of_three_dimensions_adds_up_and_every_cell_opens_to_exactly_its_cases(desk: Any) -> None:
    dimensions = ("root_cause", "product_class", "channel_id")
    items = histories(Random("cube"), 50)
    ids = await take_in(desk, items)
    expected: dict[Any, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item, complaint_id in zip(items, ids, strict=True):
        if FIRST <= item["received_on"] <= LAST:
            for figure in counted(item):
                expected[tuple(item.get(one) for one in dimensions)][figure].add(complaint_id)

    answer = (await desk.supervisor.get("/v1/complaint-statistics", params=PERIOD | {"by": dimensions})).json()

    cells = {tuple(group["values"][one] for one in dimensions): group for group in answer["groups"]}
    assert set(cells) == set(expected)
    for place, cell in cells.items():
        for figure in ("received", "in_time", "upheld", "compensated"):
            listed = (await desk.supervisor.get(cell["figures"][figure]["list"])).json()["items"]
            assert {one["id"] for one in listed} == expected[place][figure], (place, figure)
            assert cell["figures"][figure]["cases"] == len(listed)
    for figure, number in answer["total"]["figures"].items():
        assert number["cases"] == sum(cell["figures"][figure]["cases"] for cell in cells.values())
        assert len(await every(desk.supervisor, number["list"])) == number["cases"], figure


async def every(caller: Any, path: str) -> list[Any]:
    """Return all items of a list, page by page."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = (await caller.get(f"{path}&limit=20{cursor}")).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_the_in_time_rate_counts_who_is_overdue_and_not_informed(desk: Any) -> None:
    ended = {"received_on": "2026-01-05", "is_upheld": True}
    await take_in(
        desk,
        [
            {"external_id": "1", **ended, "informed_on": "2026-01-10"},
            {"external_id": "2", **ended, "informed_on": "2026-01-10"},
            {"external_id": "3", **ended, "informed_on": "2026-02-10"},
            {"external_id": "4", "received_on": "2026-01-05"},
            {"external_id": "5", "received_on": "2026-02-20"},
        ],
    )

    query = {"received_from": "2026-01-01", "received_to": "2026-02-28"}
    answer = (await desk.supervisor.get("/v1/complaint-statistics", params=query)).json()

    assert answer["total"]["in_time_rate_bp"] == 5_000


async def test_cases_that_came_again_while_they_ran_are_counted_apart(desk: Any) -> None:
    again, _once = await desk.registered(), await desk.registered()
    for _ in range(2):
        body = {"method": "phone", "facts": "再次来电催办"}
        assert (await desk.agent.post(f"/v1/complaints/{again}/repeats", json=body)).is_success

    query = {"received_from": "2026-03-01", "received_to": "2026-03-31"}
    figures = (await desk.supervisor.get("/v1/complaint-statistics", params=query)).json()["total"]["figures"]

    assert (figures["merged"]["cases"], figures["repeated"]["cases"]) == (1, 0)
    listed = (await desk.supervisor.get(figures["merged"]["list"])).json()["items"]
    assert [one["id"] for one in listed] == [again]


async def test_a_list_of_cases_with_a_value_and_without_it_is_refused(desk: Any) -> None:
    query = PERIOD | {"figure": "received", "level": "major", "without": "level"}
    answer = await desk.supervisor.get("/v1/complaint-statistics/cases", params=query)
    desk.refused(answer, 422, "named_twice", "/query/without")


async def test_extended_and_reclassified_cases(desk: Any) -> None:
    kept, gone = await desk.assigned(), await desk.registered(reason="pricing")
    extension = {"reason": "案情复杂", "complainant_told_on": "2026-03-02"}
    await desk.does(desk.supervisor, kept, "extend", extension)
    await desk.does(desk.supervisor, gone, "reclassify", {"kind": "enquiry", "reason": "只是咨询"})

    query = {"received_from": "2026-03-01", "received_to": "2026-03-31"}
    answer = (await desk.supervisor.get("/v1/complaint-statistics", params=query)).json()

    (group,) = answer["groups"]
    assert (group["values"], group["figures"]["extended"]["cases"]) == ({"reason": "disclosure"}, 1)
    assert (group["in_time_rate_bp"], group["extension_rate_bp"], group["repeat_rate_bp"]) == (None, 10_000, 0)


async def test_nobodys_numbers_count_a_complaint_about_themselves(desk: Any) -> None:
    named = new_id()
    await desk.registered(named_staff_id=str(named))
    query = {"received_from": "2026-03-02", "received_to": "2026-03-02", "figure": "received", "reason": "disclosure"}

    for caller, number in ((desk.supervisor, 1), (desk.kit.staff("executive", id=named), 0)):
        assert len((await caller.get("/v1/complaint-statistics/cases", params=query)).json()["items"]) == number


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"received_to": "2025-01-04"}, "period_empty", "/query/received_to"),
        ({"received_from": "yesterday"}, "invalid", "/query/received_from"),
        ({"by": "client_id"}, "invalid", "/query/by/0"),
        ({"by": ["level", "level"]}, "named_twice", "/query/by"),
        ({"by": ["level", "reason", "source", "regime"]}, "invalid", "/query/by"),
    ],
)
async def test_bad_input_is_named(desk: Any, fields: dict[str, Any], code: str, pointer: str) -> None:
    desk.refused(await desk.supervisor.get("/v1/complaint-statistics", params=PERIOD | fields), 422, code, pointer)


@pytest.mark.parametrize("role", ["relationship_manager", "team_lead", "operations"])
async def test_numbers_of_the_whole_house_are_for_the_desk_and_the_watch(desk: Any, role: str) -> None:
    desk.refused(await desk.kit.staff(role).get("/v1/complaint-statistics", params=PERIOD), 403, "forbidden")
