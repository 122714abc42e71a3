from datetime import timedelta
from typing import Any

from shared.ids import new_id
from shared.testing.service import ServiceKit


def redemption(dealing: dict[str, Any], amount: str, number: str = "R-1", **fields: Any) -> dict[str, Any]:
    defaults = {
        "original_dealing_id": dealing["id"],
        "amount": {"amount": amount, "currency": "CNY"},
        "applied_on": "2026-03-02",
        "confirmed_on": "2026-03-02",
        "confirmation_number": number,
    }
    return {**defaults, **fields}


async def test_redemptions_take_units_in_proportion_and_the_last_takes_the_rest(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client, "333333.33")

    answers = [
        await desk.operations.post("/v1/dealings/redemptions", json=redemption(dealing, amount, f"R-{amount}"))
        for amount in ("100000.00", "200000.00", "33333.33")
    ]

    bodies = [answer.json() for answer in answers]
    assert [body["units"] for body in bodies] == ["100000.0000", "200000.0000", "33333.3300"]
    assert {body["status"] for body in bodies} == {"confirmed"}
    told = [event for type_, event in await kit.outbox() if type_.endswith("redemption_confirmed.v1")]
    assert [event["is_full"] for event in told] == [False, False, True]
    assert {event["original_dealing_id"] for event in told} == {dealing["id"]}
    assert told[0]["confirmation_number"] == "R-100000.00"
    holdings = (await desk.operations.get(f"/v1/clients/{client['id']}/holdings")).json()
    [holding] = holdings["holdings"]
    assert (holding["units"], holding["left"], holding["subscribed"]) == (
        "0.0000",
        desk.yuan("0.00"),
        desk.yuan("333333.33"),
    )


async def test_more_than_is_left_is_refused_with_what_is_left(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.held(await desk.fit_client(), "500000.00")
    await desk.operations.post("/v1/dealings/redemptions", json=redemption(dealing, "400000.00"))
    events = await kit.events()

    answer = await desk.operations.post("/v1/dealings/redemptions", json=redemption(dealing, "100000.01", "R-2"))

    assert (answer.status_code, answer.json()["code"], answer.json()["left"]) == (409, "more_than_left", "100000.00")
    assert await kit.events() == events


async def test_only_a_confirmed_subscription_is_redeemed_and_a_number_is_used_once(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    paid, held = await desk.paid(client, await desk.product()), await desk.held(client)

    early = await desk.operations.post("/v1/dealings/redemptions", json=redemption(paid, "1.00"))
    first = await desk.operations.post("/v1/dealings/redemptions", json=redemption(held, "1.00"))
    again = await desk.operations.post("/v1/dealings/redemptions", json=redemption(held, "1.00"))
    chained = await desk.operations.post("/v1/dealings/redemptions", json=redemption(first.json(), "1.00", "R-2"))

    assert (early.status_code, early.json()["code"], early.json()["state"]) == (409, "not_a_holding", "paid")
    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert (chained.status_code, chained.json()["kind"]) == (409, "redemption")


async def test_bad_input_is_pointed_at_and_leaves_nothing(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.held(await desk.fit_client())
    events, good = await kit.events(), redemption(dealing, "1.00")
    bad: list[tuple[dict[str, Any], str]] = [
        ({"extra": 1}, "/extra"),
        ({"original_dealing_id": str(new_id())}, "/original_dealing_id"),
        ({"amount": {"amount": 1.0, "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "-1.00", "currency": "CNY"}}, "/amount"),
        ({"confirmed_on": "2026-03-01"}, "/confirmed_on"),
        ({"confirmed_on": "2026-03-03"}, "/confirmed_on"),
        ({"applied_on": "2026-03-01", "confirmed_on": "2026-03-01"}, "/confirmed_on"),
        ({"confirmation_number": "with space"}, "/confirmation_number"),
        ({"confirmation_number": "x" * 81}, "/confirmation_number"),
    ]
    for change, pointer in bad:
        answer = await desk.operations.post("/v1/dealings/redemptions", json={**good, **change})

        assert answer.status_code == 422, (change, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("dealing") == 1
    assert await kit.events() == events


async def test_a_distribution_is_told_and_leaves_the_holding_as_it_is(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client)
    kit.now += timedelta(days=90)
    wanted = {
        "original_dealing_id": dealing["id"],
        "amount": desk.yuan("6250.00"),
        "paid_on": "2026-05-31",
        "confirmation_number": "D-1",
    }

    answer = await desk.operations.post("/v1/dealings/distributions", json=wanted)
    early = await desk.operations.post(
        "/v1/dealings/distributions", json={**wanted, "paid_on": "2026-03-01", "confirmation_number": "D-2"}
    )

    assert (answer.status_code, answer.json()["kind"]) == (201, "distribution")
    assert (early.status_code, early.json()["code"]) == (422, "date_out_of_order")
    type_, event = (await kit.outbox())[-1]
    assert (type_, event["amount"]) == ("client-profile.dealing.distribution_paid.v1", desk.yuan("6250.00"))
    [holding] = (await desk.operations.get(f"/v1/clients/{client['id']}/holdings")).json()["holdings"]
    assert (holding["left"], holding["distributed"]) == (desk.yuan("500000.00"), desk.yuan("6250.00"))


async def test_redeeming_is_for_operations_only(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.held(await desk.fit_client())
    for caller in (kit.staff("relationship_manager"), kit.channel(new_id(), "dealing.write")):
        answer = await caller.post("/v1/dealings/redemptions", json=redemption(dealing, "1.00"))
        assert answer.status_code == 403
