import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from client_profile.clients.service import lock
from client_profile.sales.handlers import HANDLERS
from shared.events.channel_commission import ChannelRegistered
from shared.ids import new_id
from shared.testing.service import ServiceKit
from shared.testing.statements import statements

Item = dict[str, Any]


def subscription(number: int, client: Item, product: Item, amount: str, on: str = "2024-05-06", **fields: Any) -> Item:
    item = {
        "external_id": f"B-{number}",
        "kind": "subscription",
        "client_id": client["id"],
        "product_id": product["id"],
        "amount": {"amount": amount, "currency": "CNY"},
        "confirmed_on": on,
    }
    return {**item, **fields}


def redemption(number: int, original: str, amount: str, on: str = "2025-05-06", **fields: Any) -> Item:
    item = {
        "external_id": f"L-{number}",
        "kind": "redemption",
        "original_external_id": original,
        "amount": {"amount": amount, "currency": "CNY"},
        "confirmed_on": on,
    }
    return {**item, **fields}


async def send(desk: Any, *items: Item, origin: str = "berka") -> list[dict[str, Any]]:
    answer = await desk.operations.post("/v1/dealings/bulk", json={"origin": origin, "items": list(items)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def aum(desk: Any, client: Item) -> str:
    answer = await desk.operations.get(f"/v1/clients/{client['id']}/holdings")
    return str(answer.json()["aum"]["amount"])


async def test_history_comes_in_with_its_events_and_without_a_gate(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, product = await house.client(born_on=date(1911, 8, 20)), await desk.product(raising=False, grade="R4")
    channel_id = new_id()
    await kit.receive(HANDLERS, ChannelRegistered(occurred_at=kit.now, channel_id=channel_id, kind="bank"))
    before = await kit.events()

    results = await send(
        desk,
        redemption(1, "B-1", "100.00"),
        subscription(1, client, product, "100.00", channel_id=str(channel_id), units="99.5000", net_value="1.0050"),
    )

    assert [result["status"] for result in results] == ["created", "created"]
    assert [result["external_id"] for result in results] == ["L-1", "B-1"]
    assert (await kit.events())[len(before) :] == ["dealing.subscription_confirmed", "dealing.redemption_confirmed"]
    (_, subscribed), (_, redeemed) = (await kit.outbox())[-2:]
    assert (subscribed["confirmation_number"], subscribed["applied_on"], subscribed["units"]) == (
        "B-1",
        "2024-05-06",
        "99.5000",
    )
    assert (redeemed["original_dealing_id"], redeemed["is_full"]) == (results[1]["id"], True)
    assert redeemed["channel_id"] == subscribed["channel_id"] == str(channel_id)
    assert await aum(desk, client) == "0.00"


async def test_sending_again_changes_nothing_and_tells_nothing(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, product = await house.client(), await desk.product()
    items = [subscription(1, client, product, "1000.00"), redemption(1, "B-1", "400.00")]
    first = await send(desk, *items)
    events = await kit.events()

    again = await send(desk, *reversed(items))
    other_origin = await send(desk, subscription(1, client, product, "5.00"), origin="ta")

    assert [result["status"] for result in again] == ["unchanged", "unchanged"]
    assert [result["id"] for result in reversed(again)] == [result["id"] for result in first]
    assert other_origin[0]["status"] == "created"
    assert (await kit.events())[len(events) :] == ["dealing.subscription_confirmed"]
    assert await aum(desk, client) == "605.00"


async def test_a_subscription_that_another_call_tells_meanwhile_is_not_known_yet(
    kit: ServiceKit, house: Any, desk: Any, waits: Any
) -> None:
    held, other, product = await house.client(), await house.client(), await desk.product()

    async with kit.database.transaction() as session:
        await lock(session, UUID(held["id"]))
        call = asyncio.create_task(send(desk, subscription(1, held, product, "100.00"), redemption(1, "B-2", "50.00")))
        await waits(call)
        await send(desk, subscription(2, other, product, "100.00"))
    bought, sold = await call

    assert bought["status"] == "created"
    assert (sold["status"], sold["problem"]["code"]) == ("refused", "original_unknown")
    assert [one["status"] for one in await send(desk, redemption(1, "B-2", "50.00"))] == ["created"]


def misfits(client: Item, product: Item) -> list[tuple[Item, str, str]]:
    """Return items that do not fit beside `B-1` (1,000.00, share class A), each with code and place of its problem."""
    good = {"share_class": "A"}
    return [
        (subscription(2, client, product, "1.00", "2026-03-03", **good), "date_in_future", "/confirmed_on"),
        (
            subscription(2, client, product, "1.00", applied_on="2024-05-07", **good),
            "date_out_of_order",
            "/confirmed_on",
        ),
        (subscription(2, {"id": str(new_id())}, product, "1.00", **good), "client_unknown", "/client_id"),
        (subscription(2, client, {"id": str(new_id())}, "1.00", **good), "product_unknown", "/product_id"),
        (subscription(2, client, product, "1.00"), "share_class_unknown", "/share_class"),
        (
            subscription(2, client, product, "1.00", channel_id=str(new_id()), **good),
            "channel_not_yet_known",
            "/channel_id",
        ),
        (subscription(1, client, product, "1000.01", **good), "dealing_differs", "/amount"),
        (subscription(2, client, product, "-1.00", **good), "value_error", "/amount"),
        (subscription(2, client, product, "1.001", **good), "value_error", "/amount/amount"),
        ({**subscription(2, client, product, "1.00", **good), "kind": "gift"}, "literal_error", "/kind"),
        ({**subscription(2, client, product, "1.00", **good), "colour": "red"}, "extra_forbidden", "/colour"),
        (subscription(2, client, product, "1.00", units="-1.0000", **good), "value_error", "/units"),
        (subscription(2, client, product, "1.00", net_value=1.5, **good), "value_error", "/net_value"),
        (redemption(2, "B-9", "1.00"), "original_unknown", "/original_external_id"),
        (redemption(2, "B-1", "1000.01"), "more_than_left", ""),
        (redemption(2, "B-1", "1.00", "2024-05-05"), "date_out_of_order", "/confirmed_on"),
        (redemption(2, "B-1", "1.00", share_class="A"), "field_not_for_kind", "/share_class"),
        ({**redemption(2, "B-1", "1.00"), "original_external_id": None}, "field_missing", "/original_external_id"),
    ]


async def test_an_item_that_does_not_fit_is_refused_alone_and_pointed_at(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    client, product = await house.client(), await desk.product(share_classes=["A"])
    good = {"share_class": "A"}
    await send(desk, subscription(1, client, product, "1000.00", **good))
    bad = misfits(client, product)
    events = await kit.events()
    for item, code, pointer in bad:
        [refused] = await send(desk, item)

        assert (refused["status"], refused["problem"]["code"]) == ("refused", code), item
        assert refused["problem"]["pointer"] == f"/items/0{pointer}"
    assert await kit.events() == events

    results = await send(desk, *[item for item, _, _ in bad[:3]], subscription(3, client, product, "1.00", **good))
    assert [result["status"] for result in results] == ["refused", "refused", "refused", "created"]


async def test_a_call_as_a_whole_is_checked_too(kit: ServiceKit, house: Any, desk: Any) -> None:
    item = subscription(1, await house.client(), await desk.product(), "1.00")
    for body, pointer in (
        ({"origin": "house", "items": [item]}, "/origin"),
        ({"origin": "Bad Origin", "items": [item]}, "/origin"),
        ({"origin": "berka", "items": []}, "/items"),
        ({"origin": "berka", "items": [item] * 1001}, "/items"),
        ({"origin": "berka", "items": [1]}, "/items/0"),
        ({"items": [item]}, "/origin"),
    ):
        answer = await desk.operations.post("/v1/dealings/bulk", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await kit.count("dealing") == 0
    manager = kit.staff("relationship_manager")
    assert (await manager.post("/v1/dealings/bulk", json={"origin": "berka", "items": [item]})).status_code == 403


async def test_redemptions_of_one_call_may_not_take_more_than_is_left_together(house: Any, desk: Any) -> None:
    client, product = await house.client(), await desk.product()
    results = await send(
        desk,
        subscription(1, client, product, "1000.00"),
        redemption(1, "B-1", "600.00"),
        redemption(2, "B-1", "600.00"),
        redemption(3, "B-1", "400.00"),
    )
    assert [result["status"] for result in results] == ["created", "created", "refused", "created"]
    assert results[2]["problem"]["code"] == "more_than_left"
    assert await aum(desk, client) == "0.00"


async def test_classes_follow_the_import_in_the_same_transaction(kit: ServiceKit, house: Any, desk: Any) -> None:
    rich, fallen, product = await house.client(), await house.client(), await desk.product()
    await send(
        desk,
        subscription(1, rich, product, "10000000.00"),
        subscription(2, fallen, product, "5000000.00"),
        redemption(2, "B-2", "5000000.00"),
    )

    async def class_of(client: Item) -> str:
        return str((await desk.operations.get(f"/v1/clients/{client['id']}")).json()["service_class"])

    assert await class_of(rich) == "A"
    # Its fall lies more than two reviews back.
    assert await class_of(fallen) == "C"
    changes = [event for type_, event in await kit.outbox() if "service_class" in type_]
    assert [(event["client_id"], event["service_class"]) for event in changes] == [(rich["id"], "A")]


async def test_holdings_are_the_sum_of_the_dealings_in_whatever_order_they_come(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    random = Random(20260302)
    clients = [await house.client() for _ in range(4)]
    products = [await desk.product() for _ in range(3)]
    expected: dict[tuple[str, str], int] = {}
    subscriptions, redemptions = [], []
    for number in range(60):
        client, product, fen = random.choice(clients), random.choice(products), random.randrange(1, 10**9)
        on = date(2024, 1, 1) + timedelta(days=random.randrange(500))
        key = (client["id"], product["id"])
        expected[key] = expected.get(key, 0) + fen
        subscriptions.append(subscription(number, client, product, f"{fen // 100}.{fen % 100:02d}", on.isoformat()))
        left = fen
        while left and random.random() < 0.5:
            part = random.randrange(1, left + 1)
            left -= part
            expected[key] -= part
            later = (on + timedelta(days=random.randrange(200))).isoformat()
            amount = f"{part // 100}.{part % 100:02d}"
            redemptions.append(redemption(len(redemptions), f"B-{number}", amount, later))
    random.shuffle(subscriptions)
    random.shuffle(redemptions)
    half = len(subscriptions) // 2
    of_first_half = {item["external_id"] for item in subscriptions[:half]}
    early = [item for item in redemptions if item["original_external_id"] in of_first_half]
    late = [item for item in redemptions if item["original_external_id"] not in of_first_half]

    for batch in (subscriptions[:half], early, late + subscriptions[half:]):
        assert {result["status"] for result in await send(desk, *batch)} == {"created"}

    for client in clients:
        read = (await desk.operations.get(f"/v1/clients/{client['id']}/holdings")).json()
        held = {row["product_id"]: round(float(row["left"]["amount"]) * 100) for row in read["holdings"]}
        assert held == {product: fen for (owner, product), fen in expected.items() if owner == client["id"]}
        assert round(float(read["aum"]["amount"]) * 100) == sum(held.values())


async def test_two_calls_at_once_never_redeem_more_than_there_is(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, product = await house.client(), await desk.product()
    await send(desk, subscription(1, client, product, "1000.00"))

    both = await asyncio.gather(*(send(desk, redemption(number, "B-1", "700.00")) for number in (1, 2)))

    assert sorted(results[0]["status"] for results in both) == ["created", "refused"]
    assert await aum(desk, client) == "300.00"


async def test_a_thousand_dealings_take_few_statements(kit: ServiceKit, house: Any, desk: Any) -> None:
    clients = [{"id": str(client_id)} for client_id in await _many_clients(kit, house, 600)]
    product = await desk.product()
    items = [
        subscription(number, clients[number % 600], product, f"{1000 + number * 9000}.00", "2024-05-06")
        for number in range(800)
    ]
    items += [redemption(number, f"B-{number}", "100.00") for number in range(200)]

    with statements(kit.database) as asked:
        results = await send(desk, *items)

    assert {result["status"] for result in results} == {"created"}
    assert len(asked) < 60, len(asked)
    assert await kit.count("class_standing") == 600


async def _many_clients(kit: ServiceKit, house: Any, count: int) -> list[UUID]:
    persons = [house.person() for _ in range(count)]
    items = [{**person, "external_id": str(number)} for number, person in enumerate(persons)]
    answer = await kit.staff("operations").post("/v1/clients/bulk", json={"origin": "test", "items": items})
    assert answer.status_code == 200, answer.text
    return [UUID(result["id"]) for result in answer.json()["results"]]
