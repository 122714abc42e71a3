from datetime import timedelta
from typing import Any

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_a_refused_sale_answers_with_every_reason_and_keeps_the_check(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client("C2"), await desk.product(grade="R4")
    events = await kit.events()

    answer = await desk.operations.post("/v1/dealings/subscriptions", json=desk.order(client, product))

    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (409, "sale_refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [reason["code"] for reason in refused["reasons"]] == ["risk_mismatch"]
    kept = await desk.operations.get(f"/v1/sale-checks/{refused['sale_check_id']}")
    assert kept.json()["why"]["reasons"] == refused["reasons"]
    assert await kit.count("dealing") == 0
    assert await kit.events() == events


async def test_a_subscription_is_signed_paid_and_confirmed_by_the_establishment(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    dealing = await desk.signed(client, product, proof_reference="HT-1")
    path = f"/v1/dealings/{dealing['id']}"

    paid = await desk.operations.post(f"{path}/pay", json={"paid_on": "2026-03-02", "payer_account_name_matches": True})
    milestone = await desk.establish(product)

    assert (dealing["status"], dealing["number"]) == ("signed", "JY-2026-000001")
    assert (dealing["kind"], dealing["applied_on"], dealing["proof_reference"]) == (
        "subscription",
        "2026-03-02",
        "HT-1",
    )
    assert (paid.json()["status"], paid.json()["paid_on"]) == ("paid", "2026-03-02")
    assert (milestone["confirmed"], milestone["cancelled"]) == (1, 0)
    confirmed = (await desk.operations.get(path)).json()
    assert (confirmed["status"], confirmed["confirmation_number"]) == ("confirmed", "JY-2026-000001")
    assert (confirmed["units"], confirmed["net_value"]) == ("500000.0000", "1.0000")
    type_, event = (await kit.outbox())[-1]
    assert type_ == "client-profile.dealing.subscription_confirmed.v1"
    assert event == {
        "occurred_at": event["occurred_at"],
        "dealing_id": dealing["id"],
        "client_id": client["id"],
        "confirmation_number": "JY-2026-000001",
        "product_id": product["id"],
        "share_class": "",
        "amount": desk.yuan("500000.00"),
        "units": "500000.0000",
        "net_value": "1.0000",
        "applied_on": "2026-03-02",
        "confirmed_on": "2026-03-02",
        "channel_id": None,
    }


async def test_money_from_another_account_is_not_taken(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.signed(await desk.fit_client(), await desk.product())

    answer = await desk.operations.post(
        f"/v1/dealings/{dealing['id']}/pay", json={"paid_on": "2026-03-02", "payer_account_name_matches": False}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_clients_account")
    assert (await desk.operations.get(f"/v1/dealings/{dealing['id']}")).json()["status"] == "signed"


async def test_a_subscription_is_paid_once_and_not_before_it_was_signed(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.signed(await desk.fit_client(), await desk.product())
    path = f"/v1/dealings/{dealing['id']}/pay"
    good = {"paid_on": "2026-03-02", "payer_account_name_matches": True}
    bad: list[tuple[dict[str, Any], str]] = [
        ({"paid_on": "2026-03-01"}, "/paid_on"),
        ({"paid_on": "2026-03-03"}, "/paid_on"),
        ({"paid_on": "soon"}, "/paid_on"),
        ({"payer_account_name_matches": "maybe"}, "/payer_account_name_matches"),
        ({"amount": "1"}, "/amount"),
    ]
    for change, pointer in bad:
        answer = await desk.operations.post(path, json={**good, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), change

    assert (await desk.operations.post(path, json=good)).status_code == 200
    again = await desk.operations.post(path, json=good)
    assert (again.status_code, again.json()["state"], again.json()["allowed"]) == (409, "paid", ["cancel", "confirm"])


async def test_a_cancelled_subscription_is_not_confirmed_by_the_establishment(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    dealing = await desk.paid(client, product)

    cancelled = await desk.operations.post(f"/v1/dealings/{dealing['id']}/cancel", json={"reason": "冷静期内客户撤单"})
    milestone = await desk.establish(product)

    assert cancelled.json()["status"] == "cancelled"
    assert milestone["confirmed"] == 0
    assert await kit.count("audit_entry WHERE action = 'dealing.cancelled' AND reason = '冷静期内客户撤单'") == 1
    assert "dealing.subscription_confirmed" not in await kit.events()


async def test_an_open_ended_plan_confirms_a_subscription_at_its_net_value(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product(term_months=None)
    confirmation = {"confirmed_on": "2026-03-03", "net_value": "1.0250", "confirmation_number": "TA-77"}
    early = await desk.paid(client, product)
    too_early = await desk.operations.post(
        f"/v1/dealings/{early['id']}/confirm", json={**confirmation, "confirmed_on": "2026-03-02"}
    )
    await desk.establish(product)
    late = await desk.paid(client, product)
    kit.now += timedelta(days=1)

    answer = await desk.operations.post(f"/v1/dealings/{late['id']}/confirm", json=confirmation)

    assert (too_early.status_code, too_early.json()["code"]) == (409, "confirmed_by_establishment")
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert (answer.json()["units"], answer.json()["net_value"]) == ("487804.8780", "1.0250")
    holdings = (await desk.operations.get(f"/v1/clients/{client['id']}/holdings")).json()
    assert holdings["holdings"][0]["units"] == "987804.8780"
    assert holdings["aum"] == desk.yuan("1000000.00")


async def test_a_confirmation_needs_money_first_a_sane_value_and_a_number_of_its_own(
    kit: ServiceKit, desk: Any
) -> None:
    client, product = await desk.fit_client(), await desk.product(term_months=None)
    await desk.establish(product)
    good = {"confirmed_on": "2026-03-02", "net_value": "1.0250", "confirmation_number": "TA-77"}
    signed, paid, other = [await make(client, product) for make in (desk.signed, desk.paid, desk.paid)]
    bad: list[tuple[dict[str, Any], str]] = [
        ({"net_value": 1.025}, "/net_value"),
        ({"net_value": "0"}, "/net_value"),
        ({"net_value": "1.02501"}, "/net_value"),
        ({"net_value": "NaN"}, "/net_value"),
        ({"confirmed_on": "2026-03-03"}, "/confirmed_on"),
        ({"confirmation_number": ""}, "/confirmation_number"),
    ]
    for change, pointer in bad:
        answer = await desk.operations.post(f"/v1/dealings/{paid['id']}/confirm", json={**good, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), change

    unpaid = await desk.operations.post(f"/v1/dealings/{signed['id']}/confirm", json=good)
    first = await desk.operations.post(f"/v1/dealings/{paid['id']}/confirm", json=good)
    second = await desk.operations.post(f"/v1/dealings/{other['id']}/confirm", json=good)

    assert (unpaid.status_code, unpaid.json()["code"]) == (409, "dealing_state_forbids")
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (409, "already_exists")
    assert (await kit.events()).count("dealing.subscription_confirmed") == 1


async def test_a_share_class_must_be_one_of_the_products(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product(share_classes=["A", "B"])

    without = await desk.operations.post("/v1/dealings/subscriptions", json=desk.order(client, product))
    answer = await desk.signed(client, product, share_class="B")

    assert (without.status_code, without.json()["code"]) == (422, "share_class_unknown")
    assert without.json()["errors"][0]["pointer"] == "/share_class"
    assert answer["share_class"] == "B"


async def test_the_same_key_signs_once_and_another_body_is_refused(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    caller, headers = desk.operations, {"Idempotency-Key": "subscription-of-today"}
    order = desk.order(client, product)

    first = await caller.post("/v1/dealings/subscriptions", json=order, headers=headers)
    again = await caller.post("/v1/dealings/subscriptions", json=order, headers=headers)
    other = await caller.post(
        "/v1/dealings/subscriptions", json={**order, "amount": desk.yuan("600000.00")}, headers=headers
    )

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await kit.count("dealing") == 1


async def test_strangers_reach_no_dealing(kit: ServiceKit, house: Any, desk: Any) -> None:
    dealing = await desk.signed(await desk.fit_client(), await desk.product())
    other = await house.manager()
    path = f"/v1/dealings/{dealing['id']}"

    assert (await house.as_staff(other).get(path)).status_code == 404
    assert (await house.as_staff(other).post(f"{path}/cancel", json={"reason": "x"})).status_code == 404
    assert (await desk.operations.post(f"/v1/dealings/{new_id()}/cancel", json={"reason": "x"})).status_code == 404
    assert (await kit.channel(new_id(), "dealing.write").get(path)).status_code == 404
