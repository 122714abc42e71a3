from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit

NEW: dict[str, Any] = {
    "number": "XT-2026-900",
    "name": "鑫享成长2号集合资金信托计划",
    "kind": "mixed",
    "grade": "R3",
    "term_months": 18,
}


async def test_a_listed_product_answers_with_its_smallest_subscription_and_tells_it_was_listed(
    kit: ServiceKit, desk: Any
) -> None:
    answer = await desk.makers.post("/v1/products", json={**NEW, "fee_rate": "0.0085", "share_classes": ["A", "B"]})

    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    product = answer.json()
    assert product["status"] == "listed"
    assert product["minimum_amount"] == desk.yuan("400000.00")
    assert product["fee_rate"] == "0.0085"
    assert not product["takes_subscriptions"]
    [(type_, event)] = await kit.outbox()
    assert type_ == "client-profile.product.listed.v1"
    assert (event["product_id"], event["kind"], event["grade"], event["term_months"]) == (
        product["id"],
        "mixed",
        "R3",
        18,
    )


BAD: list[tuple[dict[str, Any], str]] = [
    ({"color": "red"}, "/color"),
    ({"number": "no spaces"}, "/number"),
    ({"name": ""}, "/name"),
    ({"name": "长" * 121}, "/name"),
    ({"name": "a\x00b"}, "/name"),
    ({"kind": "lottery"}, "/kind"),
    ({"grade": "R6"}, "/grade"),
    ({"grade": 3}, "/grade"),
    ({"term_months": 0}, "/term_months"),
    ({"term_months": "long"}, "/term_months"),
    ({"fee_rate": 0.01}, "/fee_rate"),
    ({"fee_rate": "1"}, "/fee_rate"),
    ({"fee_rate": "-0.01"}, "/fee_rate"),
    ({"fee_rate": "0.000000001"}, "/fee_rate"),
    ({"share_classes": ["a b"]}, "/share_classes/0"),
]


async def test_bad_input_is_pointed_at_and_leaves_nothing(kit: ServiceKit, desk: Any) -> None:
    for change, pointer in BAD:
        answer = await desk.makers.post("/v1/products", json={**NEW, **change})

        assert answer.status_code == 422, change
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("product") == 0
    assert await kit.outbox() == []


async def test_a_second_product_with_the_number_is_refused(kit: ServiceKit, desk: Any) -> None:
    await desk.product(number="XT-2026-900")

    answer = await desk.makers.post("/v1/products", json=NEW)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert await kit.count("product") == 1


async def test_the_same_key_with_another_body_is_refused_and_with_the_same_body_replayed(
    kit: ServiceKit, desk: Any
) -> None:
    headers = {"Idempotency-Key": "listing-of-number-900"}
    makers = desk.makers
    first = await makers.post("/v1/products", json=NEW, headers=headers)

    again = await makers.post("/v1/products", json=NEW, headers=headers)
    other = await makers.post("/v1/products", json={**NEW, "name": "另一个名称"}, headers=headers)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await kit.count("product") == 1


async def test_a_product_lives_from_listing_to_maturity_by_its_commands(kit: ServiceKit, desk: Any) -> None:
    product = await desk.product()
    await desk.establish(product)
    answer = await desk.makers.post(f"/v1/products/{product['id']}/mature")

    assert answer.json()["status"] == "matured"
    assert answer.json()["established_on"] == "2026-03-02"
    assert await kit.events() == ["product.listed", "product.raising_opened", "product.established", "product.matured"]


async def test_a_command_out_of_turn_is_refused_with_what_is_allowed(kit: ServiceKit, desk: Any) -> None:
    product = await desk.product()

    answer = await desk.makers.post(f"/v1/products/{product['id']}/mature")

    assert answer.status_code == 409
    assert answer.json()["code"] == "product_state_forbids"
    assert answer.json()["state"] == "raising"
    assert answer.json()["allowed"] == ["establish", "fail", "regrade"]
    assert await kit.events() == ["product.listed", "product.raising_opened"]


async def test_a_new_grade_is_told_with_the_old_one_and_audited(kit: ServiceKit, desk: Any) -> None:
    product = await desk.product(grade="R2")
    path = f"/v1/products/{product['id']}/regrade"
    risk = kit.staff("risk")

    answer = await risk.post(path, json={"grade": "R4", "reason": "底层资产评级下调"})
    same = await risk.post(path, json={"grade": "R4", "reason": "重复"})

    assert answer.json()["grade"] == "R4"
    assert (same.status_code, same.json()["code"]) == (409, "grade_unchanged")
    type_, event = (await kit.outbox())[-1]
    assert type_ == "client-profile.product.regraded.v1"
    assert (event["grade"], event["previous"]) == ("R4", "R2")
    assert await kit.count("audit_entry WHERE action = 'product.regraded'") == 1


async def established(desk: Any, *, on: str = "2026-03-02", **fields: Any) -> str:
    product = await desk.product(**fields)
    path = f"/v1/products/{product['id']}/establish"
    assert (await desk.operations.post(path, json={"established_on": on})).status_code == 200
    return f"/v1/products/{product['id']}"


async def test_a_term_is_extended_to_a_later_day_and_told(kit: ServiceKit, desk: Any) -> None:
    path = await established(desk, term_months=24)
    wanted = {"ends_on": "2028-09-02", "resolution": "受益人大会决议〔2026〕1号", "reason": "底层资产处置需要时间"}

    same = await desk.makers.post(f"{path}/extend", json={**wanted, "ends_on": "2028-03-02"})
    answer = await desk.makers.post(f"{path}/extend", json=wanted)
    earlier = await desk.makers.post(f"{path}/extend", json={**wanted, "ends_on": "2028-06-02"})

    for refused, current in ((same, "2028-03-02"), (earlier, "2028-09-02")):
        assert (refused.status_code, refused.json()["code"]) == (422, "term_not_extended")
        assert refused.json()["errors"][0]["pointer"] == "/ends_on"
        assert refused.json()["ends_on"] == current
    assert (answer.json()["ends_on"], answer.json()["extended_to"]) == ("2028-09-02", "2028-09-02")
    type_, event = (await kit.outbox())[-1]
    assert (type_, event["ends_on"]) == ("client-profile.product.extended.v1", "2028-09-02")
    assert await kit.count("audit_entry WHERE action = 'product.extended'") == 1


async def test_an_open_ended_plan_and_one_that_still_raises_have_no_term_to_extend(desk: Any) -> None:
    wanted = {"ends_on": "2028-09-02", "resolution": "合同第12条", "reason": "展期"}
    raising = await desk.product()

    open_ended = await desk.makers.post(f"{await established(desk, term_months=None)}/extend", json=wanted)
    too_early = await desk.makers.post(f"/v1/products/{raising['id']}/extend", json=wanted)

    assert (open_ended.status_code, open_ended.json()["code"]) == (422, "term_not_extended")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "product_state_forbids")


async def test_a_payment_that_did_not_come_is_told_and_the_earliest_day_is_shown(kit: ServiceKit, desk: Any) -> None:
    path = await established(desk, on="2026-02-20")
    risk, wanted = kit.staff("risk"), {"payable_on": "2026-03-02", "reason": "融资方未按期还款"}

    future = await risk.post(f"{path}/report-payment-delay", json={**wanted, "payable_on": "2026-03-03"})
    answer = await risk.post(f"{path}/report-payment-delay", json={**wanted, "expected_on": "2026-06-30"})
    before = await risk.post(f"{path}/report-payment-delay", json={**wanted, "payable_on": "2026-02-27"})
    unborn = await risk.post(f"{path}/report-payment-delay", json={**wanted, "payable_on": "2026-02-19"})

    assert (future.status_code, future.json()["code"]) == (422, "date_in_future")
    assert (unborn.status_code, unborn.json()["code"]) == (422, "delay_before_establishment")
    assert answer.json()["payment_delayed_since"] == "2026-03-02"
    assert before.json()["payment_delayed_since"] == "2026-02-27"
    told = [event["payable_on"] for type_, event in await kit.outbox() if "payment_delayed" in type_]
    assert told == ["2026-03-02", "2026-02-27"]
    assert await kit.count("audit_entry WHERE action = 'product.payment_delayed'") == 2


async def test_a_relationship_manager_reads_products_and_lists_none(kit: ServiceKit, desk: Any) -> None:
    product = await desk.product()
    manager = kit.staff("relationship_manager")

    assert (await manager.get(f"/v1/products/{product['id']}")).json()["number"] == product["number"]
    assert (await manager.post("/v1/products", json=NEW)).status_code == 403
    assert (await manager.get(f"/v1/products/{new_id()}")).status_code == 404


async def test_lists_come_in_pages_and_narrow_by_status_kind_and_grade(desk: Any) -> None:
    for grade in ("R1", "R2", "R2"):
        await desk.product(grade=grade)
    await desk.product(raising=False, grade="R2")

    first = (await desk.makers.get("/v1/products", params={"limit": 2, "grade": "R2"})).json()
    rest = {"limit": 2, "grade": "R2", "cursor": first["next_cursor"]}
    second = (await desk.makers.get("/v1/products", params=rest)).json()
    raising = (await desk.makers.get("/v1/products", params={"status": "raising", "grade": "R2"})).json()

    assert len(first["items"]) == 2
    assert len(second["items"]) == 1
    assert second["next_cursor"] is None
    assert [item["status"] for item in raising["items"]] == ["raising", "raising"]
    assert (await desk.makers.get("/v1/products", params={"colour": "red"})).status_code == 422


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {**NEW, "number": f"B-{number:03d}", "external_id": f"p{number}", **fields}


async def test_a_bulk_call_lists_what_is_new_and_leaves_what_is_known(kit: ServiceKit, desk: Any) -> None:
    body = {"origin": "berka", "items": [item(1), item(2, established_on="2021-01-01"), item(3, grade="R9")]}

    first = (await desk.operations.post("/v1/products/bulk", json=body)).json()["results"]
    events = await kit.events()
    again = (await desk.operations.post("/v1/products/bulk", json=body)).json()["results"]

    assert [result["status"] for result in first] == ["created", "created", "refused"]
    assert first[2]["problem"]["pointer"] == "/items/2/grade"
    assert [result["status"] for result in again] == ["unchanged", "unchanged", "refused"]
    assert again[0]["id"] == first[0]["id"]
    assert events == ["product.listed", "product.listed", "product.established"]
    assert await kit.events() == events
    running = await desk.makers.get(f"/v1/products/{UUID(first[1]['id'])}")
    assert (running.json()["status"], running.json()["established_on"]) == ("established", "2021-01-01")
    assert running.headers["etag"] == '"2"'


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": "改名"}, "product_differs", "/items/0/name"),
        ({"term_months": 36}, "product_differs", "/items/0/term_months"),
        ({"external_id": "p9"}, "already_exists", "/items/0/number"),
        ({"established_on": "2026-03-03"}, "date_in_future", "/items/0/established_on"),
        ({"external_id": "has space"}, "string_pattern_mismatch", "/items/0/external_id"),
    ],
)
async def test_a_bulk_item_that_does_not_fit_is_refused_alone(
    kit: ServiceKit, desk: Any, change: dict[str, Any], code: str, pointer: str
) -> None:
    await desk.operations.post("/v1/products/bulk", json={"origin": "berka", "items": [item(1)]})
    body = {"origin": "berka", "items": [{**item(1), **change}, item(2)]}

    refused, created = (await desk.operations.post("/v1/products/bulk", json=body)).json()["results"]

    assert (refused["status"], refused["problem"]["code"], refused["problem"]["pointer"]) == ("refused", code, pointer)
    assert created["status"] == "created"
    assert await kit.count("product") == 2
