"""What must not matter: zone, locale and hash seed of the machine, the order of shares, where a crash strikes."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from channel_commission.accruals.rules import calculate, reversal_inputs, with_split
from channel_commission.periods.rules import period_of
from channel_commission.worker import HANDLERS
from shared.clock import business_date
from shared.delivery.handlers import deliver

_PROGRAM = """
import json, sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from channel_commission.accruals.rules import calculate, clawback_inputs, tariff_inputs, trailing_inputs
from channel_commission.balances.rules import Basis, DayCount, Trailing, stretches
from channel_commission.clawbacks.rules import Clawback, ClawbackForm, held
from channel_commission.periods.rules import period_of
from channel_commission.tariffs.rules import percent
from shared.clock import business_date

terms = Trailing(Decimal("0.005"), Basis.HELD_AMOUNT, DayCount.ACTUAL_ACTUAL)
days = Clawback(ClawbackForm.LINEAR_DAYS, 365)
told = []
for n in range(400):
    day = business_date(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=53 * n))
    lot = stretches([(day, 10**9 + n)], counted=[(day, None)], until=date(2027, 1, 1), day_count=terms.day_count)
    redeemed = [(n + 1, held(days.form, date(2024, 1, 1), day))]
    for inputs in (
        tariff_inputs(percent(Decimal("0.006")), 10**7 + n),
        trailing_inputs(terms, lot, booked_before_fen=0),
        clawback_inputs(fee_fen=10**6, subscribed_fen=500, schedule=days, redeemed=redeemed, booked_before_fen=0),
    ):
        told.append([period_of(day), calculate(inputs).amount_fen, str(calculate(inputs).exact)])
json.dump(told, sys.stdout)
"""


def run(**surroundings: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env={**os.environ, **surroundings}, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_zone_locale_and_hash_seed_of_the_machine_change_nothing() -> None:
    first = run(TZ="UTC", PYTHONHASHSEED="0", LC_ALL="C.UTF-8")

    assert first == run(TZ="Asia/Shanghai", PYTHONHASHSEED="1", LC_ALL="C")
    assert first == run(TZ="America/Los_Angeles", PYTHONHASHSEED="2", LC_ALL="POSIX")


@given(
    st.integers(0, 10 * 366 * 86_400),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"]),
)
def test_clocks_that_are_put_forward_and_back_elsewhere_move_no_cut_off(seconds: int, zone: str) -> None:
    instant = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    assert business_date(instant.astimezone(ZoneInfo(zone))) == (instant + timedelta(hours=8)).date()


def test_the_last_microsecond_of_a_month_belongs_to_it() -> None:
    last = datetime(2026, 1, 31, 15, 59, 59, 999_999, tzinfo=UTC)

    assert period_of(business_date(last)) == "2026-01"
    assert period_of(business_date(last + timedelta(microseconds=1))) == "2026-02"


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6), st.sampled_from([(75, 25), (70, 20, 10), (1, 1, 1)]))
def test_the_order_in_which_shares_are_written_changes_nobodys_fen(
    before_fen: int, fen: int, shares: tuple[int, ...]
) -> None:
    """A case seen elsewhere: 75 / 25 of 99.99 gave 75.00 and 24.99, since the first in the list got the rest."""

    def parts(weights: tuple[int, ...]) -> list[int]:
        inputs = reversal_inputs(-fen)
        return [
            calculate(with_split(inputs, weights=weights, place=place, before_fen=before_fen)).amount_fen
            for place in range(len(weights))
        ]

    found = parts(shares)
    assert sum(found) == fen
    if len(set(shares)) == len(shares):
        for order in permutations(range(len(shares))):
            assert parts(tuple(shares[place] for place in order)) == [found[place] for place in order]


class StruckError(Exception):
    """A crash in the middle of a transaction."""


@pytest.mark.parametrize("what", ["tiered", "capped", "trailing"])
async def test_a_booking_struck_at_any_statement_and_done_again_is_as_if_nothing_had_happened(
    market: Any, what: str
) -> None:
    product = await market.product()
    cap = {"amount": {"amount": "7000.00"}, "per": "month"}
    terms = {"basis": "held_amount", "day_count": "actual_365"}
    cards = {
        "tiered": [market.tiered],
        "capped": [{"kind": "percent", "rate": "0.0060", "period_cap": cap}],
        "trailing": [{"kind": "trailing", "rate": "0.0050", "trailing": terms}],
    }
    channel = await market.selling(product, rules=cards[what])
    sales = [market.sale(channel, product, 100_000_000, "2026-01-10") for _ in range(3)]
    await market.receive(*sales)
    await market.trail()
    before, engine = await market.entries(), market.kit.database.engine.sync_engine
    batch = [market.reversal(sales[0]), market.sale(channel, product, 50_000_000, "2026-01-11")]
    received = [market.kit.received(one) for one in batch]
    struck = 0
    while await strike(market, engine, received, struck):
        assert await market.entries() == before
        struck += 1

    assert struck > 8
    assert len(await market.entries()) > len(before)
    await market.books_add_up()
    await market.trail()
    total = sum((await market.totals()).values())
    assert total == await fresh(market, cards[what], [*sales[1:], batch[1]])


async def strike(market: Any, engine: Any, received: list[Any], place: int) -> bool:
    """Deliver a batch with a crash at the statement in `place`; return whether there was such a statement."""
    seen = iter(range(place + 1))

    def crash(*_: Any) -> None:
        if next(seen, None) == place:
            raise StruckError

    event.listen(engine, "before_cursor_execute", crash)
    try:
        async with market.kit.database.transaction() as session:
            await deliver(session, HANDLERS, received)
    except StruckError:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", crash)
    return False


async def fresh(market: Any, rules: list[Any], sales: list[Any]) -> int:
    """Return what another channel with the same rates earns for the same sales without any trouble."""
    product = await market.product()
    channel = await market.selling(product, rules=rules)
    await market.receive(*[market.sale(channel, product, sale.amount.fen, sale.confirmed_on) for sale in sales])
    await market.trail()
    (row,) = await market.rows(
        "SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM accrual_entry WHERE channel_id = :channel",
        channel=channel,
    )
    return int(row.fen)
