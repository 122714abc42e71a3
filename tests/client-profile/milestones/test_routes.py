import asyncio
from datetime import timedelta
from typing import Any

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_an_establishment_confirms_what_was_paid_and_cancels_what_was_not(kit: ServiceKit, desk: Any) -> None:
    first, second, product = await desk.fit_client(), await desk.fit_client(), await desk.product()
    paid = [await desk.paid(first, product), await desk.paid(first, product), await desk.paid(second, product)]
    unpaid = await desk.signed(second, product)

    milestone = await desk.establish(product)

    assert (milestone["status"], milestone["confirmed"], milestone["cancelled"]) == ("established", 3, 1)
    outbox = [event for type_, event in await kit.outbox() if type_.endswith("subscription_confirmed.v1")]
    assert {event["dealing_id"] for event in outbox} == {dealing["id"] for dealing in paid}
    assert (await desk.operations.get(f"/v1/dealings/{unpaid['id']}")).json()["status"] == "cancelled"
    late = await desk.operations.post(
        f"/v1/dealings/{unpaid['id']}/pay", json={"paid_on": "2026-03-02", "payer_account_name_matches": True}
    )
    assert late.status_code == 409
    assert await kit.count("audit_entry WHERE action = 'product.established'") == 1


async def test_an_open_ended_plan_keeps_what_is_not_paid_yet(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product(term_months=None)
    dealing = await desk.signed(client, product)

    assert (await desk.establish(product))["cancelled"] == 0
    assert (await desk.operations.get(f"/v1/dealings/{dealing['id']}")).json()["status"] == "signed"


async def test_a_failed_raising_cancels_every_subscription_and_confirms_none(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    await desk.paid(client, product)
    await desk.signed(client, product)

    answer = await desk.operations.post(f"/v1/products/{product['id']}/fail")

    assert (answer.json()["status"], answer.json()["confirmed"], answer.json()["cancelled"]) == ("failed", 0, 2)
    assert (await kit.events())[-1] == "product.failed"
    assert (await desk.operations.get(f"/v1/clients/{client['id']}/holdings")).json()["aum"] == desk.yuan("0.00")


async def test_a_plan_is_not_established_in_the_future_or_before_its_money_came(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    await desk.paid(client, product)
    path = f"/v1/products/{product['id']}/establish"
    events = await kit.events()

    for day, code in (("2026-03-03", "date_in_future"), ("2026-03-01", "date_out_of_order")):
        answer = await desk.operations.post(path, json={"established_on": day})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["pointer"] == "/established_on"
    for body in ({}, {"established_on": "soon"}, {"established_on": "2026-03-02", "extra": 1}):
        assert (await desk.operations.post(path, json=body)).status_code == 422

    assert await kit.events() == events
    assert (await desk.operations.get(f"/v1/products/{product['id']}")).json()["status"] == "raising"


async def test_a_plan_is_wound_up_once_nobody_holds_it(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    dealing = await desk.paid(client, product)
    await desk.establish(product)
    await desk.makers.post(f"/v1/products/{product['id']}/mature")
    path = f"/v1/products/{product['id']}/liquidate"

    held = await desk.operations.post(path)
    redemption = {
        "original_dealing_id": dealing["id"],
        "amount": desk.yuan("500000.00"),
        "applied_on": "2026-03-02",
        "confirmed_on": "2026-03-02",
        "confirmation_number": "R-1",
    }
    assert (await desk.operations.post("/v1/dealings/redemptions", json=redemption)).status_code == 201
    answer = await desk.operations.post(path)

    assert (held.status_code, held.json()["code"], held.json()["left"]) == (409, "still_held", "500000.00")
    assert answer.json()["status"] == "liquidated"
    assert (await kit.events())[-1] == "product.liquidated"


async def test_establishing_lifts_the_service_class_in_the_same_transaction(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    await desk.paid(client, product, amount=desk.yuan("10000000.00"))

    await desk.establish(product)

    profile = (await desk.operations.get(f"/v1/clients/{client['id']}")).json()
    assert profile["service_class"] == "A"
    changed = [event for type_, event in await kit.outbox() if "service_class" in type_]
    assert [(event["previous"], event["service_class"]) for event in changed] == [("C", "A")]


async def test_a_sale_that_meets_an_establishment_is_refused_or_cancelled_but_never_left_over(
    kit: ServiceKit, desk: Any
) -> None:
    client, product = await desk.fit_client(), await desk.product()
    order = desk.order(client, product)
    callers = [desk.operations for _ in range(4)]

    answers = await asyncio.gather(
        *(caller.post("/v1/dealings/subscriptions", json=order) for caller in callers[:2]),
        desk.establish(product),
        *(caller.post("/v1/dealings/subscriptions", json=order) for caller in callers[2:]),
    )

    assert answers[2]["status"] == "established"
    others = [answer.json() for place, answer in enumerate(answers) if place != 2]
    refused = [body for body in others if body.get("code") == "sale_refused"]
    assert [body["reasons"][0]["code"] for body in refused] == ["product_not_open"] * len(refused)
    left = (await desk.operations.get("/v1/dealings", params={"product_id": product["id"]})).json()["items"]
    assert [dealing["status"] for dealing in left] == ["cancelled"] * (4 - len(refused))


async def test_milestones_of_a_product_nobody_knows_are_not_found(desk: Any) -> None:
    for command, body in (("establish", {"established_on": "2026-03-02"}), ("fail", None), ("liquidate", None)):
        answer = await desk.operations.post(f"/v1/products/{new_id()}/{command}", json=body)
        assert answer.status_code == 404


async def test_a_plan_is_established_once(kit: ServiceKit, desk: Any) -> None:
    product = await desk.product()
    await desk.establish(product)
    kit.now += timedelta(days=1)

    again = await desk.operations.post(f"/v1/products/{product['id']}/establish", json={"established_on": "2026-03-03"})

    assert (again.status_code, again.json()["allowed"]) == (
        409,
        ["extend", "mature", "regrade", "report_payment_delay"],
    )
