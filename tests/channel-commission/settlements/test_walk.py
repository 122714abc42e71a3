"""A random walk over sales, redemptions, reversals, holds, closes and checks: the books add up after every step."""

import random
from typing import Any
from uuid import UUID

import pytest

CAPPED = {"kind": "percent", "rate": "0.0060", "period_cap": {"amount": {"amount": "9000.00"}, "per": "month"}}
TRAILING = {"kind": "trailing", "rate": "0.0050", "trailing": {"basis": "held_amount", "day_count": "actual_365"}}


class Walk:
    """Takes steps; each is a method of its own."""

    def __init__(self, market: Any, rng: random.Random) -> None:
        self.market, self.rng = market, rng
        self.sales: list[Any] = []
        self.months = ["2025-11", "2025-12", "2026-01", "2026-02"]

    async def begin(self) -> None:
        self.product, other = await self.market.product(), await self.market.selling()
        shared = {**self.market.percent, "splits": [{"channel_id": str(other), "share": "0.3333"}]}
        cards = [[shared, TRAILING], [self.market.tiered], [CAPPED]]
        self.channels = [await self.market.selling(self.product, rules=card) for card in cards]
        await self.sale()

    async def sale(self) -> None:
        day = f"2025-{self.rng.randint(11, 12)}-{self.rng.randint(1, 28):02d}"
        sold = self.market.sale(self.rng.choice(self.channels), self.product, self.rng.randint(1, 10**9), day)
        self.sales.append(sold)
        await self.market.receive(sold)

    async def redemption(self) -> None:
        sold, day = self.rng.choice(self.sales), f"2026-01-{self.rng.randint(1, 28):02d}"
        fen = self.rng.randint(1, sold.amount.fen)
        await self.market.receive(self.market.redemption(sold, day, fen=fen, is_full=self.rng.random() < 0.3))

    async def reversal(self) -> None:
        await self.market.receive(self.market.reversal(self.rng.choice(self.sales)))

    async def close(self) -> None:
        await self.market.trail()
        if self.months:
            await self.market.close(self.months.pop(0))

    async def check(self) -> None:
        for one in (await self.market.get("/v1/settlements", status="calculated"))["items"]:
            await self.market.command("finance", one, "check", {"digest": one["digest"]})

    async def hold(self) -> None:
        body = {"dealing_id": str(self.rng.choice(self.sales).dealing_id), "reason": "核查"}
        answer = await self.market.staff("compliance").post("/v1/fee-holds", json=body)
        assert answer.status_code in (201, 409)

    async def release(self) -> None:
        for held in (await self.market.get("/v1/fee-holds", only_open=True))["items"][:1]:
            path = f"/v1/fee-holds/{held['id']}/release"
            await self.market.post("compliance", path, {"reason": "核查无误"}, who="second")

    async def dispute(self) -> None:
        for one in (await self.market.get("/v1/settlements", status="checked"))["items"][:1]:
            await self.market.command("channel_manager", one, "send")
            found = (await self.market.get(f"/v1/settlements/{one['id']}/lines"))["items"]
            lines = [line for line in found if line["component"] in ("upfront", "trailing")]
            named = [
                {"accrual_id": line["id"], "reason": "金额有误"} for line in self.rng.sample(lines, min(2, len(lines)))
            ]
            channel = self.market.kit.channel(UUID(one["channel_id"]), "commission.confirm")
            path, body = f"/v1/settlements/{one['id']}", {"digest": one["digest"]}
            answer = await channel.post(f"{path}/{'dispute' if named else 'confirm'}", json={**body, **_lines(named)})
            assert answer.status_code == 200, answer.text

    async def decide(self) -> None:
        for one in (await self.market.get("/v1/line-disputes", status="open"))["items"][:1]:
            path = f"/v1/line-disputes/{one['id']}"
            corrected = self.rng.choice([None, {"amount": "0.00"}])
            await self.market.post("finance", f"{path}/answer", {"corrected": corrected, "answer": "已核对"})
            await self.market.post("finance", f"{path}/decide", who="second")


def _lines(named: list[Any]) -> dict[str, Any]:
    return {"lines": named} if named else {}


@pytest.mark.parametrize("seed", range(2))
async def test_the_books_add_up_after_every_step(market: Any, seed: int) -> None:
    walk = Walk(market, random.Random(seed))
    await walk.begin()
    steps = [walk.sale, walk.sale, walk.redemption, walk.reversal, walk.close, walk.check]
    steps += [walk.hold, walk.release, walk.dispute, walk.decide]
    for _ in range(40):
        await walk.rng.choice(steps)()
        await market.books_add_up()
