"""Opening months and reading them."""

from typing import Any

from channel_commission.periods.service import open_present
from shared.ids import new_id


async def open_now(market: Any) -> None:
    async with market.kit.database.transaction() as session:
        await open_present(session, market.kit.now, 100)


async def test_the_present_month_is_opened_once(market: Any) -> None:
    market.kit.now = market.kit.now.replace(month=3, day=31, hour=15, minute=59)
    await open_now(market)
    await open_now(market)
    # 16:00 UTC is midnight in Shanghai.
    market.kit.now = market.kit.now.replace(hour=16, minute=0)
    await open_now(market)

    assert [told["period"] for _, told in await market.kit.outbox()] == ["2026-03", "2026-04"]
    found = (await market.get("/v1/periods", status="open"))["items"]
    assert [one["period"] for one in found] == ["2026-04", "2026-03"]


async def test_a_month_nobody_needed_is_not_there(market: Any) -> None:
    answer = await market.staff("finance").get("/v1/periods/2026-01")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_month_without_entries_can_be_closed(market: Any) -> None:
    closed = await market.close("2026-01")

    assert (closed["status"], closed["statements"], closed["total"]["amount"]) == ("closed", 0, "0.00")
    assert await market.kit.events() == ["period.opened", "period.closed"]


async def test_a_channel_does_not_see_what_the_house_owes_all_channels(market: Any) -> None:
    await market.close("2026-01")
    caller = market.kit.channel(new_id(), "commission.read")

    for path in ("/v1/periods", "/v1/periods/2026-01"):
        assert (await caller.get(path)).status_code == 403
