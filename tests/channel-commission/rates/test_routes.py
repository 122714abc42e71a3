"""Rate cards with every kind of rate: what they refuse, which rule holds for a sale, and that no day is left out."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ids import new_id

FEN = {"amount": "150.00"}
TIERS = [{"up_to": {"amount": "100.00"}, "rate": "0.005"}, {"rate": "0.007"}]
TERMS = {"basis": "held_amount", "day_count": "actual_365"}
PERCENT = {"kind": "percent", "rate": "0.0060"}


def wrong(other: str, unlicensed: str, seller: str) -> list[tuple[dict[str, Any], str]]:
    """Return rules that are wrong in one place, each with the pointer into the rule."""
    by_months = {"form": "linear_whole_months", "months": 12}
    capped = {"period_cap": {"amount": FEN, "per": "month"}}
    return [
        ({"kind": "flat"}, "/amount"),
        ({"kind": "flat", "amount": {"amount": "0.00"}}, "/amount"),
        ({"kind": "flat", "amount": FEN, "rate": "0.1"}, "/rate"),
        ({"kind": "flat", "amount": FEN, "floor": FEN}, "/floor"),
        ({"kind": "whole", "rate": "0.1"}, "/tiers"),
        ({"kind": "whole", "tiers": [{**TIERS[0], "rate": "0.008"}, TIERS[1]]}, "/tiers/1/rate"),
        ({"kind": "whole", "tiers": TIERS, "cap": FEN}, "/cap"),
        ({"kind": "marginal", "tiers": TIERS, "clawback": by_months}, "/clawback"),
        ({**PERCENT, "measure": "month"}, "/measure"),
        ({**PERCENT, "floor": {"amount": "2.00"}, "cap": {"amount": "1.00"}}, "/floor"),
        ({**PERCENT, **capped, "clawback": by_months}, "/clawback"),
        ({**PERCENT, "period_cap": {"amount": FEN, "per": "week"}}, "/period_cap/per"),
        ({**PERCENT, "period_cap": {"amount": {"amount": 1.5}, "per": "year"}}, "/period_cap/amount/amount"),
        ({**PERCENT, "clawback": {"form": "linear_days", "months": 3}}, "/clawback/months"),
        ({**PERCENT, "clawback": {"form": "linear_days"}}, "/clawback/days"),
        (
            {**PERCENT, "clawback": {"form": "steps", "steps": [{"below_months": 6, "share": "1"}] * 2}},
            "/clawback/steps/1",
        ),
        ({"kind": "trailing", "rate": "0.005"}, "/trailing"),
        ({"kind": "trailing", "rate": "0.005", "trailing": TERMS, "cap": FEN}, "/cap"),
        ({"kind": "trailing", "rate": "0.005", "trailing": {"basis": "held_amount"}}, "/trailing/day_count"),
        ({**PERCENT, "trailing": TERMS}, "/trailing"),
        ({**PERCENT, "product_kind": "equity", "product_id": other}, "/product_kind"),
        ({**PERCENT, "investor_kind": "robot"}, "/investor_kind"),
        ({**PERCENT, "splits": [{"channel_id": seller, "share": "0.1"}]}, "/splits/0/channel_id"),
        ({**PERCENT, "splits": [{"channel_id": unlicensed, "share": "0.1"}]}, "/splits/0/channel_id"),
        ({**PERCENT, "splits": [{"channel_id": str(new_id()), "share": "0.1"}]}, "/splits/0/channel_id"),
    ]


async def test_a_rule_that_does_not_fit_is_refused_with_its_place_and_writes_nothing(market: Any) -> None:
    product, channel = await market.product(), await market.approved()
    unlicensed = await market.prospect(kind="unlicensed", license=None)
    for rule, pointer in wrong(str(product), unlicensed["id"], channel["id"]):
        body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": [rule]}
        problem = await market.post("channel_manager", "/v1/agreements", body, status=422)
        assert problem["errors"][0]["pointer"] == f"/rules/0{pointer}", (rule, problem)
    assert await market.kit.count("agreement") == 0


async def test_shares_leave_something_to_the_channel_that_sells(market: Any) -> None:
    channel, one, other = [await market.approved() for _ in range(3)]
    splits = [{"channel_id": one["id"], "share": "0.5"}, {"channel_id": other["id"], "share": "0.5"}]
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01"}
    rules = [{**PERCENT, "splits": splits}]
    problem = await market.post("channel_manager", "/v1/agreements", {**body, "rules": rules}, status=422)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("shares_not_below_one", "/rules/0/splits")


async def test_a_card_reads_as_it_was_written(market: Any) -> None:
    channel, other = await market.approved(), await market.approved()
    rules = [
        {"kind": "flat", "amount": {"amount": "150.00"}, "clawback": {"form": "linear_days", "days": 365}},
        {**PERCENT, "product_kind": "equity", "share_class": "A", "investor_kind": "institution"},
        {"kind": "whole", "tiers": TIERS, "measure": "deal", "share_class": "B"},
        {
            "kind": "trailing",
            "rate": "0.0050",
            "trailing": {**TERMS, "management_fee": {"rate": "0.01", "share": "0.3"}},
        },
        {**PERCENT, "share_class": "C", "splits": [{"channel_id": other["id"], "share": "0.25"}]},
    ]
    read = (await market.agreement(channel["id"], rules))["cards"][0]["rules"]

    for sent, found in zip(rules, read, strict=True):
        for name, value in sent.items():
            assert _within(value, found[name]), (name, value, found[name])


def _within(sent: Any, read: Any) -> bool:
    if isinstance(sent, dict):
        return all(_within(value, read[name]) for name, value in sent.items())
    if isinstance(sent, list):
        return len(sent) == len(read) and all(_within(*pair) for pair in zip(sent, read, strict=True))
    return bool(sent == read)


async def test_of_several_rules_the_most_specific_one_holds(market: Any) -> None:
    named, product = await market.product(), await market.product()
    rates = {
        "0.0001": {},
        "0.0002": {"product_kind": "fixed_income"},
        "0.0003": {"share_class": "A"},
        "0.0004": {"product_kind": "fixed_income", "share_class": "A"},
        "0.0005": {"product_kind": "fixed_income", "share_class": "A", "investor_kind": "institution"},
        "0.0006": {"product_id": str(named)},
        "0.0007": {"product_kind": "equity"},
    }
    channel = await market.selling(
        named, product, rules=[{"kind": "percent", "rate": rate, **scope} for rate, scope in rates.items()]
    )
    person, institution = await market.investor("person"), await market.investor("institution")

    async def rate(product_id: UUID, share_class: str, client: UUID) -> int:
        sale = market.sale(channel, product_id, 1_000_000, "2026-01-15", client_id=client)
        await market.receive(sale.model_copy(update={"share_class": share_class}))
        return int((await market.entries())[-1][1])

    assert await rate(product, "", person) == 200
    assert await rate(product, "A", person) == 400
    assert await rate(product, "A", institution) == 500
    assert await rate(product, "B", institution) == 200
    assert await rate(named, "A", institution) == 600


async def test_a_sale_whose_rate_hangs_on_an_unknown_investor_waits_for_it(market: Any) -> None:
    product = await market.product()
    rules = [PERCENT, {"kind": "percent", "rate": "0.0010", "investor_kind": "institution"}]
    channel = await market.selling(product, rules=rules)
    await market.reassess()
    sale = market.sale(channel, product, 100_000_00, "2026-01-15", client_id=new_id())
    await market.receive(sale)
    (waiting,) = (await market.get("/v1/unaccrued-dealings"))["items"]
    assert (waiting["reason"], await market.entries()) == ("investor_unknown", [])

    await market.investor("institution")
    await market.reassess()
    assert await market.entries() == []
    await market.investor("institution", client_id=sale.client_id)
    await market.reassess()
    assert await market.entries() == [("accrue", 100_00, "2026-01", "2026-01")]


async def test_a_channel_that_may_not_earn_gets_no_share_either(market: Any) -> None:
    product, idle = await market.product(), await market.approved()
    rules = [{**PERCENT, "splits": [{"channel_id": idle["id"], "share": "0.25"}]}]
    channel = await market.selling(product, rules=rules)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))

    (waiting,) = (await market.get("/v1/unaccrued-dealings"))["items"]
    assert (waiting["reason"], await market.entries()) == ("payee_not_eligible", [])


async def test_once_a_channel_with_a_share_may_earn_sales_that_waited_for_it_are_looked_at_again(market: Any) -> None:
    product, idle = await market.product(), await market.approved()
    rules = [{**PERCENT, "splits": [{"channel_id": idle["id"], "share": "0.25"}]}]
    channel = await market.selling(product, rules=rules)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.reassess()
    assert await market.entries() == []

    await market.agreement(idle["id"], [PERCENT])
    await market.activate(idle["id"], "2021-01-01")
    await market.reassess()
    assert [fen for _, fen, *_ in await market.entries()] == [450_00, 150_00]
    assert (await market.get("/v1/unaccrued-dealings"))["items"] == []


async def test_each_channel_sees_and_is_paid_its_own_share(market: Any) -> None:
    product, other = await market.product(), await market.selling()
    rules = [{**market.percent, "splits": [{"channel_id": str(other), "share": "0.25"}]}]
    channel = await market.selling(product, rules=rules)
    sale = market.sale(channel, product, 16_665_00, "2025-12-15")
    await market.receive(sale)
    await market.receive(market.redemption(sale, "2025-12-20"))
    await market.close("2025-12")

    # 99.99 of fee: 25 % are 24.9975, the larger remainder. What came goes back to the fen.
    found = {one["channel_id"]: one["closing"]["amount"] for one in (await market.get("/v1/settlements"))["items"]}
    assert found == {str(channel): "0.00", str(other): "0.00"}
    mine = (await market.kit.channel(other, "commission.read").get("/v1/accruals")).json()["items"]
    assert [one["amount"]["amount"] for one in mine] == ["25.00", "-25.00"]
    why = (await market.kit.channel(other, "commission.read").get(f"/v1/accruals/{mine[0]['id']}/why")).json()
    assert why["is_as_booked"] is True
    assert str(channel) not in str(why["inputs"])


async def test_a_later_first_version_would_leave_days_without_a_rate(market: Any) -> None:
    channel = await market.approved()
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": [PERCENT]}
    agreement = await market.post("channel_manager", "/v1/agreements", body, status=201)
    cards = f"/v1/agreements/{agreement['id']}/rate-cards"
    await market.post("channel_manager", f"{cards}/1/submit")
    await market.post("compliance", f"{cards}/1/reject", {"reason": "费率有误"})
    await market.post("channel_manager", cards, {"valid_from": "2026-02-01", "rules": [PERCENT]}, status=201)
    await market.post("channel_manager", f"{cards}/2/submit")

    refused = await market.post("compliance", f"{cards}/2/approve", status=409)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("rate_card_leaves_gap", "/valid_from")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("UPDATE rate_card SET valid_to = '2026-06-01' WHERE version = 1", "agreement_no_gap"),
        ("UPDATE rate_card SET valid_from = '2027-01-02' WHERE version = 2", "agreement_no_gap"),
        ("UPDATE rate_card SET status = 'rejected' WHERE version = 2", "agreement_no_gap"),
        ("UPDATE agreement SET valid_from = '2020-12-31'", "agreement_no_gap"),
        ("UPDATE rate_card SET valid_to = '2027-01-02' WHERE version = 1", "rate_card_no_overlap"),
    ],
)
async def test_the_database_refuses_a_day_with_no_version_or_two(market: Any, change: str, key: str) -> None:
    channel = await market.approved()
    agreement = await market.agreement(channel["id"], [PERCENT])
    cards = f"/v1/agreements/{agreement['id']}/rate-cards"
    await market.post("channel_manager", cards, {"valid_from": "2027-01-01", "rules": [PERCENT]}, status=201)
    await market.approve_card(agreement["id"], 2)

    with pytest.raises(DBAPIError, match=key):
        async with market.kit.database.transaction() as session:
            await session.execute(text(change))
