"""A close claims no rows: its work does not grow with the entries, nor does it do anything twice."""

from typing import Any

from shared.testing.statements import statements


async def statements_of_close(market: Any, period: str) -> list[str]:
    """Close a month and return the statements of SQL that took."""
    with statements(market.kit.database) as seen:
        await market.close(period)
    return seen


async def test_a_close_takes_as_many_statements_for_many_entries_as_for_few(market: Any) -> None:
    """A case seen elsewhere: every settlement claimed its entries row by row, and the cost grew without bound."""
    product, plan = await market.product(), await market.product()
    channels = [await market.selling(product), await market.selling(product, cycle="quarterly")]
    channels.append(await market.selling(plan, bearer="trust_plan"))
    for n, period in enumerate(("2025-10", "2025-11", "2025-12")):
        sold = [(channel, plan if channel is channels[2] else product) for channel in channels]
        sales = [market.sale(*one, 100_000_00, f"{period}-10") for one in sold for _ in range(1 + 40 * n)]
        await market.receive(*sales)
    few = await statements_of_close(market, "2025-10")
    many = await statements_of_close(market, "2025-11")
    quarter = await statements_of_close(market, "2025-12")

    assert len(few) == len(many) == len(quarter)
    assert not any("UPDATE accrual_entry" in one for one in (*few, *many, *quarter))
    entries = [one["entries"] for one in (await market.get("/v1/settlements"))["items"]]
    assert sorted(entries) == [1, 1, 41, 41, 81, 81, 123]
    await market.books_add_up()


async def test_closing_again_writes_nothing(market: Any) -> None:
    product = await market.product()
    channels = [await market.selling(product, cycle=cycle) for cycle in ("monthly", "quarterly", "at_establishment")]
    await market.receive(*[market.sale(channel, product, 100_000_00, "2025-12-10") for channel in channels])
    await market.close("2025-12")
    await market.establish(product)
    before = [await market.kit.count(table) for table in ("statement", "accrual_entry", "outbox", "establishment")]

    assert (await market.close("2025-12", status=409))["code"] == "period_already_closed"
    assert (await market.establish(product, status=409))["code"] == "establishment_closed"
    assert [
        await market.kit.count(table) for table in ("statement", "accrual_entry", "outbox", "establishment")
    ] == before
    assert before[0] == 3
    await market.books_add_up()
