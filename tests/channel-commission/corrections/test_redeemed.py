"""Fees corrected by a dispute and redeemed: the part that goes back is one of the fee as corrected."""

import random
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

FEE = 600_00


def half_up(exact: Fraction) -> int:
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


class Story:
    """A sale of December 10, 2025 over 100,000.00, its fee of 600.00 disputed."""

    def __init__(self, market: Any, splits: Any = None) -> None:
        self.market, self.splits = market, splits

    async def begin(self) -> None:
        self.product = await self.market.product()
        rules = [{**self.market.percent, "splits": self.splits}]
        self.channel = await self.market.selling(self.product, rules=rules)
        self.sale = self.market.sale(self.channel, self.product, 100_000_00, "2025-12-10")
        await self.market.receive(self.sale)
        await self.market.close("2025-12")
        statement = await self.market.statement(channel_id=self.channel)
        await self.market.command("finance", statement, "check", {"digest": statement["digest"]})
        await self.market.command("channel_manager", statement, "send")
        (line,) = (await self.market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
        body = {"digest": statement["digest"], "lines": [{"accrual_id": line["id"], "reason": "费率有误"}]}
        mine = self.market.kit.channel(self.channel, "commission.confirm")
        answer = await mine.post(f"/v1/settlements/{statement['id']}/dispute", json=body)
        assert answer.status_code == 200, answer.text

    async def decide(self, corrected: int) -> None:
        (found,) = (await self.market.get("/v1/line-disputes", status="open"))["items"]
        path = f"/v1/line-disputes/{found['id']}"
        body = {"corrected": {"amount": f"{corrected // 100}.{corrected % 100:02d}"}, "answer": "已核对费率表"}
        await self.market.post("channel_manager", f"{path}/answer", body)
        await self.market.post("finance", f"{path}/decide", who="second")
        await self.market.books_add_up()

    async def earned(self, channel: UUID | None = None) -> int:
        rows = await self.market.rows(
            "SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM accrual_entry WHERE channel_id = :channel",
            channel=channel or self.channel,
        )
        return int(rows[0].fen)


def kept(corrected: int, parts: list[tuple[int, str]]) -> int:
    """Return what is left of a fee of 600.00 that was corrected, after redemptions of fen on days of January 2026."""
    back = sum((Fraction(fen * (60 - (day >= "2026-01-10")), 100_000_00 * 60) for fen, day in parts), Fraction(0))
    return corrected - half_up(FEE * back) - half_up((corrected - FEE) * back)


@pytest.mark.parametrize("corrected", [850_00, 400_01, 0])
@pytest.mark.parametrize("first", ["decision", "redemption"])
@pytest.mark.parametrize("fens", [[100_000_00], [33_333_33], [33_333_33, 12_345_67, 90_000_00]])
async def test_what_goes_back_is_a_part_of_the_fee_as_corrected(
    market: Any, corrected: int, first: str, fens: list[int]
) -> None:
    story = Story(market)
    await story.begin()
    taken = [market.redemption(story.sale, "2026-01-15", fen=fen, is_full=False) for fen in fens]
    if first == "decision":
        await story.decide(corrected)
    await market.receive(*taken)
    await market.receive(*taken)
    if first == "redemption":
        await story.decide(corrected)

    left, parts = 100_000_00, []
    for fen in fens:
        parts.append((min(fen, left), "2026-01-15"))
        left -= min(fen, left)
    assert await story.earned() == kept(corrected, parts)
    await market.books_add_up()
    for row in await market.rows("SELECT id FROM accrual_entry"):
        assert (await market.get(f"/v1/accruals/{row.id}/why"))["is_as_booked"]


async def test_a_redemption_taken_back_gives_the_correction_back_whole(market: Any) -> None:
    story = Story(market)
    await story.begin()
    taken = market.redemption(story.sale, "2026-01-15")
    await market.receive(taken)
    await story.decide(850_00)
    await market.receive(market.reversal(taken))

    assert await story.earned() == 850_00
    await market.books_add_up()
    await market.receive(market.reversal(story.sale))
    assert await story.earned() == 0
    await market.books_add_up()


async def test_a_correction_and_its_clawback_are_the_channels_own_where_a_fee_is_shared(market: Any) -> None:
    other = await market.selling()
    story = Story(market, [{"channel_id": str(other), "share": "0.25"}])
    await story.begin()
    await market.receive(market.redemption(story.sale, "2026-01-15", fen=50_000_00, is_full=False))
    await story.decide(500_00)

    # 450.00 of the seller became 500.00, 150.00 of the other stayed; 59 of 120 parts of both go back.
    assert await story.earned() == 500_00 - half_up(Fraction(450_00 * 59, 120)) - half_up(Fraction(50_00 * 59, 120))
    assert await story.earned(other) == 150_00 - half_up(Fraction(150_00 * 59, 120))
    await market.books_add_up()


@pytest.mark.parametrize("seed", range(4))
async def test_holds_corrections_redemptions_and_reversals_in_any_order_come_to_what_an_oracle_says(
    market: Any, seed: int
) -> None:
    rng = random.Random(seed)
    story = Story(market)
    await story.begin()
    corrected = rng.choice([rng.randint(0, 2 * FEE), FEE + 1])
    days = sorted(f"2026-01-{rng.randint(1, 28):02d}" for _ in range(3))
    fens = [rng.randint(1, 60_000_00) for _ in days]
    taken = [market.redemption(story.sale, day, fen=fen, is_full=False) for day, fen in zip(days, fens, strict=True)]
    back = market.reversal(taken[1])
    steps: list[Any] = [*taken, back, "decide", "hold"]
    rng.shuffle(steps)
    for step in steps:
        if step == "decide":
            await story.decide(corrected)
        elif step == "hold":
            body = {"dealing_id": str(story.sale.dealing_id), "reason": "核查"}
            answer = await market.staff("compliance").post("/v1/fee-holds", json=body)
            assert answer.status_code in (201, 409)
        else:
            await market.receive(step)
        await market.books_add_up()
    for held in (await market.get("/v1/fee-holds", only_open=True))["items"]:
        path = f"/v1/fee-holds/{held['id']}/release"
        await market.post("compliance", path, {"reason": "核查无误"}, who="second")

    left, parts = 100_000_00, []
    for day, fen in [(days[0], fens[0]), (days[2], fens[2])]:
        parts.append((min(fen, left), day))
        left -= min(fen, left)
    assert await story.earned() == kept(corrected, parts)
    await market.books_add_up()
