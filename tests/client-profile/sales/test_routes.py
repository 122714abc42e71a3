from datetime import date, timedelta
from typing import Any
from uuid import UUID

from client_profile.sales.handlers import HANDLERS
from shared.events.channel_commission import ChannelActivated, ChannelProductAuthorized, ChannelRegistered
from shared.ids import new_id
from shared.testing.service import ServiceKit


async def selling_channel(
    kit: ServiceKit, product: dict[str, Any] | None = None, parent_id: UUID | None = None
) -> UUID:
    """Return a channel that is active, and authorized if a product is given."""
    channel_id = new_id()
    events: list[Any] = [
        ChannelRegistered(occurred_at=kit.now, channel_id=channel_id, kind="bank", parent_id=parent_id),
        ChannelActivated(occurred_at=kit.now + timedelta(seconds=1), channel_id=channel_id),
    ]
    if product:
        authorized = ChannelProductAuthorized(
            occurred_at=kit.now + timedelta(seconds=2),
            channel_id=channel_id,
            product_id=UUID(product["id"]),
            bearer="company",
            valid_from=date(2026, 1, 1),
        )
        events.append(authorized)
    await kit.receive(HANDLERS, *events)
    return channel_id


async def test_a_fit_client_may_buy_and_the_check_is_kept(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client("C3"), await desk.product(grade="R2")

    answer = await desk.operations.post("/v1/sale-checks", json=desk.order(client, product))

    check = answer.json()
    assert (answer.status_code, check["allowed"], check["reasons"]) == (201, True, [])
    assert check["amount"] == desk.yuan("500000.00")
    assert await kit.count("sale_check") == 1


async def test_every_reason_is_named_at_once_with_its_rule(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client(born_on=date(2010, 5, 1))
    await desk.assess(client["id"], "C2")
    product = await desk.product(raising=False, grade="R4")
    order = desk.order(client, product, amount=desk.yuan("100.00"), recording_number=None)

    check = (await desk.operations.post("/v1/sale-checks", json=order)).json()

    assert not check["allowed"]
    assert [reason["code"] for reason in check["reasons"]] == [
        "client_not_active",
        "screening_not_clear",
        "under_age",
        "risk_mismatch",
        "not_qualified",
        "product_not_open",
        "below_minimum",
        "recording_missing",
    ]
    mismatch = check["reasons"][3]
    assert mismatch["name"] == "风险等级不匹配"
    assert mismatch["rule_version"] == "sale.matching@2020-01-01"
    assert (mismatch["facts"]["risk_level"], mismatch["facts"]["grade"]) == ("C2", "R4")


async def test_why_passes_the_gate_again_on_the_facts_of_that_day(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, product = await desk.fit_client("C2"), await desk.product(grade="R4")
    check = (await desk.operations.post("/v1/sale-checks", json=desk.order(client, product))).json()
    # What holds today changes; what held that day does not.
    kit.now += timedelta(days=200)
    await desk.assess(client["id"], "C5")

    read = (await desk.operations.get(f"/v1/sale-checks/{check['id']}")).json()

    assert read["why"]["reasons"] == read["reasons"] == check["reasons"]
    assert read["why"]["allowed"] is read["allowed"] is False
    assert read["why"]["facts"]["on"] == "2026-03-02"
    assert read["why"]["facts"]["age"] == 40
    assert "birth" not in str(read)
    assert read["why"]["rules"]["sale.matching"]["value"]["C2"] == "R2"
    assert {row["version"] for row in read["why"]["rules"].values()} >= {"sale.gate@2020-01-01"}


async def test_a_channel_must_be_active_and_authorized_and_its_stricter_grade_counts(
    kit: ServiceKit, desk: Any
) -> None:
    client, product = await desk.fit_client("C2"), await desk.product(grade="R2")
    authorized, other = await selling_channel(kit, product), await selling_channel(kit)

    async def codes(**fields: Any) -> list[str]:
        answer = await desk.operations.post("/v1/sale-checks", json=desk.order(client, product, **fields))
        return [reason["code"] for reason in answer.json()["reasons"]]

    assert await codes(channel_id=str(authorized)) == []
    assert await codes(channel_id=str(other)) == ["channel_not_authorized"]
    assert await codes(channel_id=str(authorized), channel_grade="R3") == ["risk_mismatch"]
    assert await codes(channel_id=str(authorized), channel_grade="R1") == []


async def test_a_channel_nobody_has_heard_of_is_asked_to_wait(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()

    order = desk.order(client, product, channel_id=str(new_id()))
    answer = await desk.operations.post("/v1/sale-checks", json=order)

    assert (answer.status_code, answer.json()["code"]) == (409, "channel_not_yet_known")
    assert answer.headers["retry-after"] == "2"
    assert await kit.count("sale_check") == 0


async def test_a_channel_asks_for_itself_and_its_own_clients(kit: ServiceKit, house: Any, desk: Any) -> None:
    product = await desk.product()
    channel_id = await selling_channel(kit, product)
    mine, foreign = await desk.fit_client(channel_id=str(channel_id)), await house.client()
    channel = kit.channel(channel_id, "dealing.write")

    own = await channel.post("/v1/sale-checks", json=desk.order(mine, product))
    other = await channel.post("/v1/sale-checks", json=desk.order(mine, product, channel_id=str(new_id())))
    not_mine = await channel.post("/v1/sale-checks", json=desk.order(foreign, product))

    assert (own.status_code, own.json()["channel_id"], own.json()["allowed"]) == (201, str(channel_id), True)
    assert (other.status_code, other.json()["code"]) == (403, "other_channel")
    assert (not_mine.status_code, not_mine.json()["errors"][0]["pointer"]) == (422, "/client_id")
    assert (await channel.get(f"/v1/sale-checks/{own.json()['id']}")).status_code == 200
    stranger = kit.channel(new_id(), "dealing.write")
    assert (await stranger.get(f"/v1/sale-checks/{own.json()['id']}")).status_code == 404


async def test_bad_input_is_pointed_at_and_leaves_nothing(kit: ServiceKit, desk: Any) -> None:
    client, product = await desk.fit_client(), await desk.product()
    order = desk.order(client, product)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"colour": "red"}, "/colour"),
        ({"client_id": "me"}, "/client_id"),
        ({"client_id": str(new_id())}, "/client_id"),
        ({"product_id": str(new_id())}, "/product_id"),
        ({"amount": {"amount": 1.5, "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "0.00", "currency": "CNY"}}, "/amount"),
        ({"amount": {"amount": "-1.00", "currency": "CNY"}}, "/amount"),
        ({"amount": {"amount": "1.001", "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "1000000000000", "currency": "CNY"}}, "/amount/amount"),
        ({"channel_grade": "R0"}, "/channel_grade"),
        ({"recording_number": "x" * 81}, "/recording_number"),
    ]
    for change, pointer in bad:
        answer = await desk.operations.post("/v1/sale-checks", json={**order, **change})

        assert answer.status_code == 422, (change, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("sale_check") == 0


async def test_a_manager_reads_the_checks_of_own_clients_only(kit: ServiceKit, house: Any, desk: Any) -> None:
    manager, other = await house.manager(), await house.manager()
    client, product = await house.client(manager=manager), await desk.product()
    check = (await house.as_staff(manager).post("/v1/sale-checks", json=desk.order(client, product))).json()

    assert (await house.as_staff(manager).get(f"/v1/sale-checks/{check['id']}")).status_code == 200
    assert (await house.as_staff(other).get(f"/v1/sale-checks/{check['id']}")).status_code == 404
    not_mine = await house.as_staff(other).post("/v1/sale-checks", json=desk.order(client, product))
    assert (not_mine.status_code, not_mine.json()["code"]) == (422, "client_unknown")
