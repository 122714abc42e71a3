"""Dealings that earn nothing: why, and what happens when the reason goes away."""

from typing import Any
from uuid import UUID

from channel_commission.admission.rules import Standing
from channel_commission.channels.rules import ChannelKind
from channel_commission.dealings.rules import Refusal, terms_for
from shared.ids import new_id


async def reasons(market: Any) -> list[str]:
    return [one["reason"] for one in (await market.get("/v1/unaccrued-dealings"))["items"]]


def test_a_partner_without_a_license_is_refused_before_anything_else_is_asked() -> None:
    assert terms_for(Standing(ChannelKind.UNLICENSED, True, True), None, None) is Refusal.UNLICENSED
    assert terms_for(None, None, None) is Refusal.CHANNEL_UNKNOWN
    assert terms_for(Standing(ChannelKind.BANK, False, False), None, None) is Refusal.CHANNEL_INACTIVE
    assert terms_for(Standing(ChannelKind.BANK, True, False), None, None) is Refusal.LICENSE_NOT_IN_DATE
    assert terms_for(Standing(ChannelKind.BANK, True, True), None, None) is Refusal.PRODUCT_NOT_AUTHORIZED


async def test_each_missing_condition_has_its_reason_and_books_nothing(market: Any) -> None:
    product = await market.product()
    unlicensed = await market.prospect(kind="unlicensed", license=None)
    idle = await market.approved()
    bare = await market.selling()
    no_rate = await market.selling(product, rules=[{**market.percent, "product_id": str(await market.product())}])
    sales = [
        market.sale(channel, product, 1_000_00, "2026-01-15")
        for channel in (new_id(), UUID(unlicensed["id"]), UUID(idle["id"]), bare, no_rate)
    ]
    for sale in sales:
        await market.receive(sale)

    assert await market.entries() == []
    found = {one["dealing_id"]: one for one in (await market.get("/v1/unaccrued-dealings"))["items"]}
    assert [found[str(sale.dealing_id)]["reason"] for sale in sales] == [
        "channel_unknown",
        "unlicensed",
        "channel_inactive",
        "product_not_authorized",
        "no_rate",
    ]
    assert found[str(sales[1].dealing_id)]["reason_zh"] == "渠道无金融牌照"
    only = await market.get("/v1/unaccrued-dealings", reason="no_rate", channel_id=no_rate)
    assert len(only["items"]) == 1


async def test_a_dealing_is_looked_at_again_when_its_channel_changes_and_booked_with_redemption(
    market: Any,
) -> None:
    product = await market.product()
    channel = await market.approved()
    sale = market.sale(UUID(channel["id"]), product, 100_000_00, "2026-01-15")
    await market.receive(sale, market.redemption(sale, "2026-02-20"))
    assert await reasons(market) == ["channel_inactive"]

    await market.agreement(channel["id"], [market.percent])
    await market.activate(channel["id"], "2021-01-01")
    await market.reassess()
    assert await reasons(market) == ["product_not_authorized"]

    await market.authorize(channel["id"], product)
    await market.reassess()
    assert await reasons(market) == []
    assert await market.totals() == {"2026-01": 600_00, "2026-02": -590_00}
    await market.reassess()
    await market.receive(sale)
    assert await market.totals() == {"2026-01": 600_00, "2026-02": -590_00}
    assert await market.kit.count("channel_reassessment") == 0


async def test_a_sale_before_the_first_active_day_stays_unaccrued(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 1_000_00, "2020-12-31"))
    await market.reassess()

    assert await reasons(market) == ["channel_inactive"]


async def test_a_reversed_dealing_is_not_listed_any_more(market: Any) -> None:
    product = await market.product()
    sale = market.sale(new_id(), product, 1_000_00, "2026-01-15")
    await market.receive(sale)
    assert await reasons(market) == ["channel_unknown"]

    await market.receive(market.reversal(sale))
    assert await reasons(market) == []


async def test_a_channel_sees_its_own_unaccrued_dealings(market: Any) -> None:
    channel = await market.selling()
    product = await market.product()
    await market.receive(market.sale(channel, product, 1_000_00, "2026-01-15"))
    callers = [market.kit.channel(one, "commission.read") for one in (channel, new_id())]

    assert [len((await one.get("/v1/unaccrued-dealings")).json()["items"]) for one in callers] == [1, 0]


async def test_a_license_that_comes_with_an_import_makes_refused_dealings_earn(market: Any) -> None:
    product = await market.product()
    item = {"external_id": "1", "name": "江南银行", "kind": "bank", "license": license(valid_to="2025-12-31")}
    imported = {"origin": "berka", "items": [item]}
    channel = (await market.post("channel_manager", "/v1/channels/bulk", imported))["results"][0]["id"]
    await market.receive(market.sale(UUID(channel), product, 100_000_00, "2026-01-15"))
    await market.post("channel_manager", f"/v1/channels/{channel}/start-due-diligence")
    await market.examine(channel)
    await market.post("compliance", f"/v1/channels/{channel}/approve", {"opinion": "准入材料齐备"})
    await market.agreement(channel, [market.percent])
    await market.authorize(channel, product)
    market.kit.now = market.kit.now.replace(year=2025, month=12, day=1)
    await market.activate(channel, "2025-12-01")
    await market.reassess()
    assert await reasons(market) == ["license_not_in_date"]

    item["license"] = license(valid_from="2026-01-01")
    await market.post("channel_manager", "/v1/channels/bulk", imported)
    await market.reassess()
    assert await reasons(market) == []
    assert await market.totals() == {"2026-01": 600_00}
    (renewed,) = await market.rows("SELECT subject_id FROM audit_entry WHERE action = 'channel.license_renewed'")
    assert str(renewed.subject_id) == channel


def license(valid_from: str = "2020-01-01", valid_to: str = "2030-12-31") -> dict[str, str]:
    return {
        "kind": "financial", "number": "B1", "issuer": "总局", "valid_from": valid_from, "valid_to": valid_to
    }  # fmt: skip
