"""From prospect to partner, and what time does to licenses."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from channel_commission.admission.service import watch_licenses
from shared.ids import new_id


def a_license(valid_from: str, valid_to: str) -> dict[str, str]:
    return {
        "kind": "financial",
        "number": "B0002",
        "issuer": "国家金融监督管理总局",
        "valid_from": valid_from,
        "valid_to": valid_to,
    }


async def test_a_partner_passes_due_diligence_approval_and_activation(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)

    assert (await market.get(f"/v1/channels/{channel}"))["status"] == "active"
    told = [one for one in await market.kit.events() if one.startswith("channel.")]
    assert told == [
        "channel.registered",
        "channel.updated",
        "channel.updated",
        "channel.product_authorized",
        "channel.updated",
        "channel.activated",
    ]
    actions = [row.action for row in await market.rows("SELECT action FROM audit_entry ORDER BY id")]
    wanted = {"channel.due_diligence_started", "channel.approved", "channel.signed", "channel.activated"}
    assert wanted <= set(actions)


async def test_who_did_due_diligence_cannot_approve_also_with_both_roles(market: Any) -> None:
    channel, person = await market.prospect(), new_id()
    both = market.kit.staff("channel_manager", "compliance", id=person)
    await both.post(f"/v1/channels/{channel['id']}/start-due-diligence")
    refused = await both.post(f"/v1/channels/{channel['id']}/approve", json={"opinion": "可以"})

    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed")
    assert (await market.get(f"/v1/channels/{channel['id']}"))["status"] == "due_diligence"


async def test_activation_needs_a_license_in_date_and_an_agreement_in_force(market: Any) -> None:
    bare = await market.approved(license=None)
    path = f"/v1/channels/{bare['id']}"
    refused = await market.post("channel_manager", f"{path}/activate", status=409)
    assert (refused["code"], refused["allowed"]) == ("channel_status_forbids", ["sign", "terminate"])
    assert (await market.sign(bare["id"], status=409))["code"] == "no_agreement_in_force"
    await market.agreement(bare["id"], [market.percent], valid_from="2026-02-01")
    await market.sign(bare["id"])
    assert (await market.post("channel_manager", f"{path}/activate", status=409))["code"] == "license_not_in_date"

    license = {
        "kind": "financial",
        "number": "B1",
        "issuer": "总局",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
    }
    await market.post("channel_manager", f"{path}/renew-license", license)
    without = await market.post("channel_manager", f"{path}/activate", {"active_from": "2026-01-15"}, status=409)
    assert (without["code"], without["on"]) == ("no_agreement_in_force", "2026-01-15")
    early = await market.post("channel_manager", f"{path}/activate", {"active_from": "2025-12-31"}, status=409)
    assert (early["code"], early["on"]) == ("license_not_in_date", "2025-12-31")
    future = await market.post("channel_manager", f"{path}/activate", {"active_from": "2026-03-03"}, status=422)
    assert (future["code"], future["errors"][0]["pointer"]) == ("active_from_out_of_range", "/active_from")
    assert (await market.post("channel_manager", f"{path}/activate"))["status"] == "active"


async def test_a_partner_without_a_financial_license_can_never_be_activated(market: Any) -> None:
    channel = await market.approved(kind="unlicensed", license=None)
    await market.agreement(channel["id"], [market.percent])

    assert (await market.sign(channel["id"], status=409))["code"] == "channel_unlicensed"
    refused = await market.post("channel_manager", f"/v1/channels/{channel['id']}/activate", status=409)
    assert refused["code"] == "channel_status_forbids"
    with pytest.raises(DBAPIError, match="licensed"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE channel SET status = 'active'"))


async def test_a_forbidden_command_tells_what_is_allowed(market: Any) -> None:
    channel = await market.prospect()
    refused = await market.post("channel_manager", f"/v1/channels/{channel['id']}/resume", status=409)

    assert refused["code"] == "channel_status_forbids"
    assert refused["allowed"] == ["start-due-diligence", "terminate"]


async def test_a_suspended_channel_earns_nothing_from_that_day_on_until_it_is_resumed(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.post("compliance", f"/v1/channels/{channel}/suspend", {"reason": "飞单调查"})
    market.kit.now = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
    await market.post("compliance", f"/v1/channels/{channel}/resume")
    for day in ("2026-03-01", "2026-03-02", "2026-03-11", "2026-03-12"):
        await market.receive(market.sale(channel, product, 1_000_00, day))

    earned = [row.business_date.day for row in await market.rows("SELECT business_date FROM accrual_entry ORDER BY 1")]
    assert earned == [1, 12]
    refused = (await market.get("/v1/unaccrued-dealings", channel_id=channel))["items"]
    assert [one["reason"] for one in refused] == ["channel_inactive"] * 2


async def test_a_terminated_channel_stays_terminated(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.post("channel_manager", f"/v1/channels/{channel}/terminate", {"reason": "协议到期不续"})

    for name, body in (("suspend", {"reason": "x"}), ("resume", {}), ("terminate", {"reason": "x"})):
        refused = await market.post("channel_manager", f"/v1/channels/{channel}/{name}", body, status=409)
        assert refused["allowed"] == []
    assert (await market.kit.events())[-1] == "channel.terminated"


async def watch(market: Any) -> int:
    async with market.kit.database.transaction() as session:
        return await watch_licenses(session, market.kit.now, 100)


async def test_the_end_of_a_license_is_announced_twice_and_then_suspends(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE channel_license SET valid_to = '2026-06-30'"))
    days = ["2026-04-30", "2026-05-01", "2026-05-15", "2026-05-31", "2026-06-30", "2026-07-01", "2026-07-02"]
    for day in days:
        market.kit.now = datetime.fromisoformat(f"{day}T04:00:00+00:00")
        await watch(market)
        await watch(market)

    told = [(type_.split(".")[2], payload) for type_, payload in await market.kit.outbox()]
    assert [payload["days_left"] for name, payload in told if name == "license_expiring"] == [60, 30]
    assert [payload["reason"] for name, payload in told if name == "suspended"] == ["license_expired"]
    found = await market.get(f"/v1/channels/{channel}")
    assert (found["status"], found["suspension_reason"]) == ("suspended", "license_expired")
    (span,) = await market.rows("SELECT active_until FROM channel_active_span")
    assert span.active_until.isoformat() == "2026-07-01"


async def test_a_license_that_begins_later_does_not_bridge_the_gap(market: Any) -> None:
    channel = await market.selling()
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE channel_license SET valid_to = '2026-03-01'"))
    await market.post("channel_manager", f"/v1/channels/{channel}/renew-license", a_license("2026-04-01", "2031-03-31"))
    await watch(market)

    assert (await market.get(f"/v1/channels/{channel}"))["suspension_reason"] == "license_expired"


async def test_after_a_downtime_only_the_nearest_notice_is_given(market: Any) -> None:
    await market.selling()
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE channel_license SET valid_to = '2026-03-20'"))
    await watch(market)

    told = [payload["days_left"] for type_, payload in await market.kit.outbox() if "expiring" in type_]
    assert told == [30]


async def test_two_workers_suspend_a_channel_once(market: Any) -> None:
    await market.selling()
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE channel_license SET valid_to = '2026-03-01'"))
    await asyncio.gather(*[watch(market) for _ in range(4)])

    assert (await market.kit.events()).count("channel.suspended") == 1


async def test_a_renewed_license_lets_a_channel_resume(market: Any) -> None:
    channel = await market.selling()
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE channel_license SET valid_to = '2026-03-01'"))
    await watch(market)
    assert (await market.post("compliance", f"/v1/channels/{channel}/resume", status=409))[
        "code"
    ] == "license_not_in_date"

    license = {
        "kind": "financial",
        "number": "B2",
        "issuer": "总局",
        "valid_from": "2026-03-02",
        "valid_to": "2031-03-01",
    }
    await market.post("channel_manager", f"/v1/channels/{channel}/renew-license", license)
    assert (await market.post("compliance", f"/v1/channels/{channel}/resume"))["status"] == "active"
    assert (await market.kit.events())[-2:] == ["channel.updated", "channel.activated"]
