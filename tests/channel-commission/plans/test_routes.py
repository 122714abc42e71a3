"""Sales quotas: what was sold of them, and an alarm once per share."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from channel_commission.plans.service import watch

QUOTA = {
    "valid_from": "2026-01-01",
    "valid_until": "2026-04-01",
    "plan": "季度路演两场、理财经理培训",
    "amount": {"amount": "100.00"},
}


async def alarm(market: Any) -> list[int]:
    for _ in range(2):
        async with market.kit.database.transaction() as session:
            await watch(session, market.kit.now, 100)
    told = await market.kit.outbox()
    return [payload["percent"] for type_, payload in told if "quota_reached" in type_]


async def test_a_quota_counts_its_product_and_days_and_alarms_once_per_share(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product, other)
    path = f"/v1/channels/{channel}/quotas"
    await market.post("channel_manager", path, {**QUOTA, "product_id": str(product)}, status=201)
    taken_back = market.sale(channel, product, 90_00, "2026-02-01")
    await market.receive(
        market.sale(channel, product, 79_99, "2026-01-01"),
        market.sale(channel, product, 50_00, "2025-12-31"),
        market.sale(channel, product, 50_00, "2026-04-01"),
        market.sale(channel, other, 50_00, "2026-02-01"),
        taken_back,
        market.reversal(taken_back),
    )
    assert await alarm(market) == []
    await market.receive(market.sale(channel, product, 1, "2026-03-31"))
    assert await alarm(market) == [80]
    (found,) = (await market.get(path))["items"]
    assert (found["sold"]["amount"], found["is_exceeded"], found["alarm_given"]) == ("80.00", False, 80)
    await market.receive(market.sale(channel, product, 20_01, "2026-03-01"))
    assert await alarm(market) == [80, 100]
    (found,) = (await market.get(path))["items"]
    assert (found["sold"]["amount"], found["is_exceeded"]) == ("100.01", True)


async def test_quotas_of_a_product_do_not_overlap_and_have_days(market: Any) -> None:
    product = await market.product()
    channel = (await market.prospect())["id"]
    path, body = f"/v1/channels/{channel}/quotas", {**QUOTA, "product_id": str(product)}
    await market.post("channel_manager", path, body, status=201)
    twice = await market.post(
        "channel_manager", path, {**body, "valid_from": "2026-03-31", "valid_until": "2027-01-01"}, status=409
    )
    assert twice["code"] == "quota_overlaps"
    await market.post(
        "channel_manager", path, {**body, "valid_from": "2026-04-01", "valid_until": "2026-07-01"}, status=201
    )
    for fields, pointer in (
        ({"valid_until": "2026-01-01"}, "/valid_until"),
        ({"amount": {"amount": "0.00"}}, "/amount"),
        ({"amount": {"amount": "-1.00"}}, "/amount"),
        ({"amount": 100.0}, "/amount"),
    ):
        problem = await market.post("channel_manager", path, {**body, **fields}, status=422)
        assert problem["errors"][0]["pointer"].startswith(pointer)
    with pytest.raises(IntegrityError, match="no_overlap"):
        async with market.kit.database.transaction() as session:
            await session.execute(
                text("UPDATE sales_quota SET valid_until = '2026-05-01' WHERE valid_from = '2026-01-01'")
            )


async def test_a_channel_sees_its_own_quotas(market: Any) -> None:
    mine, other = await market.prospect(), await market.prospect()
    caller = market.kit.channel(UUID(mine["id"]), "commission.read")
    assert (await caller.get(f"/v1/channels/{mine['id']}/quotas")).json()["items"] == []
    assert (await caller.get(f"/v1/channels/{other['id']}/quotas")).status_code == 404
