"""Random portfolios with every kind of rate settle to what an independent reading in Fraction says, in every month."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

YEAR_END = date(2026, 2, 28)
BOUNDS = (0, 2_000_000_00)


def half_up(exact: Fraction) -> int:
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def amount(fen: int) -> dict[str, str]:
    return {"amount": f"{fen // 100}.{fen % 100:02d}"}


def whole_months(start: date, end: date) -> int:
    months = 12 * (end.year - start.year) + end.month - start.month
    return months if end.day >= start.day else months - 1


class Plan:
    """One kind of rate: its rule as sent, and what an independent reading makes of its sales."""

    def __init__(self, rule: dict[str, Any], read: Callable[..., Iterator[tuple[str, int]]]) -> None:
        self.rule, self.read = rule, read


def by_deal(price: Callable[[int], Fraction], back: Callable[[date, date], Fraction]) -> Callable[..., Any]:
    """Read fees of single dealings with a clawback: `back` is the part that goes back."""

    def read(sales: list[Any], redeemed: dict[UUID, list[tuple[date, int]]]) -> Iterator[tuple[str, int]]:
        for sale in sales:
            fee = half_up(price(sale.amount.fen))
            yield f"{sale.confirmed_on:%Y-%m}", fee
            owed, before = Fraction(0), 0
            for on, part in redeemed[sale.dealing_id]:
                owed += Fraction(fee * part, sale.amount.fen) * back(sale.confirmed_on, on)
                yield f"{on:%Y-%m}", before - half_up(owed)
                before = half_up(owed)

    return read


def whole_volume(sales: list[Any], _redeemed: Any) -> Iterator[tuple[str, int]]:
    volume = Counter[str]()
    for sale in sales:
        volume[f"{sale.confirmed_on:%Y-%m}"] += sale.amount.fen
    for month, fen in volume.items():
        yield month, half_up(fen * Fraction("0.0070" if fen > BOUNDS[1] else "0.0050"))


def capped(cap_fen: int, length: int) -> Callable[..., Any]:
    """Read single fees up to a cap per month (`length` 7) or year (4); what is cut shows in the total alone."""

    def read(sales: list[Any], _redeemed: Any) -> Iterator[tuple[str, int]]:
        fees = Counter[str]()
        for sale in sales:
            fees[f"{sale.confirmed_on:%Y-%m}"[:length]] += half_up(sale.amount.fen * Fraction("0.0060"))
        for window, fen in fees.items():
            yield window, min(fen, cap_fen)

    return read


def whole_capped(sales: list[Any], _redeemed: Any) -> Iterator[tuple[str, int]]:
    """Read whole-volume months up to a cap a year."""
    yield "2025", min(sum(fen for _, fen in whole_volume(sales, None)), 20_000_00)


def trailing(sales: list[Any], redeemed: dict[UUID, list[tuple[date, int]]]) -> Iterator[tuple[str, int]]:
    for sale in sales:
        total, before, day = Fraction(0), 0, sale.confirmed_on
        while day <= YEAR_END:
            held = sale.amount.fen - sum(part for on, part in redeemed[sale.dealing_id] if on <= day)
            total += Fraction(held, 360) * Fraction("0.0030")
            if (day + timedelta(days=1)).day == 1:
                yield f"{day:%Y-%m}", half_up(total) - before
                before = half_up(total)
            day += timedelta(days=1)


def stepped(start: date, end: date) -> Fraction:
    months = whole_months(start, end)
    return Fraction(1) if months < 2 else Fraction(1, 2) if months < 5 else Fraction(0)


def plans() -> dict[str, Plan]:
    percent = {"kind": "percent", "rate": "0.0060"}
    steps = [{"below_months": 2, "share": "1"}, {"below_months": 5, "share": "0.5"}]
    tiers = [{"up_to": amount(BOUNDS[1]), "rate": "0.0050"}, {"rate": "0.0070"}]
    terms = {"basis": "held_amount", "day_count": "actual_360", "management_fee": {"rate": "0.01", "share": "0.3"}}
    by_days = by_deal(lambda fen: Fraction(150_00), lambda start, end: Fraction(max(365 - (end - start).days, 0), 365))
    bounded = by_deal(lambda fen: min(max(fen * Fraction("0.0060"), Fraction(10_00)), Fraction(2000_00)), stepped)
    sliced = by_deal(
        lambda fen: min(fen, BOUNDS[1]) * Fraction("0.005") + max(fen - BOUNDS[1], 0) * Fraction("0.007"),
        lambda start, end: Fraction(0),
    )
    floor_and_cap = {"floor": amount(10_00), "cap": amount(2000_00)}
    return {
        "flat": Plan(
            {"kind": "flat", "amount": amount(150_00), "clawback": {"form": "linear_days", "days": 365}}, by_days
        ),
        "bounded": Plan({**percent, **floor_and_cap, "clawback": {"form": "steps", "steps": steps}}, bounded),
        "sliced": Plan({"kind": "marginal", "measure": "deal", "tiers": tiers}, sliced),
        "whole": Plan({"kind": "whole", "tiers": tiers}, whole_volume),
        "month": Plan({**percent, "period_cap": {"amount": amount(9000_00), "per": "month"}}, capped(9000_00, 7)),
        "year": Plan({**percent, "period_cap": {"amount": amount(30000_00), "per": "year"}}, capped(30000_00, 4)),
        "tiered_year": Plan(
            {"kind": "whole", "tiers": tiers, "period_cap": {"amount": amount(20_000_00), "per": "year"}}, whole_capped
        ),
        "trailing": Plan({"kind": "trailing", "rate": "0.0050", "trailing": terms}, trailing),
    }


def redeemed_of(sales: list[Any], redemptions: list[Any]) -> dict[UUID, list[tuple[date, int]]]:
    found: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    for sale in sales:
        left = sale.amount.fen
        mine = [one for one in redemptions if one.original_dealing_id == sale.dealing_id]
        for one in sorted(mine, key=lambda it: (it.confirmed_on, it.confirmation_number)):
            part = left if one.is_full else min(one.amount.fen, left)
            left -= part
            found[sale.dealing_id].append((one.confirmed_on, part))
    return found


async def booked(market: Any, product: UUID, length: int) -> dict[str, int]:
    rows = await market.rows(
        "SELECT left(earned_period, :length) AS window, sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE product_id = :product GROUP BY 1",
        product=product,
        length=length,
    )
    return {row.window: row.fen for row in rows if row.fen}


class Portfolio:
    """Sales of every plan with redemptions and reversals, in some order."""

    def __init__(self, market: Any, rng: random.Random, channel: UUID, products: dict[str, UUID]) -> None:
        self.market, self.rng = market, rng
        self.sales: dict[str, list[Any]] = {name: [] for name in products}
        self.redemptions: list[Any] = []
        self.reversals: list[tuple[Any, Any]] = []
        for _ in range(50):
            name = rng.choice(sorted(products))
            fen = rng.choice([rng.randint(1, 10**7), rng.randint(1, 2 * 10**8)])
            on = date(2025, rng.choice([1, 2, 3, 11]), rng.randint(1, 28))
            self.sales[name].append(market.sale(channel, products[name], fen, on))
            self.redeem(self.sales[name][-1])
        self.reverse([*self.redemptions, *(sale for some in self.sales.values() for sale in some)])

    def redeem(self, sale: Any) -> None:
        for _ in range(self.rng.choice([0, 1, 2])):
            on = min(sale.confirmed_on + timedelta(days=self.rng.randint(0, 300)), YEAR_END)
            fen, is_full = self.rng.randint(1, sale.amount.fen), self.rng.random() < 0.3
            self.redemptions.append(self.market.redemption(sale, on, fen=fen, is_full=is_full))

    def reverse(self, dealings: list[Any]) -> None:
        taken = [one for one in dealings if self.rng.random() < 0.15]
        self.reversals = [(one, self.market.reversal(one)) for one in taken]

    async def tell(self) -> None:
        """Let the service hear of it all, with a look of the timer in the middle and at the end."""
        sales = [sale for some in self.sales.values() for sale in some]
        events = [*sales, *self.redemptions, *(back for _, back in self.reversals)]
        self.rng.shuffle(events)
        size, middle = self.rng.choice([1, 7, 500]), self.rng.randrange(len(events))
        for some in (events[:middle], events[middle:]):
            for start in range(0, len(some), size):
                await self.market.receive(*some[start : start + size])
            await self.market.trail()

    def expected(self, name: str, plan: Plan) -> dict[str, int]:
        """Return what a plan's sales earn by month or year."""
        gone = {taken.dealing_id for taken, _ in self.reversals}
        mine = [sale for sale in self.sales[name] if sale.dealing_id not in gone]
        live = [one for one in self.redemptions if one.dealing_id not in gone]
        found = Counter[str]()
        for window, fen in plan.read(mine, redeemed_of(mine, live)):
            found[window] += fen
        return {window: fen for window, fen in found.items() if fen}


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_portfolio_earns_what_an_independent_reading_says(market: Any, seed: int) -> None:
    kinds = plans()
    products = {name: await market.product() for name in kinds}
    other = await market.selling()
    split = [{"channel_id": str(other), "share": "0.3333"}] if seed % 2 else None
    rules = [{**kinds[name].rule, "product_id": str(id), "splits": split} for name, id in products.items()]
    cycle = ["monthly", "quarterly", "at_establishment"][seed % 3]
    channel = await market.selling(*products.values(), rules=rules, cycle=cycle)
    portfolio = Portfolio(market, random.Random(seed), channel, products)
    await portfolio.tell()

    for name, plan in kinds.items():
        found = await booked(market, products[name], 4 if name.endswith("year") else 7)
        assert found == portfolio.expected(name, plan), name
    await market.books_add_up()
    for row in await market.rows("SELECT id FROM accrual_entry ORDER BY random() LIMIT 25"):
        assert (await market.get(f"/v1/accruals/{row.id}/why"))["is_as_booked"]
    await shares_are_exact(market, other, Fraction("0.3333") if split else Fraction(0))


async def shares_are_exact(market: Any, other: UUID, share: Fraction) -> None:
    """Check that what a further channel has of each fee is less than a fen from its exact share."""
    rows = await market.rows(
        "SELECT sum(amount_fen)::bigint AS fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE channel_id = :other), 0)::bigint AS theirs"
        " FROM accrual_entry GROUP BY dealing_id, component",
        other=other,
    )
    assert all(abs(row.theirs - row.fen * share) < 1 for row in rows)
