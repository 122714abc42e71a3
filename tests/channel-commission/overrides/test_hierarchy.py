"""Head offices get a dated share of what their branches earn, by the hierarchy of the business date."""

import random
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

TENTH = {"kind": "override", "rate": "0.1000"}


async def head_office(market: Any, *products: UUID, rules: Any = (TENTH,), **agreement: Any) -> UUID:
    """Return an active channel whose card gives it a tenth of what its branches earn."""
    channel = await market.approved()
    await market.agreement(channel["id"], rules, **agreement)
    await market.activate(channel["id"], agreement.get("valid_from", "2021-01-01"))
    return UUID(channel["id"])


async def move(market: Any, channel: UUID, parent: UUID | None, since: str) -> None:
    body = {"parent_id": parent and str(parent), "since": since, "reason": "机构调整"}
    await market.post("channel_manager", f"/v1/channels/{channel}/move", body)


async def earned(market: Any, channel: UUID) -> dict[str, int]:
    """Return what overrides earned a channel, by the month of the business date."""
    rows = await market.rows(
        "SELECT earned_period, sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE channel_id = :channel AND component = 'override' GROUP BY 1 ORDER BY 1",
        channel=channel,
    )
    return {row.earned_period: row.fen for row in rows if row.fen}


async def test_the_head_office_of_the_business_date_gets_its_share_beside_the_branchs_fee(market: Any) -> None:
    product = await market.product()
    branch, first, second = await market.selling(product), await head_office(market), await head_office(market)
    await move(market, branch, first, "2025-12-01")
    await move(market, branch, second, "2026-02-01")
    days = ("2025-11-30", "2025-12-01", "2026-01-31", "2026-02-01")
    await market.receive(*[market.sale(branch, product, 100_000_00, day) for day in days])

    assert await earned(market, first) == {"2025-12": 60_00, "2026-01": 60_00}
    assert await earned(market, second) == {"2026-02": 60_00}
    rows = await market.rows("SELECT sum(amount_fen)::bigint AS fen FROM accrual_entry WHERE component = 'upfront'")
    assert rows[0].fen == 4 * 600_00
    await market.books_add_up()
    # What is known of the hierarchy later changes no sale that has its terms.
    await move(market, branch, second, "2025-12-01")
    assert await earned(market, first) == {"2025-12": 60_00, "2026-01": 60_00}
    await market.books_add_up()


async def test_a_redemption_of_a_held_sale_leaves_no_head_office_a_debt(market: Any) -> None:
    product = await market.product()
    branch, head = await market.selling(product), await head_office(market)
    await move(market, branch, head, "2025-12-01")
    sale = market.sale(branch, product, 100_000_00, "2025-12-10")
    await market.receive(sale)
    body = {"dealing_id": str(sale.dealing_id), "reason": "核查"}
    await market.post("compliance", "/v1/fee-holds", body, status=201)
    await market.receive(market.redemption(sale, "2026-01-15"))

    rows = await market.rows("SELECT channel_id, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1")
    assert {row.channel_id: row.fen for row in rows} == {branch: 0, head: 0}, "what is left is withheld, and no more"
    await market.books_add_up()


async def test_redemptions_and_reversals_take_their_part_back(market: Any) -> None:
    product = await market.product()
    branch, head = await market.selling(product), await head_office(market)
    await move(market, branch, head, "2025-12-01")
    sale, gone = (market.sale(branch, product, 100_000_00, "2025-12-10") for _ in range(2))
    await market.receive(sale, gone)
    await market.close("2025-12")
    await market.receive(market.redemption(sale, "2026-01-15"), market.reversal(gone))

    # Of 600.00 the branch keeps 10.00 of the one sale and nothing of the other.
    assert await earned(market, head) == {"2026-01": -59_00, "2025-12": 60_00}
    await market.books_add_up()
    await market.close("2026-01")
    found = (await market.get("/v1/settlements", channel_id=head))["items"]
    assert [one["closing"]["amount"] for one in found] == ["120.00", "-119.00"]
    for row in await market.rows("SELECT id FROM accrual_entry WHERE component = 'override'"):
        why = await market.get(f"/v1/accruals/{row.id}/why")
        assert why["is_as_booked"]
        assert why["arithmetic"][0].startswith("分支机构本笔佣金累计")
    await market.books_add_up()


async def test_tiers_that_slide_take_the_override_along(market: Any) -> None:
    product = await market.product()
    branch, head = await market.selling(product, rules=[market.tiered]), await head_office(market)
    await move(market, branch, head, "2025-12-01")
    below, above = (market.sale(branch, product, 1_000_000_00, f"2025-12-{day}") for day in (10, 20))
    await market.receive(below, above)
    assert await earned(market, head) == {"2025-12": 300_00 + 450_00}
    await market.receive(market.reversal(below))

    assert await earned(market, head) == {"2025-12": 300_00}
    await market.books_add_up()


@pytest.mark.parametrize("why", ["inactive", "no rule", "has a share", "other product"])
async def test_where_a_head_office_gets_nothing_its_branch_earns_all_the_same(market: Any, why: str) -> None:
    product, other = await market.product(), await market.product()
    if why == "inactive":
        head = UUID((await market.approved())["id"])
        await market.agreement(head, [TENTH])
    elif why == "no rule":
        head = await head_office(market, rules=[market.percent])
    elif why == "other product":
        head = await head_office(market, rules=[{**TENTH, "product_id": str(other)}])
    else:
        head = await head_office(market)
    splits = [{"channel_id": str(head), "share": "0.25"}] if why == "has a share" else None
    branch = await market.selling(product, rules=[{**market.percent, "splits": splits}])
    await move(market, branch, head, "2025-12-01")
    await market.receive(market.sale(branch, product, 100_000_00, "2025-12-10"))

    assert await earned(market, head) == {}
    rows = await market.rows("SELECT sum(amount_fen)::bigint AS fen FROM accrual_entry")
    assert rows[0].fen == 600_00
    await market.books_add_up()


async def test_an_override_earns_nothing_by_the_head_offices_own_sales(market: Any) -> None:
    product = await market.product()
    head = await head_office(market)
    await market.authorize(head, product)
    await market.receive(market.sale(head, product, 100_000_00, "2025-12-10"))

    assert [one["reason"] for one in (await market.get("/v1/unaccrued-dealings"))["items"]] == ["no_rate"]
    assert await market.entries() == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"investor_kind": "person"}, "/rules/0/investor_kind"),
        ({"splits": [{"channel_id": "00000000-0000-0000-0000-000000000001", "share": "0.1"}]}, "/rules/0/splits"),
        ({"rate": None}, "/rules/0/rate"),
        ({"clawback": {"form": "linear_days", "days": 9}}, "/rules/0/clawback"),
    ],
)
async def test_an_override_is_a_share_and_nothing_else(market: Any, fields: Any, pointer: str) -> None:
    channel = await market.approved()
    rules = [{**TENTH, **fields}]
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2021-01-01", "rules": rules}
    problem = await market.post("channel_manager", "/v1/agreements", body, status=422)

    assert problem["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order_and_batches_overrides_come_to_what_an_oracle_says(market: Any, seed: int) -> None:
    rng = random.Random(seed)
    product = await market.product()
    first, second = await head_office(market), await head_office(market, cycle="quarterly")
    branch = await market.selling(product)
    await move(market, branch, first, "2025-11-01")
    await move(market, branch, second, "2025-12-15")
    sales = [
        market.sale(branch, product, rng.randint(1, 10**8), f"2025-{rng.randint(10, 12)}-{rng.randint(1, 28):02d}")
        for _ in range(20)
    ]
    redemptions = [
        market.redemption(sale, f"2026-01-{rng.randint(1, 28):02d}", fen=rng.randint(1, sale.amount.fen), is_full=False)
        for sale in sales
        if rng.random() < 0.6
    ]
    gone = [sale for sale in sales if rng.random() < 0.2]
    events = [*sales, *redemptions, *[market.reversal(sale) for sale in gone]]
    rng.shuffle(events)
    size = rng.choice([1, 7, 500])
    for start in range(0, len(events), size):
        await market.receive(*events[start : start + size])

    wanted = {first: 0, second: 0}
    rows = await market.rows(
        "SELECT coalesce(d.subscription_id, d.id) AS sale, sum(e.amount_fen)::bigint AS fen FROM accrual_entry e"
        " JOIN dealing d ON d.id = e.dealing_id WHERE component = 'upfront' GROUP BY 1"
    )
    kept = {row.sale: row.fen for row in rows}
    for sale in sales:
        day = f"{sale.confirmed_on}"
        head = None if day < "2025-11-01" else first if day < "2025-12-15" else second
        if head is not None:
            wanted[head] += int(Fraction(kept.get(sale.dealing_id, 0), 10) + Fraction(1, 2))
    assert {head: sum((await earned(market, head)).values()) for head in wanted} == wanted
    await market.books_add_up()
