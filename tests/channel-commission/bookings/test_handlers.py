"""Dealings become entries: the right fen, in the right month, once, whatever order they come in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.clock import business_date
from shared.ids import new_id


async def test_a_subscription_books_its_fee_and_tells_it(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale)

    assert await market.entries() == [("accrue", 600_00, "2026-01", "2026-01")]
    type_, told = (await market.kit.outbox())[-1]
    assert type_ == "channel-commission.accrual.booked.v1"
    assert told | {"accrual_id": "", "occurred_at": ""} == {
        "accrual_id": "",
        "occurred_at": "",
        "client_id": str(sale.client_id),
        "channel_id": str(channel),
        "product_id": str(product),
        "dealing_id": str(sale.dealing_id),
        "bearer": "company",
        "amount": {"amount": "600.00", "currency": "CNY"},
        "earned_period": "2026-01",
        "booked_period": "2026-01",
    }


async def test_an_entry_is_caused_by_its_own_event_also_in_a_batch(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sales = [market.sale(channel, product, 1_000_00, "2026-01-15") for _ in range(3)]
    await market.receive(*sales)

    rows = await market.rows(
        "SELECT accrual_entry.event_id::text AS event_id, headers->>'ce_causationid' AS cause FROM accrual_entry"
        " JOIN outbox ON aggregate_id = accrual_entry.id"
    )
    assert len({row.event_id for row in rows}) == 3
    assert all(row.event_id == row.cause for row in rows)


async def test_a_redemption_in_a_later_month_claws_back_into_its_own_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-01-31")
    await market.receive(sale, market.redemption(sale, "2025-02-28"))

    assert await market.entries() == [
        ("accrue", 600_00, "2025-01", "2025-01"),
        ("clawback", -590_00, "2025-02", "2025-02"),
    ]
    assert (await market.kit.events())[-1] == "accrual.clawed_back"


async def test_a_redemption_before_its_subscription_is_kept_and_takes_effect_with_it(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-01-31")
    await market.receive(market.redemption(sale, "2025-02-28"))

    waiting = (await market.get("/v1/unaccrued-dealings"))["items"]
    assert [one["reason"] for one in waiting] == ["subscription_unknown"]

    await market.receive(sale)
    assert await market.totals() == {"2025-01": 600_00, "2025-02": -590_00}
    assert (await market.get("/v1/unaccrued-dealings"))["items"] == []


async def test_a_reversal_before_the_close_nets_to_zero_with_both_lines_visible(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale, market.reversal(sale))

    assert await market.entries() == [
        ("accrue", 600_00, "2026-01", "2026-01"),
        ("reverse", -600_00, "2026-01", "2026-01"),
    ]
    assert (await market.kit.events())[-1] == "accrual.reversed"


async def test_a_reversal_after_the_close_goes_into_the_open_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale)
    await market.close("2026-01")
    await market.receive(market.reversal(sale))

    assert (await market.entries())[-1] == ("reverse", -600_00, "2026-01", "2026-02")


async def test_a_reversal_known_before_its_subscription_keeps_it_from_earning(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(market.reversal(sale), sale)

    assert await market.entries() == []


async def test_a_late_sale_in_a_closed_month_is_earned_there_and_booked_in_the_open_one(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-31"))
    await market.close("2025-12")
    await market.close("2026-01")
    await market.receive(market.sale(channel, product, 50_000_00, "2025-12-31"))

    assert (await market.entries())[-1] == ("accrue", 300_00, "2025-12", "2026-02")


async def test_a_late_tiered_sale_books_the_difference_of_the_months_price(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    await market.receive(market.sale(channel, product, 1_000_000_00, "2025-12-30"))
    await market.close("2025-12")
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-31"))

    assert await market.entries() == [
        ("accrue", 3_000_00, "2025-12", "2025-12"),
        ("accrue", 450_00, "2025-12", "2026-01"),
    ]


async def test_a_tiered_month_is_priced_on_the_volume_of_the_channel_in_the_product(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product, other, rules=[market.tiered])
    await market.receive(
        market.sale(channel, product, 900_000_00, "2026-01-10"),
        market.sale(channel, other, 900_000_00, "2026-01-10"),
        market.sale(channel, product, 200_000_00, "2026-01-20"),
        market.sale(channel, product, 200_000_00, "2026-02-20"),
    )

    assert [fen for _, fen, _, _ in await market.entries()] == [2_700_00, 2_700_00, 750_00, 600_00]


async def test_a_reversed_tiered_sale_lets_those_above_it_slide_down(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    first = market.sale(channel, product, 1_000_000_00, "2026-01-10")
    second = market.sale(channel, product, 200_000_00, "2026-01-20")
    await market.receive(first, second)
    await market.receive(market.reversal(first))

    assert await market.entries() == [
        ("accrue", 3_000_00, "2026-01", "2026-01"),
        ("accrue", 900_00, "2026-01", "2026-01"),
        ("reverse", -3_000_00, "2026-01", "2026-01"),
        ("rerate_delta", -300_00, "2026-01", "2026-01"),
    ]
    entries = (await market.get("/v1/accruals", dealing_id=second.dealing_id))["items"]
    for entry in entries:
        assert (await market.get(f"/v1/accruals/{entry['id']}/why"))["is_as_booked"]


async def test_a_reversal_below_a_dealing_that_earned_nothing_lets_that_earn(market: Any) -> None:
    """The first million earns 0.60 %, nothing above it: without the first sale the second is the first million."""
    falling = {
        "kind": "marginal",
        "tiers": [{"up_to": {"amount": "1000000.00"}, "rate": "0.0060"}, {"rate": "0"}],
    }
    product = await market.product()
    channel = await market.selling(product, rules=[falling])
    first, second = [market.sale(channel, product, 1_000_000_00, "2026-01-10") for _ in range(2)]
    await market.receive(first, second)
    assert await market.totals() == {"2026-01": 6_000_00}

    await market.receive(market.reversal(first))
    assert await market.totals() == {"2026-01": 6_000_00}
    assert (await market.entries())[-1] == ("rerate_delta", 6_000_00, "2026-01", "2026-01")


async def test_sales_and_reversals_of_a_tiered_month_in_one_batch_see_each_other(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    first, second, third = [market.sale(channel, product, 1_000_000_00, "2026-01-10") for _ in range(3)]
    await market.receive(first, second, market.reversal(first), third, market.reversal(second))

    assert await market.totals() == {"2026-01": 3_000_00}
    per_dealing = await market.rows(
        "SELECT dealing_id, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1 HAVING sum(amount_fen) <> 0"
    )
    assert [(row.dealing_id, row.fen) for row in per_dealing] == [(third.dealing_id, 3_000_00)]


async def test_a_reversal_reads_no_more_of_a_month_than_it_changes(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    sales = [market.sale(channel, product, 1_000_000_00, "2026-01-10") for _ in range(30)]
    await market.receive(*sales)
    await market.receive(market.reversal(sales[0]))

    # 0.60 % of the last million goes back, 0.30 % of the first stays away: the latest dealing alone pays for it.
    assert (await market.entries())[-2:] == [
        ("reverse", -3_000_00, "2026-01", "2026-01"),
        ("rerate_delta", -3_000_00, "2026-01", "2026-01"),
    ]


async def test_fees_of_tiered_products_are_not_clawed_back(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    sale = market.sale(channel, product, 1_000_000_00, "2026-01-10")
    await market.receive(sale, market.redemption(sale, "2026-02-10"))

    assert [kind for kind, *_ in await market.entries()] == ["accrue"]


async def test_the_business_date_is_the_day_of_confirmation_in_shanghai(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    # 2026-10-31T16:00Z is the first minute of November in Shanghai: the house confirms on November 1.
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    sale = market.sale(channel, product, 100_000_00, business_date(midnight))
    await market.receive(sale.model_copy(update={"occurred_at": midnight}))

    assert await market.entries() == [("accrue", 600_00, "2026-11", "2026-11")]


async def test_a_direct_sale_earns_nobody_a_fee_and_is_not_listed(market: Any) -> None:
    product = await market.product()
    sale = market.sale(None, product, 100_000_00, "2026-01-15")
    await market.receive(sale, market.redemption(sale, "2026-02-10"))

    assert await market.entries() == []
    assert (await market.get("/v1/unaccrued-dealings"))["items"] == []


async def test_an_event_that_comes_twice_books_nothing_more(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.percent])
    sale = market.sale(channel, product, 100_000_00, "2025-01-15")
    back = market.redemption(sale, "2025-06-15")
    await market.receive(sale, back)
    before = await market.entries()
    await market.receive(sale, back, sale)
    await market.receive(market.reversal(back))
    gone = await market.entries()
    await market.receive(market.reversal(back))

    assert before == gone[: len(before)]
    assert await market.entries() == gone


async def test_two_entries_of_one_event_kind_and_place_cannot_both_stand(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    columns = "channel_id, rate_rule_id, product_id, bearer, dealing_id, client_id, event_id, component, kind, seq,"
    columns += (
        " base_fen, exact, amount_fen, earned_period, booked_period, business_date, engine_version, inputs, recorded_at"
    )
    sql = f"INSERT INTO accrual_entry (id, version, event_key, {columns})"
    sql += f" SELECT gen_random_uuid(), 1, event_key, {columns} FROM accrual_entry"

    with pytest.raises(DBAPIError) as refused:
        async with market.kit.database.transaction() as session:
            await session.execute(text(sql))
    assert isinstance(refused.value.orig, errors.UniqueViolation)


@pytest.mark.parametrize("change", ["UPDATE accrual_entry SET amount_fen = 0", "DELETE FROM accrual_entry"])
async def test_entries_are_never_changed_or_deleted(market: Any, change: str) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))

    with pytest.raises(DBAPIError, match="append-only"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(change))
    assert await market.entries() == [("accrue", 600_00, "2026-01", "2026-01")]


async def test_the_database_refuses_an_entry_in_a_closed_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    sql = "INSERT INTO accrual_entry SELECT (jsonb_populate_record(e, :other)).* FROM accrual_entry AS e"

    with pytest.raises(DBAPIError, match="closed month takes no entries"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(sql), {"other": f'{{"id": "{new_id()}", "event_id": "{new_id()}"}}'})
