"""A month as it was known at an instant: nothing recorded later changes it."""

from datetime import datetime, timedelta
from typing import Any


async def now(market: Any) -> datetime:
    (row,) = await market.rows("SELECT clock_timestamp() AS at")
    return row.at  # type: ignore[no-any-return]  # a column of the database


async def known(market: Any, period: str, at: datetime) -> Any:
    found = await market.get(f"/v1/periods/{period}/as-known", at=at.isoformat())
    del found["is_final"]
    return found


async def test_what_is_recorded_later_does_not_change_what_was_known(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-12-15")
    await market.receive(sale)
    first = await now(market)
    before = await known(market, "2025-12", first)
    await market.close("2025-12")
    await market.receive(market.sale(channel, product, 50_000_00, "2025-12-31"), market.redemption(sale, "2026-01-15"))
    await market.receive(market.reversal(sale))
    second = await now(market)

    assert await known(market, "2025-12", first) == before
    assert (before["earned"]["amount"], before["booked"]["amount"]) == ("600.00", "600.00")
    later = await known(market, "2025-12", second)
    assert (later["earned"]["amount"], later["booked"]["amount"]) == ("300.00", "600.00")
    (row,) = later["channels"]
    assert (row["channel_id"], row["bearer"], row["entries"]) == (str(channel), "company", 3)


async def test_the_business_instant_of_an_event_is_not_when_it_was_known(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    began = await now(market)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-15"))

    assert (await known(market, "2025-12", began))["channels"] == []
    (entry,) = (await market.get("/v1/accruals"))["items"]
    assert datetime.fromisoformat(entry["recorded_at"]) < began <= datetime.fromisoformat(entry["known_at"])


async def test_the_last_minute_is_not_final_and_the_future_is_not_told(market: Any) -> None:
    at = await now(market)
    path = "/v1/periods/2025-12/as-known"

    assert (await market.get(path, at=at.isoformat()))["is_final"] is False
    assert (await market.get(path, at=(at - timedelta(seconds=61)).isoformat()))["is_final"] is True
    refused = await market.staff("auditor").get(path, params={"at": (at + timedelta(hours=1)).isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (422, "instant_not_reached")
    naive = await market.staff("auditor").get(path, params={"at": "2026-01-01T00:00:00"})
    assert naive.status_code == 422


async def test_an_event_fourteen_months_late_is_booked_in_the_open_month(market: Any) -> None:
    """A case seen elsewhere: usage older than two periods was ignored without a word."""
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-15"))
    await market.close("2025-12")
    await market.receive(market.sale(channel, product, 100_000_00, "2024-10-15"))

    assert (await market.entries())[-1] == ("accrue", 600_00, "2024-10", "2026-01")
    found = await known(market, "2024-10", await now(market))
    assert (found["earned"]["amount"], found["booked"]["amount"]) == ("600.00", "0.00")
