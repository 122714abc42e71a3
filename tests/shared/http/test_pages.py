from typing import Any

import pytest

from shared.testing.service import ServiceKit


async def _notes(kit: ServiceKit, count: int) -> None:
    caller = kit.staff("admin")
    for number in range(count):
        note = {"title": f"n{number}", "amount": {"amount": "1.00"}, "place": number % 3}
        assert (await caller.post("/v1/notes", json=note)).status_code == 201


@pytest.mark.parametrize("newest", ["false", "true"])
async def test_pages_give_every_row_once_in_order(kit: ServiceKit, newest: str) -> None:
    await _notes(kit, 11)
    caller = kit.staff("admin")
    titles: list[str] = []
    params: dict[str, Any] = {"limit": 4, "newest": newest}
    for _ in range(4):
        page = (await caller.get("/v1/notes", params=params)).json()
        titles += [note["title"] for note in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    by_place = sorted((number % 3, number) for number in range(11))
    expected = [f"n{number}" for _, number in by_place]
    assert titles == (expected[::-1] if newest == "true" else expected)


async def test_a_cursor_of_another_list_is_refused(kit: ServiceKit) -> None:
    await _notes(kit, 3)
    caller = kit.staff("admin")
    cursor = (await caller.get("/v1/notes", params={"limit": 1})).json()["next_cursor"]

    for params in ({"cursor": cursor, "newest": "true"}, {"cursor": "garbage"}, {"cursor": cursor[:-6]}):
        answer = await caller.get("/v1/notes", params=params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


async def test_page_sizes_are_bounded(kit: ServiceKit) -> None:
    for limit in ("0", "201", "1e9", "-1"):
        answer = await kit.staff("admin").get("/v1/notes", params={"limit": limit})
        assert answer.status_code == 422
