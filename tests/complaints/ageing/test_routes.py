"""Open cases by age: against a plain count, each number opening to exactly its cases."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

BANDS = [(0, 5), (6, 10), (11, 15), (16, 30), (31, 60), (61, None)]
TODAY = date(2026, 3, 2)


async def take_in(desk: Any, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    body = {"origin": "old", "items": items}
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)
    assert answer.status_code == 200, answer.text
    return {result["id"]: item for result, item in zip(answer.json()["results"], items, strict=True)}


def histories(random: Random, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place in range(number):
        received = TODAY - timedelta(days=random.choice([0, 1, 5, 6, 10, 11, 15, 16, 30, 31, 60, 61, 90]))
        item: dict[str, Any] = {"external_id": str(place), "received_on": str(received)}
        if random.random() < 0.3 and received < TODAY:
            item["informed_on"] = str(received + timedelta(days=1))
        elif random.random() < 0.2:
            item["withdrawn_on"] = str(received)
        found.append(item)
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_bands_equal_a_plain_count_and_open_to_exactly_their_cases(desk: Any, seed: int) -> None:
    taken = await take_in(desk, histories(Random(seed), 60))
    ages = {
        complaint_id: (TODAY - date.fromisoformat(item["received_on"])).days
        for complaint_id, item in taken.items()
        if "informed_on" not in item and "withdrawn_on" not in item
    }

    answer = (await desk.supervisor.get("/v1/complaint-ageing")).json()

    assert [(band["from_days"], band["to_days"]) for band in answer["bands"]] == BANDS
    assert (answer["on"], answer["open"]) == (str(TODAY), len(ages))
    assert answer["rule_version"] == "complaint.ageing_bands@2020-01-01"
    for band, (first, last) in zip(answer["bands"], BANDS, strict=True):
        inside = {one for one, age in ages.items() if first <= age and (last is None or age <= last)}
        for name, expected in (("open", inside), ("overdue", {one for one in inside if ages[one] > 15})):
            listed = (await desk.supervisor.get(band[name]["list"] + "&limit=200")).json()["items"]
            assert {one["id"] for one in listed} == expected, (band, name)
            assert band[name]["cases"] == len(expected)


async def test_an_empty_house_has_all_bands_with_lists_of_nothing(desk: Any) -> None:
    answer = (await desk.supervisor.get("/v1/complaint-ageing")).json()

    assert [band["open"]["cases"] for band in answer["bands"]] == [0] * len(BANDS)
    for band in answer["bands"]:
        assert (await desk.supervisor.get(band["open"]["list"])).json()["items"] == []
