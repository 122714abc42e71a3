"""Scorecards from real dealings, complaints and risk events; again they are the same, late facts make a revision."""

import asyncio
import random
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

from shared.events.complaints import ComplaintDecided, ComplaintRegistered, ComplaintWithdrawn
from shared.ids import new_id

AT = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)
QUARTER = {"start": "2025-10-01", "until": "2026-01-01"}


def complaint(channel_id: UUID | None, on: str = "2025-11-05", *, id: UUID | None = None) -> ComplaintRegistered:
    return ComplaintRegistered(
        occurred_at=AT,
        complaint_id=id or new_id(),
        channel_id=channel_id,
        level="ordinary",
        reason="misselling",
        received_on=date.fromisoformat(on),
        due_on=date(2025, 12, 1),
    )


async def compute(market: Any, **fields: Any) -> Any:
    return await market.post("channel_manager", "/v1/channel-scorecards/compute", {**QUARTER, **fields})


async def why(market: Any, channel_id: UUID) -> Any:
    cards = (await market.get("/v1/channel-scorecards", channel_id=str(channel_id)))["items"]
    return await market.get(f"/v1/channel-scorecards/{cards[-1]['id']}/why")


async def test_a_scorecard_counts_what_happened_in_its_days_and_nothing_else(market: Any) -> None:
    product = await market.product()
    channel, other = await market.selling(product), await market.selling(product)
    earlier = market.sale(channel, product, 2_000_000_00, "2025-09-30")
    old = market.sale(channel, product, 500_000_00, "2025-03-01")
    first, last = (market.sale(channel, product, 1_000_000_00, day) for day in ("2025-10-01", "2025-12-31"))
    late = market.sale(channel, product, 9_000_000_00, "2026-01-01")
    taken_back = market.sale(channel, product, 3_000_000_00, "2025-11-01")
    await market.receive(earlier, old, first, last, late, taken_back, market.reversal(taken_back))
    await market.receive(
        market.redemption(old, "2025-09-30", fen=100_000_00, is_full=False),
        market.redemption(old, "2025-10-01", fen=450_000_00),
        market.redemption(first, "2025-12-01", fen=200_000_00, is_full=False),
        market.redemption(last, "2026-01-01"),
    )
    unfounded, withdrawn = complaint(channel), complaint(channel)
    await market.receive(complaint(channel, "2025-10-01"), complaint(channel, "2026-01-01"), complaint(other))
    await market.receive(unfounded, withdrawn, complaint(None))
    for event in (ComplaintDecided, ComplaintWithdrawn):
        told = unfounded if event is ComplaintDecided else withdrawn
        more = {"is_upheld": False} if event is ComplaintDecided else {}
        await market.receive(event(occurred_at=AT, complaint_id=told.complaint_id, channel_id=channel, **more))
    for severity, day in (("low", "2025-12-31"), ("high", "2026-01-01")):
        body = {"severity": severity, "occurred_on": day, "facts": "x", "evidence": "x", "measure": "x"}
        body |= {"owner_id": str(new_id()), "due_on": "2026-06-01"}
        await market.post("risk", f"/v1/channels/{channel}/risk-events", body, status=201)

    assert await compute(market) == {"channels": 2, "changed": 2}
    found = await why(market, channel)
    assert found["facts"] == {
        "sales_fen": 2_000_000_00,
        "earlier_sales_fen": 2_000_000_00,
        "held_fen": 2_400_000_00,
        "redeemed_fen": 600_000_00,
        "dealings": 5,
        "reversed_dealings": 1,
        "complaints": 2,
        "unfounded_complaints": 1,
        "ended_complaints": 0,
        "answered_complaints": 0,
        "measures": {},
        "risk_events": {"low": 1},
        "red_lines": [],
    }
    assert found["is_same"] is True
    assert found["policy_version"] == "channel.scorecard@2000-01-01"
    points = {line["code"]: line["points"] for line in found["lines"]}
    expected = {"sales": "100.00", "retention": "86.36", "complaints": "0.00", "compliance": "95.00"}
    assert points == {**expected, "data_quality": "80.00"}


async def test_the_same_again_writes_nothing_and_a_late_fact_makes_a_revision(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_00, "2025-11-01"))
    assert (await compute(market))["changed"] == 1
    assert (await compute(market))["changed"] == 0
    answers = await asyncio.gather(*[compute(market) for _ in range(4)])
    assert {one["changed"] for one in answers} == {0}

    await market.receive(complaint(channel))
    assert (await compute(market))["changed"] == 1
    cards = (await market.get("/v1/channel-scorecards"))["items"]
    assert [one["revision"] for one in cards] == [1, 2]
    assert (await market.get(f"/v1/channel-scorecards/{cards[0]['id']}/why"))["is_same"] is True


async def test_news_of_a_complaint_may_come_in_any_order(market: Any) -> None:
    channel = await market.selling()
    kept = set()
    for order in permutations(range(3)):
        id = new_id()
        told = [
            complaint(channel, id=id),
            ComplaintDecided(occurred_at=AT, complaint_id=id, channel_id=channel, is_upheld=False),
            ComplaintWithdrawn(occurred_at=AT, complaint_id=id, channel_id=channel),
        ]
        for place in order:
            await market.receive(told[place])
        (row,) = await market.rows("SELECT * FROM channel_complaint WHERE complaint_id = :id", id=id)
        kept.add((row.channel_id, row.received_on, row.is_upheld, row.is_withdrawn))
    assert kept == {(channel, date(2025, 11, 5), False, True)}


async def test_counted_facts_agree_with_plain_addition_over_random_stories(market: Any) -> None:
    dice, product = random.Random(7), await market.product()
    channel = await market.selling(product)
    sales = held = redeemed = 0
    for _ in range(25):
        month, fen = dice.randrange(7, 13), dice.randrange(1, 10**9)
        sale = market.sale(channel, product, fen, f"2025-{month:02d}-10")
        await market.receive(sale)
        back = dice.choice([0, fen // 3, fen])
        gone = dice.randrange(month, 13)
        if back:
            await market.receive(market.redemption(sale, f"2025-{gone:02d}-20", fen=back + 7, is_full=back == fen))
        back = min(fen, back + 7) if back and back != fen else back
        sales += fen if month >= 10 else 0
        held += fen - (back if gone < 10 else 0) if month < 10 else 0
        redeemed += back if gone >= 10 else 0
    await compute(market)
    facts = (await why(market, channel))["facts"]
    assert (facts["sales_fen"], facts["held_fen"], facts["redeemed_fen"]) == (sales, held, redeemed)


async def test_a_period_without_days_is_refused_and_a_channel_sees_its_own_scorecards(market: Any) -> None:
    channel, _other = await market.selling(), await market.selling()
    for fields, status in (({"until": "2025-10-01"}, 422), ({"until": "2026-03-03"}, 409)):
        await market.post("channel_manager", "/v1/channel-scorecards/compute", {**QUARTER, **fields}, status=status)
    await compute(market)
    caller = market.kit.channel(channel, "commission.read")
    found = (await caller.get("/v1/channel-scorecards")).json()["items"]
    assert [one["channel_id"] for one in found] == [str(channel)]
    foreign = [
        one for one in (await market.get("/v1/channel-scorecards"))["items"] if one["channel_id"] != str(channel)
    ]
    assert (await caller.get(f"/v1/channel-scorecards/{foreign[0]['id']}/why")).status_code == 404
