"""Agreements and their rate cards: written, submitted, approved by a second person, and never changed."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ids import new_id

RULE = {"kind": "percent", "rate": "0.0060"}


async def draft(market: Any, channel_id: str, **fields: Any) -> Any:
    body = {"channel_id": channel_id, "number": "DX-9001", "valid_from": "2026-01-01", "rules": [RULE], **fields}
    return await market.post("channel_manager", "/v1/agreements", body, status=201)


async def test_an_agreement_is_in_force_once_its_card_is_approved_by_a_second_person(market: Any) -> None:
    channel = await market.approved()
    agreement = await draft(market, channel["id"])
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    assert [rule["is_in_force"] for rule in agreement["cards"][0]["rules"]] == [False]

    await market.post("channel_manager", f"{card}/submit")
    approved = await market.post("compliance", f"{card}/approve")
    assert approved["cards"][0]["status"] == "approved"
    assert [rule["is_in_force"] for rule in approved["cards"][0]["rules"]] == [True]
    actions = [row.action for row in await market.rows("SELECT action FROM audit_entry ORDER BY id")]
    assert actions[-2:] == ["rate_card.submitted", "rate_card.approved"]


async def test_the_maker_of_a_card_cannot_decide_on_it(market: Any) -> None:
    channel = await market.approved()
    person = new_id()
    both = market.kit.staff("channel_manager", "compliance", id=person)
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": [RULE]}
    agreement = (await both.post("/v1/agreements", json=body)).json()
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    await market.post("channel_manager", f"{card}/submit")

    for decision, opinion in (("approve", {}), ("reject", {"reason": "费率过高"})):
        refused = await both.post(f"{card}/{decision}", json=opinion)
        assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed")
    with pytest.raises(DBAPIError, match="two_people"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE rate_card SET decided_by = created_by"))


async def test_a_draft_can_be_replaced_until_it_is_submitted(market: Any) -> None:
    channel = await market.approved()
    agreement = await draft(market, channel["id"])
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    manager = market.staff("channel_manager", "another")
    rules = {"rules": [{"kind": "percent", "rate": "0.0085"}]}
    assert (await manager.put(card, json=rules)).status_code == 428
    assert (await manager.put(card, json=rules, headers={"If-Match": '"9"'})).status_code == 412

    changed = await manager.put(card, json=rules, headers={"If-Match": '"1"'})
    assert changed.json()["cards"][0]["rules"][0]["rate"] == "0.0085"
    await market.post("channel_manager", f"{card}/submit")
    late = await manager.put(card, json=rules, headers={"If-Match": '"2"'})
    assert (late.status_code, late.json()["allowed"]) == (409, ["approve", "reject"])


@pytest.mark.parametrize("change", ["UPDATE rate_rule SET tiers = '[[null, \"0.5\"]]'", "DELETE FROM rate_rule"])
async def test_the_database_refuses_to_change_a_submitted_rate(market: Any, change: str) -> None:
    channel = await market.approved()
    await market.agreement(channel["id"], [RULE])

    with pytest.raises(DBAPIError, match="cannot be changed"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(change))


async def test_a_next_version_takes_over_where_it_begins(market: Any) -> None:
    product = await market.product()
    channel = await market.approved()
    agreement = await market.agreement(channel["id"], [RULE])
    next_card = {"valid_from": "2026-02-01", "rules": [{"kind": "percent", "rate": "0.0050"}]}
    await market.post("channel_manager", f"/v1/agreements/{agreement['id']}/rate-cards", next_card, status=201)
    found = await market.approve_card(agreement["id"], version=2)

    spans = [(rule["valid_from"], rule["valid_to"]) for card in found["cards"] for rule in card["rules"]]
    assert spans == [("2021-01-01", "2026-02-01"), ("2026-02-01", None)]
    await market.authorize(channel["id"], product)
    await market.post("channel_manager", f"/v1/channels/{channel['id']}/activate", {"active_from": "2021-01-01"})
    for day in ("2026-01-31", "2026-02-01"):
        await market.receive(market.sale(UUID(channel["id"]), product, 100_000_00, day))
    assert [fen for _, fen, _, _ in await market.entries()] == [600_00, 500_00]


async def test_a_version_that_would_change_booked_fees_is_refused(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    (agreement,) = (await market.get("/v1/agreements", channel_id=channel))["items"]
    path = f"/v1/agreements/{agreement['id']}/rate-cards"
    await market.post("channel_manager", path, {"valid_from": "2026-01-15", "rules": [RULE]}, status=201)
    await market.post("channel_manager", f"{path}/2/submit")
    refused = await market.post("compliance", f"{path}/2/approve", status=409)

    assert (refused["code"], refused["last_priced_on"]) == ("already_priced", "2026-01-15")


async def test_two_agreements_cannot_price_one_product_on_one_day_also_when_approved_at_once(market: Any) -> None:
    channel = await market.approved()
    cards = []
    for n in (1, 2):
        agreement = await draft(market, channel["id"], number=f"DX-{n}", valid_from=f"2026-0{n}-01")
        cards.append(f"/v1/agreements/{agreement['id']}/rate-cards/1")
        await market.post("channel_manager", f"{cards[-1]}/submit")
    compliance = market.staff("compliance")
    answers = await asyncio.gather(*[compliance.post(f"{card}/approve", json={}) for card in cards])

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "rate_rule_overlaps"}
    with pytest.raises(DBAPIError, match="rate_rule_no_overlap"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE rate_rule SET is_in_force = true"))


async def test_a_rule_for_the_product_goes_before_the_one_for_all(market: Any) -> None:
    special, other = await market.product(), await market.product()
    channel = await market.selling(
        special, other, rules=[RULE, {"kind": "percent", "rate": "0.0085", "product_id": str(special)}]
    )
    for product in (special, other):
        await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))

    assert [fen for _, fen, _, _ in await market.entries()] == [850_00, 600_00]


async def test_bad_input_is_refused_with_a_pointer_and_writes_nothing(market: Any) -> None:
    channel = await market.approved()
    good = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": [RULE]}
    clawback = {"months": 60, "form": "linear_whole_months"}
    tier = {"up_to": {"amount": "100.00"}, "rate": "0.003"}
    last = {"rate": "0.006"}
    cases = [
        ({**good, "cycle": "monthly"}, "/cycle"),
        ({**good, "channel_id": str(new_id())}, "/channel_id"),
        ({**good, "channel_id": 7}, "/channel_id"),
        ({**good, "number": "x" * 61}, "/number"),
        ({**good, "valid_from": "2026-02-30"}, "/valid_from"),
        ({**good, "valid_from": "1899-01-01"}, "/valid_from"),
        ({**good, "valid_to": "2026-01-01"}, "/valid_to"),
        ({**good, "rules": []}, "/rules"),
        ({**good, "rules": [RULE, RULE]}, "/rules/1/product_id"),
        ({**good, "rules": [{**RULE, "rate": 0.006}]}, "/rules/0/rate"),
        ({**good, "rules": [{**RULE, "rate": "-0.006"}]}, "/rules/0/rate"),
        ({**good, "rules": [{**RULE, "rate": "0.123456789"}]}, "/rules/0/rate"),
        ({**good, "rules": [{**RULE, "kind": "slab"}]}, "/rules/0/kind"),
        ({**good, "rules": [{"kind": "percent"}]}, "/rules/0/rate"),
        ({**good, "rules": [{"kind": "marginal", "rate": "0.1"}]}, "/rules/0/tiers"),
        ({**good, "rules": [{"kind": "marginal", "tiers": [tier]}]}, "/rules/0/tiers/0/up_to"),
        ({**good, "rules": [{"kind": "marginal", "tiers": [last, last]}]}, "/rules/0/tiers/0/up_to"),
        ({**good, "rules": [{"kind": "marginal", "tiers": [tier, tier, last]}]}, "/rules/0/tiers/1/up_to"),
        (
            {**good, "rules": [{"kind": "marginal", "tiers": [{**tier, "up_to": {"amount": 100.0}}, last]}]},
            "/rules/0/tiers/0/up_to/amount",
        ),
        (
            {**good, "rules": [{"kind": "marginal", "tiers": [{**tier, "up_to": {"amount": "-1.00"}}, last]}]},
            "/rules/0/tiers/0/up_to",
        ),
        (
            {**good, "rules": [{**RULE, "clawback": {"months": 0, "form": "linear_whole_months"}}]},
            "/rules/0/clawback/months",
        ),
        ({**good, "rules": [{**RULE, "clawback": {"months": 60, "form": "by_days"}}]}, "/rules/0/clawback/form"),
        ({**good, "rules": [{**market.tiered, "clawback": clawback}]}, "/rules/0/clawback"),
    ]
    for body, pointer in cases:
        problem = await market.post("channel_manager", "/v1/agreements", body, status=422)
        assert problem["errors"][0]["pointer"] == pointer, problem

    unknown = {**good, "rules": [{**RULE, "product_id": str(new_id())}]}
    answer = await market.staff("channel_manager").post("/v1/agreements", json=unknown)
    assert (answer.status_code, answer.json()["code"]) == (409, "product_not_yet_known")
    assert "retry-after" in answer.headers
    assert await market.kit.count("agreement") == 0


async def test_a_channel_reads_its_own_agreements(market: Any) -> None:
    channel = await market.approved()
    agreement = await market.agreement(channel["id"], [RULE])
    mine = market.kit.channel(UUID(channel["id"]), "commission.read")
    other = market.kit.channel(new_id(), "commission.read")
    path = f"/v1/agreements/{agreement['id']}"

    assert [(await caller.get(path)).status_code for caller in (mine, other)] == [200, 404]
    assert [len((await c.get("/v1/agreements")).json()["items"]) for c in (mine, other)] == [1, 0]
