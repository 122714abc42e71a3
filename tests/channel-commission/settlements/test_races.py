"""Closes, bookings, approvals and crashes at the same moment: every fen in one statement, every decision once."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.closes import service
from channel_commission.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.http.callers import Actor
from shared.ids import new_id


async def together(*work: Awaitable[Any]) -> list[Any]:
    return list(await asyncio.gather(*work))


@pytest.mark.parametrize("seed", range(3))
async def test_sales_redemptions_and_reversals_race_closes(market: Any, seed: int) -> None:
    rng = random.Random(seed)
    products = [await market.product() for _ in range(2)]
    channels = [await market.selling(*products, rules=[rule]) for rule in (market.percent, market.tiered)]
    old = [
        market.sale(rng.choice(channels), rng.choice(products), rng.randint(1, 10**9), "2025-12-10") for _ in range(24)
    ]
    new = [
        market.sale(rng.choice(channels), rng.choice(products), rng.randint(1, 10**9), "2026-01-10") for _ in range(12)
    ]
    await market.receive(*old)
    back = [market.redemption(sale, "2026-01-20") for sale in old[:12]] + [market.reversal(sale) for sale in old[8:20]]
    rng.shuffle(back)

    async def intake(events: list[Any], size: int) -> None:
        for start in range(0, len(events), size):
            await market.receive(*events[start : start + size])

    async def closes() -> None:
        for period in ("2025-12", "2026-01"):
            await asyncio.sleep(rng.random() * 0.05)
            await market.close(period)

    await together(intake(back, 3), intake(new, 1), closes())
    await market.books_add_up()
    await market.close("2026-02")
    await market.books_add_up()
    (sums,) = await market.rows(
        "SELECT (SELECT sum(amount_fen) FROM accrual_entry)::bigint AS booked,"
        " (SELECT sum(entries_fen) FROM statement)::bigint AS settled"
    )
    assert sums.booked == sums.settled


async def test_batches_that_meet_in_two_channels_wait_for_each_other_and_never_deadlock(market: Any) -> None:
    product = await market.product()
    one, other = [await market.selling(product, rules=[market.tiered]) for _ in range(2)]
    for _ in range(5):
        ones, others = [[market.sale(place, product, 10**8, "2026-01-10") for _ in range(4)] for place in (one, other)]
        await market.receive(ones[0], others[0])
        # Each batch begins in the channel in which the other one ends.
        await together(
            market.receive(*ones[1:], market.reversal(others[0])),
            market.receive(*others[1:], market.reversal(ones[0])),
        )
    await market.books_add_up()


async def test_closers_of_two_months_at_once_close_each_once(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(*[market.sale(channel, product, 1_000_00, f"2025-{month}-15") for month in (11, 12)])
    finance = market.staff("finance")

    answers = await together(
        *[finance.post(f"/v1/periods/2025-{month}/close", json={}) for month in (12, 11, 12, 11, 12, 11)]
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    if await market.kit.count("statement") == 1:
        await market.close("2025-12")
    assert (await market.kit.events()).count("period.closed") == await market.kit.count("statement") == 2
    await market.books_add_up()


async def to_invoiced(market: Any) -> dict[str, Any]:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    statement = await market.statement(period="2026-01")
    await market.to_confirmed(statement)
    await market.to_invoiced(statement)
    return statement  # type: ignore[no-any-return]  # JSON


async def test_of_two_approvers_and_two_payers_at_once_one_is_told_so(market: Any) -> None:
    statement = await to_invoiced(market)
    path = f"/v1/settlements/{statement['id']}"
    callers = [market.staff("finance", who) for who in ("second", "third", "fourth", "fifth")]

    digest = {"digest": statement["digest"]}
    approved = await together(*[caller.post(f"{path}/approve-payment", json=digest) for caller in callers])
    paid = await together(
        *[
            caller.post(f"{path}/record-payment", json={"paid_on": "2026-03-02", "reference": f"PAY-{place}"})
            for place, caller in enumerate(callers)
        ]
    )
    for answers in (approved, paid):
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    told = await market.kit.events()
    assert (told.count("settlement.payment_approved"), told.count("settlement.paid")) == (1, 1)
    (row,) = await market.rows("SELECT count(*) AS n FROM audit_entry WHERE action = 'settlement.paid'")
    assert row.n == 1


@asynccontextmanager
async def killed_before_commit(market: Any) -> AsyncIterator[AsyncSession]:
    """Run a transaction whose connection dies when everything is written and only the commit is left."""
    try:
        async with market.kit.database.transaction() as session:
            yield session
            await session.flush()
            (backend,) = (await session.execute(text("SELECT pg_backend_pid()"))).one()
            async with market.kit.database.transaction() as other:
                await other.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})
    except DBAPIError:
        return
    raise AssertionError("the commit went through")


@pytest.mark.parametrize("what", ["sale", "redemption", "reversal"])
async def test_a_booking_killed_at_its_commit_leaves_nothing_and_is_booked_when_it_comes_again(
    market: Any, what: str
) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-12-15")
    make: dict[str, Callable[[], Any]] = {
        "sale": lambda: market.sale(channel, product, 50_000_00, "2026-01-15"),
        "redemption": lambda: market.redemption(sale, "2026-01-20"),
        "reversal": lambda: market.reversal(sale),
    }
    await market.receive(sale)
    await market.close("2025-12")
    received, before = market.kit.received(make[what]()), (await market.entries(), await market.kit.events())

    async with killed_before_commit(market) as session:
        await deliver(session, HANDLERS, [received])
    assert (await market.entries(), await market.kit.events()) == before

    async with market.kit.database.transaction() as session:
        await deliver(session, HANDLERS, [received])
    assert len(await market.entries()) == len(before[0]) + 1
    await market.books_add_up()


async def test_a_close_killed_at_its_commit_leaves_the_month_open_and_succeeds_the_next_time(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    before = await market.kit.events()
    actor = Actor("staff", new_id(), frozenset({"finance"}))

    async with killed_before_commit(market) as session:
        await service.close(session, "2026-01", actor=actor, now=market.kit.now)
    assert await market.kit.events() == before
    assert await market.kit.count("statement") == 0
    await market.receive(market.sale(channel, product, 50_000_00, "2026-01-16"))

    assert (await market.close("2026-01"))["total"]["amount"] == "900.00"
    await market.books_add_up()
