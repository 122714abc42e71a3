"""Agreements and their rate cards: written, submitted, approved by a second person, and never changed."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ids import new_id
from shared.testing.statements import statements

RULE = {"kind": "percent", "rate": "0.0060"}
CLAWBACK = {"months": 60, "form": "linear_whole_months"}


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
    await market.activate(channel["id"], "2021-01-01")
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


def malformed(channel_id: str, tiered: Any) -> list[tuple[dict[str, Any], str]]:
    """Return bodies that are wrong in one place, each with the pointer to it."""
    good = {"channel_id": channel_id, "number": "DX-1", "valid_from": "2026-01-01", "rules": [RULE]}
    tier, last = {"up_to": {"amount": "100.00"}, "rate": "0.003"}, {"rate": "0.006"}

    def rule(**fields: Any) -> dict[str, Any]:
        return {**good, "rules": [{**RULE, **fields}]}

    def tiers(*rows: Any) -> dict[str, Any]:
        return {**good, "rules": [{"kind": "marginal", "tiers": list(rows)}]}

    return [
        ({**good, "cycle": "weekly"}, "/cycle"),
        ({**good, "channel_id": str(new_id())}, "/channel_id"),
        ({**good, "channel_id": 7}, "/channel_id"),
        ({**good, "number": "x" * 61}, "/number"),
        ({**good, "valid_from": "2026-02-30"}, "/valid_from"),
        ({**good, "valid_from": "1899-01-01"}, "/valid_from"),
        ({**good, "valid_to": "2026-01-01"}, "/valid_to"),
        ({**good, "rules": []}, "/rules"),
        ({**good, "rules": [RULE, RULE]}, "/rules/1/product_id"),
        (rule(rate=0.006), "/rules/0/rate"),
        (rule(rate="-0.006"), "/rules/0/rate"),
        (rule(rate="0.123456789"), "/rules/0/rate"),
        (rule(rate=None), "/rules/0/rate"),
        (rule(kind="slab"), "/rules/0/kind"),
        (rule(kind="marginal"), "/rules/0/tiers"),
        (rule(clawback={**CLAWBACK, "months": 0}), "/rules/0/clawback/months"),
        (rule(clawback={**CLAWBACK, "form": "by_days"}), "/rules/0/clawback/form"),
        ({**good, "rules": [{**tiered, "clawback": CLAWBACK}]}, "/rules/0/clawback"),
        (tiers(tier), "/rules/0/tiers/0/up_to"),
        (tiers(last, last), "/rules/0/tiers/0/up_to"),
        (tiers(tier, tier, last), "/rules/0/tiers/1/up_to"),
        (tiers({**tier, "up_to": {"amount": 100.0}}, last), "/rules/0/tiers/0/up_to/amount"),
        (tiers({**tier, "up_to": {"amount": "-1.00"}}, last), "/rules/0/tiers/0/up_to"),
    ]


async def test_bad_input_is_refused_with_a_pointer_and_writes_nothing(market: Any) -> None:
    channel = await market.approved()
    for body, pointer in malformed(channel["id"], market.tiered):
        problem = await market.post("channel_manager", "/v1/agreements", body, status=422)
        assert problem["errors"][0]["pointer"] == pointer, problem

    assert await market.kit.count("agreement") == 0


async def test_a_rate_for_a_product_not_heard_of_is_refused_for_the_moment(market: Any) -> None:
    channel = await market.approved()
    rules = [{**RULE, "product_id": str(new_id())}]
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": rules}
    answer = await market.staff("channel_manager").post("/v1/agreements", json=body)

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


async def test_a_channel_sees_its_rates_once_approved_and_no_drafts_of_the_house(market: Any) -> None:
    channel = await market.approved()
    agreement = await market.agreement(channel["id"], [RULE])
    body = {"valid_from": "2027-01-01", "rules": [{"kind": "percent", "rate": "0.0010"}]}
    await market.post("channel_manager", f"/v1/agreements/{agreement['id']}/rate-cards", body, status=201)
    caller = market.kit.channel(UUID(channel["id"]), "commission.read")

    one = (await caller.get(f"/v1/agreements/{agreement['id']}")).json()
    (listed,) = (await caller.get("/v1/agreements")).json()["items"]
    assert [card["version"] for card in one["cards"]] == [card["version"] for card in listed["cards"]] == [1]
    seen_inside = await market.get(f"/v1/agreements/{agreement['id']}")
    assert [card["version"] for card in seen_inside["cards"]] == [1, 2]


async def test_a_number_serves_one_agreement(market: Any) -> None:
    channel = await market.approved()
    await draft(market, channel["id"])
    body = {"channel_id": channel["id"], "number": "DX-9001", "valid_from": "2026-01-01", "rules": [RULE]}
    refused = await market.post("channel_manager", "/v1/agreements", body, status=409)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("agreement_number_used", "/number")
    assert await market.kit.count("agreement") == 1


async def test_the_products_of_a_card_are_looked_up_in_one_statement(market: Any) -> None:
    channel = await market.approved()
    known, unknown = [await market.product() for _ in range(3)], new_id()
    rules = [{**RULE, "product_id": str(product)} for product in [*known, unknown]]
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2026-01-01", "rules": rules}

    with statements(market.kit.database) as seen:
        refused = await market.post("channel_manager", "/v1/agreements", body, status=409)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("product_not_yet_known", "/rules/3/product_id")
    assert len([sql for sql in seen if "FROM product" in sql]) == 1
