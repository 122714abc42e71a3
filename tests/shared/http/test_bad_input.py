from typing import Any

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit

NOTE: dict[str, Any] = {"title": "见面", "amount": {"amount": "12.50", "currency": "CNY"}}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"title": 5}, "/title"),
        ({"title": ""}, "/title"),
        ({"title": "长" * 121}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({"amount": 12.5}, "/amount"),
        ({"amount": {"amount": 12.5, "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "12.505", "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "NaN", "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "1e400", "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "-1.00", "currency": "CNY"}}, "/amount"),
        ({"amount": {"amount": "1.00", "currency": "USD"}}, "/amount/currency"),
        ({"place": 1001}, "/place"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_is_written(
    kit: ServiceKit, change: dict[str, Any], pointer: str
) -> None:
    answer = await kit.staff("admin").post("/v1/notes", json=NOTE | change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await kit.count("note") == 0


async def test_an_unknown_query_parameter_is_named(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").get("/v1/notes", params={"newst": "true"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/newst"


async def test_a_body_that_is_no_json_is_a_problem(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes", content="{", headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


async def test_a_body_over_the_limit_is_refused(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes", json=NOTE | {"title": "x" * 2_200_000})

    assert answer.status_code == 413


async def test_problem_answers_never_repeat_what_was_sent(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes", json=NOTE | {"title": ["13812345678"]})

    assert answer.status_code == 422
    assert "13812345678" not in answer.text


async def test_a_change_needs_the_version_that_was_read(kit: ServiceKit) -> None:
    caller = kit.staff("admin")
    note = (await caller.post("/v1/notes", json=NOTE)).json()
    path, params = f"/v1/notes/{note['id']}", {"title": "新"}

    assert (await caller.patch(path, params=params)).status_code == 428
    assert (await caller.patch(path, params=params, headers={"If-Match": "W/x"})).status_code == 412
    assert (await caller.patch(path, params=params, headers={"If-Match": '"1"'})).status_code == 200
    stale = await caller.patch(path, params=params, headers={"If-Match": '"1"'})

    assert stale.status_code == 412
    assert stale.json()["current"] == 2


async def test_an_unknown_id_is_not_found(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").patch(
        f"/v1/notes/{new_id()}", params={"title": "新"}, headers={"If-Match": '"1"'}
    )

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
