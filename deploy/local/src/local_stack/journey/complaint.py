"""Acts five and six: the client complains, the legal clock runs, the client is flagged at risk and cleared again."""

from datetime import date, timedelta

from local_stack.journey.world import World, yuan

#: A partner sold a trust plan and did not disclose its risk.
CODES = {"channel_code": "A1-04", "business_code": "B07-01", "reason_code": "C05-01", "why": "代销，风险揭示不足"}
FACTS = "客户反映：代销机构理财经理在销售时未充分说明产品的封闭期，客户因临时用款无法赎回，要求说明情况并赔偿损失。"


async def complain(world: World) -> None:
    """The client complains through the client app; the case goes to a handler without an interest in it."""
    world.act("第五幕：客户投诉")
    client = await world.door.client(world.ids["client number"])
    case = await client.post(
        "/v1/complaints",
        {
            "facts": FACTS,
            "reason": "disclosure",
            "demand": "书面说明并赔偿",
            "amount": {"amount": "3000.00"},
            "channel_id": world.ids["channel"],
            "product_id": world.ids["steady"],
        },
    )
    world.ids["complaint"] = case["id"]
    received, due = date.fromisoformat(case["received_on"]), date.fromisoformat(case["due_on"])
    world.tell(f"客户通过客户端投诉，受理编号 {case['number']}；法定期限 15 日：{received} + 15 = {due}")

    supervisor = world.staff["SV-001"]
    who = await supervisor.get(f"/v1/complaints/{case['id']}/handlers")
    free = [one["staff_id"] for one in who["items"] if one["may_handle"]]
    excluded = sum(not one["may_handle"] for one in who["items"])
    assert world.ids["HD-001"] in free  # noqa: S101  # the story's handler has no interest in the case
    await supervisor.post(f"/v1/complaints/{case['id']}/assign", {"handler_id": world.ids["HD-001"]})
    world.tell(f"投诉管理岗分派给邓超群（可办理 {len(free)} 人，回避或不符合条件 {excluded} 人）")

    await world.partner.post(
        f"/v1/complaints/{case['id']}/cooperation",
        {"statement": "已调取双录并约谈理财经理，封闭期条款在第 12 分钟口头说明。", "evidence": "SL-2026-77120"},
    )
    world.tell("代销机构通过接口提交配合材料（双录编号 SL-2026-77120）")


async def flag(world: World) -> None:
    """The complaints service flags the client with reasons; the follow-up goes to the team lead."""
    world.act("第六幕：流失预警")
    case, client_id = world.ids["complaint"], world.ids["client"]
    due = date.fromisoformat((await world.staff["SV-001"].get(f"/v1/complaints/{case}"))["due_on"])
    world.clock.go_to(due + timedelta(days=1))
    why = await world.staff["TL-001"].until(
        f"/v1/clients/{client_id}/risk", lambda risk: risk["level"] == "high", "the client to be flagged"
    )
    reasons = "、".join(f"{reason['name']} +{reason['points']}" for reason in why["today"]["reasons"])
    world.tell(
        f"已过法定期限未告知 → 流失预警 高（{why['today']['score']} 分）：{reasons}；规则 {why['rule']['version']}"
    )

    await world.staff["TL-001"].until(
        f"/v1/clients/{client_id}",
        lambda profile: (profile["risk"] or {}).get("level") == "high",
        "the flag on the profile",
    )
    world.tell("客户档案已显示预警")

    tasks = await world.staff["TL-001"].until(
        "/v1/follow-ups",
        lambda page: any(task["reason"] == "at_risk" for task in page["items"]),
        "the follow-up for the team lead",
        client_id=client_id,
        status="scheduled",
    )
    task = next(task for task in tasks["items"] if task["reason"] == "at_risk")
    assert task["assignee_id"] == world.ids["TL-001"]  # noqa: S101  # not the manager complained about
    world.ids["lead task"] = task["id"]
    world.tell(f"跟进任务派给团队负责人沈建国，{task['due_on']} 前完成（不派给被投诉的客户经理）")


async def answer(world: World) -> None:
    """The decision is approved, the client informed, the case closed with its root cause."""
    # Deciding takes a day.
    world.clock.go_to(world.clock.today() + timedelta(days=1))
    case = world.ids["complaint"]
    handler, supervisor = world.staff["HD-001"], world.staff["SV-001"]
    await handler.post(f"/v1/complaints/{case}/classify", CODES)
    proposed = await handler.post(
        f"/v1/complaints/{case}/propose",
        {
            "decision": "销售时对封闭期说明不充分，向客户书面致歉并补偿 2,000.00 元。",
            "is_upheld": True,
            "basis": "双录第 12 分钟仅口头带过；《金融机构产品适当性管理办法》关于充分揭示的要求。",
            "remedies": "如不接受，可自收到本决定之日起 30 日内申请核查，或申请调解、仲裁、提起诉讼。",
            "compensation": {"amount": "2000.00"},
        },
    )
    await supervisor.post(f"/v1/complaints/{case}/approve", version=proposed["version"])
    today = world.clock.today()
    informed = await handler.post(
        f"/v1/complaints/{case}/inform",
        {"informed_on": today.isoformat(), "method": "letter", "proof": "EMS-1102938475"},
    )
    clock = await supervisor.get(f"/v1/complaints/{case}/clock")
    in_time = "按期" if informed["is_in_time"] else "超期"
    world.tell(
        f"处理意见经投诉管理岗批准，{today} 书面告知客户（{in_time}）；时限证明共 {len(clock['steps'])} 步，可逐条复算"
    )
    await _compensate(world, case)
    closed = await handler.post(
        f"/v1/complaints/{case}/close",
        {
            "root_cause": "sales_conduct",
            "measures": "对代销网点补充封闭期说明话术并抽检双录。",
        },
    )
    world.tell(f"结案：溯源 销售行为，补偿 {yuan(closed['compensation'])}")
    await world.staff["TL-001"].post(
        f"/v1/follow-ups/{world.ids['lead task']}/complete", {"note": "已与客户面谈，客户接受处理结果。"}
    )
    world.days["answered"] = today


async def _compensate(world: World, case: str) -> None:
    """The handler agrees with the client on what the decision pays, finance pays it."""
    today = world.clock.today().isoformat()
    await world.staff["HD-001"].post(
        f"/v1/complaints/{case}/agree-compensation",
        {"amount": {"amount": "2000.00"}, "agreed_on": today, "agreement": "和解协议 HX-2026-0018"},
    )
    await world.staff["FI-001"].post(
        f"/v1/complaints/{case}/pay-compensation", {"paid_on": today, "proof": "银行回单 20260318-0042"}
    )


async def clear(world: World) -> None:
    """The flag clears after fourteen days below the bound."""
    client_id, lead = world.ids["client"], world.staff["TL-001"]
    world.clock.go_to(world.days["answered"] + timedelta(days=15))
    why = await lead.until(
        f"/v1/clients/{client_id}/risk", lambda risk: risk["level"] == "low", "the flag to clear after its period"
    )
    await lead.until(
        f"/v1/clients/{client_id}", lambda profile: (profile["risk"] or {}).get("level", "low") == "low", "the profile"
    )
    world.tell(f"连续 14 日低于预警线（现 {why['today']['score']} 分），预警解除")
