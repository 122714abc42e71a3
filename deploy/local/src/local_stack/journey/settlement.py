"""Acts seven and eight: a late redemption becomes a clawback, the month is settled, a fee is traced to its sale."""

from datetime import date, timedelta

from local_stack.journey.callers import Json
from local_stack.journey.world import World, yuan


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


async def close_month(world: World) -> None:
    """Finance closes the month of the sale."""
    world.act("第七幕：关账后赎回，费用追回")
    begin = world.days["begin"]
    month = f"{begin:%Y-%m}"
    world.ids["period"] = month
    period = await world.staff["FI-001"].post(f"/v1/periods/{month}/close")
    world.tell(f"{month} 关账：结算单 {period['statements']} 份，合计 {yuan(period['total'])}")


async def redeem(world: World) -> None:
    """The client redeems everything; the fee goes back in proportion, in an open month."""
    world.clock.go_to(world.days["begin"] + timedelta(days=66))
    today = world.clock.today().isoformat()
    deal = await world.staff["CP-002"].post(
        "/v1/dealings/redemptions",
        {
            "original_dealing_id": world.ids["subscription"],
            "amount": {"amount": "3600000.00"},
            "applied_on": today,
            "confirmed_on": today,
            "confirmation_number": f"SH-{today}-001",
        },
    )
    found = await world.staff["FI-001"].until(
        "/v1/accruals", lambda page: bool(page["items"]), "the clawback", dealing_id=deal["id"]
    )
    entry = found["items"][0]
    why = await world.staff["FI-001"].get(f"/v1/accruals/{entry['id']}/why")
    world.ids["clawback"] = entry["id"]
    world.tell(f"客户全额赎回；{world.ids['period']} 已关账 → {entry['booked_period']} 追回 {yuan(entry['amount'])}")
    world.tell(f"算式：{'；'.join(why['arithmetic'])}")


async def settle(world: World) -> None:
    """The statement is checked, sent, confirmed by the channel, invoiced, approved by a second person, paid."""
    world.act("第八幕：渠道结算")
    maker, second = world.staff["FI-001"], world.staff["FI-002"]
    page = await maker.get("/v1/settlements", period=world.ids["period"], channel_id=world.ids["channel"])
    statement: Json = page["items"][0]
    path = f"/v1/settlements/{statement['id']}"
    digest = {"digest": statement["digest"]}
    await maker.post(f"{path}/check", digest)
    await maker.post(f"{path}/send")
    world.tell(f"结算单 {world.ids['period']}（费用承担：公司）{yuan(statement['payable'])}，潘悦复核并发送渠道")
    await world.partner.post(f"{path}/confirm", digest)
    world.tell("江东银行通过接口核对明细并确认")
    await maker.post(f"{path}/record-invoice", _invoice(world, statement))
    refused = await maker.post(f"{path}/approve-payment", digest, expect=(403, 409))
    await second.post(f"{path}/approve-payment", digest)
    world.tell(f"发票入账；复核人自行审批付款被拒（{refused['code']}），由于海波审批")
    paid = await maker.post(
        f"{path}/record-payment", {"paid_on": world.clock.today().isoformat(), "reference": "FK-2026-003317"}
    )
    world.tell(f"付款 {yuan(paid['payable'])}，状态 {paid['status']}")
    await _walk_back(world, path)


def _invoice(world: World, statement: Json) -> Json:
    """Return the channel's fully digital invoice over all of a statement."""
    return {
        "kind": "special",
        "number": "25312000000081277364",
        "issued_on": world.clock.today().isoformat(),
        # As the policy row says until the installation enters its own name.
        "buyer_name": "（机构名称待录入）",
        "buyer_uscc": "91350100M000100Y43",
        "seller_uscc": world.ids["channel_uscc"],
        "net": statement["net"],
        "vat": statement["vat"],
    }


async def _walk_back(world: World, path: str) -> None:
    lines = await world.partner.get(f"{path}/lines")
    line = lines["items"][0]
    auditor = world.staff["FI-001"]
    why = await auditor.get(f"/v1/accruals/{line['id']}/why")
    deal = await world.staff["CP-002"].get(f"/v1/dealings/{line['dealing_id']}")
    world.tell(
        f"溯源：结算单 → 明细 {yuan(line['amount'])} → 协议 {why['rule']['agreement_number']} "
        f"第 {why['rule']['rate_card_version']} 版费率 → 认购 {deal['number']} {yuan(deal['amount'])} → "
        f"双录 {deal['recording_number']}"
    )


async def settle_clawback(world: World) -> None:
    """The months up to the clawback are closed; the channel owes, and the balance is carried."""
    begin = world.days["begin"]
    month = _next_month(begin)
    while f"{month:%Y-%m}" < f"{begin + timedelta(days=66):%Y-%m}":
        await world.staff["FI-001"].post(f"/v1/periods/{month:%Y-%m}/close")
        month = _next_month(month)
    world.clock.go_to(_next_month(month))
    await world.staff["FI-001"].post(f"/v1/periods/{month:%Y-%m}/close")
    page = await world.staff["FI-001"].get("/v1/settlements", period=f"{month:%Y-%m}", channel_id=world.ids["channel"])
    statement = page["items"][0]
    booked, payable, carried = (yuan(statement[name]) for name in ("entries_total", "payable", "carried"))
    world.tell(f"{month:%Y-%m} 关账：本期 {booked}，应付 {payable}，结转下期 {carried}")
