from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def holdings(desk: Any, client: dict[str, Any], **query: str) -> dict[str, Any]:
    answer = await desk.operations.get(f"/v1/clients/{client['id']}/holdings", params=query)
    body: dict[str, Any] = answer.json()
    return body


async def redeem(
    desk: Any, dealing: dict[str, Any], amount: str, number: str, on: str = "2026-03-02"
) -> dict[str, Any]:
    wanted = {
        "original_dealing_id": dealing["id"],
        "amount": desk.yuan(amount),
        "applied_on": on,
        "confirmed_on": on,
        "confirmation_number": number,
    }
    answer = await desk.operations.post("/v1/dealings/redemptions", json=wanted)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_holdings_are_read_per_product_and_as_of_any_day(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    first = await desk.held(client, "500000.00")
    kit.now += timedelta(days=10)
    await desk.held(client, "700000.00")
    await redeem(desk, first, "200000.00", "R-1", on="2026-03-12")

    now, before, at_start = (
        await holdings(desk, client),
        await holdings(desk, client, on="2026-03-11"),
        await holdings(desk, client, on="2026-03-01"),
    )

    assert now["aum"] == desk.yuan("1000000.00")
    assert sorted(row["left"]["amount"] for row in now["holdings"]) == ["300000.00", "700000.00"]
    assert (before["aum"], len(before["holdings"])) == (desk.yuan("500000.00"), 1)
    assert (at_start["aum"], at_start["holdings"]) == (desk.yuan("0.00"), [])


async def test_a_reversal_takes_the_dealing_back_tells_it_and_leaves_a_trace(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client, "3000000.00")

    answer = await desk.operations.post(f"/v1/dealings/{dealing['id']}/reverse", json={"reason": "重复录入"})

    assert (answer.status_code, answer.json()["status"]) == (200, "reversed")
    reversed_events = [event for type_, event in await kit.outbox() if type_.endswith("dealing_reversed.v1")]
    [event] = reversed_events
    assert (event["dealing_id"], event["original_dealing_id"], event["original_kind"]) == (
        dealing["id"],
        dealing["id"],
        "subscription",
    )
    assert (event["amount"], event["confirmation_number"]) == (desk.yuan("3000000.00"), dealing["confirmation_number"])
    assert (await holdings(desk, client))["aum"] == desk.yuan("0.00")
    assert await kit.count("audit_entry WHERE action = 'dealing.reversed' AND reason = '重复录入'") == 1
    # A dealing that never was lifted nobody: the class follows at once.
    assert (await desk.operations.get(f"/v1/clients/{client['id']}")).json()["service_class"] == "C"


async def test_a_subscription_is_reversed_after_its_redemptions(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client)
    taken = await redeem(desk, dealing, "500000.00", "R-1")
    path = "/v1/dealings/{}/reverse"

    first = await desk.operations.post(path.format(dealing["id"]), json={"reason": "x"})
    await desk.operations.post(path.format(taken["id"]), json={"reason": "赎回录错客户"})
    between = await holdings(desk, client)
    second = await desk.operations.post(path.format(dealing["id"]), json={"reason": "x"})
    third = await desk.operations.post(path.format(dealing["id"]), json={"reason": "x"})

    assert (first.status_code, first.json()["code"], first.json()["dealings"]) == (409, "has_redemptions", 1)
    assert between["aum"] == desk.yuan("500000.00")
    assert second.status_code == 200
    assert (third.status_code, third.json()["state"], third.json()["allowed"]) == (409, "reversed", [])


async def test_a_reversal_needs_a_reason_and_the_role(kit: ServiceKit, desk: Any) -> None:
    dealing = await desk.held(await desk.fit_client())
    path = f"/v1/dealings/{dealing['id']}/reverse"

    for body in ({}, {"reason": ""}, {"reason": "x" * 2001}, {"reason": "x", "force": True}):
        assert (await desk.operations.post(path, json=body)).status_code == 422
    assert (await kit.staff("team_lead").post(path, json={"reason": "x"})).status_code == 403
    assert (await desk.operations.get(f"/v1/dealings/{dealing['id']}")).headers["etag"] == '"1"'


async def test_lists_narrow_by_what_is_asked_and_come_in_pages(kit: ServiceKit, desk: Any) -> None:
    client, other = await desk.fit_client(), await desk.fit_client()
    first, second = await desk.held(client), await desk.held(other)
    taken = await redeem(desk, first, "1.00", "R-1")

    async def ids(**query: Any) -> list[str]:
        answer = await desk.operations.get("/v1/dealings", params=query)
        return [item["id"] for item in answer.json()["items"]]

    assert await ids() == [taken["id"], second["id"], first["id"]]
    assert await ids(client_id=client["id"]) == [taken["id"], first["id"]]
    assert await ids(product_id=second["product_id"]) == [second["id"]]
    assert await ids(kind="redemption") == [taken["id"]]
    assert await ids(original_dealing_id=first["id"]) == [taken["id"]]
    assert await ids(status="paid") == []
    page = (await desk.operations.get("/v1/dealings", params={"limit": 2})).json()
    assert await ids(limit=2, cursor=page["next_cursor"]) == [first["id"]]
    assert (await desk.operations.get("/v1/dealings", params={"kind": "gift"})).status_code == 422


async def test_everybody_sees_their_own_dealings_only(kit: ServiceKit, house: Any, desk: Any) -> None:
    manager, other = await house.manager(), await house.manager()
    client = await desk.fit_client(manager=manager)
    dealing = await desk.held(client)
    await desk.held(await desk.fit_client())

    async def seen(caller: Any) -> list[str]:
        return [item["id"] for item in (await caller.get("/v1/dealings")).json()["items"]]

    assert await seen(house.as_staff(manager)) == [dealing["id"]]
    assert await seen(house.as_staff(other)) == []
    lead = kit.staff("team_lead", unit_id=UUID(manager["unit_id"]))
    assert await seen(lead) == [dealing["id"]]
    assert await seen(kit.client(UUID(client["id"]))) == [dealing["id"]]
    assert await seen(kit.channel(new_id(), "dealing.read")) == []
    assert len(await seen(kit.staff("auditor"))) == 2
    path = f"/v1/clients/{client['id']}/holdings"
    assert (await house.as_staff(other).get(path)).status_code == 404
    assert (await kit.client(UUID(client["id"])).get(path)).json()["aum"] == desk.yuan("500000.00")
    assert (await kit.client(new_id()).get(path)).status_code == 404
