"""Acts two and three: the channel refers a client and reports a sale; one is refused with reasons, one goes through."""

from datetime import timedelta

from local_stack.journey.callers import Json
from local_stack.journey.world import World, yuan

#: A cautious person: the questionnaire's answers by question; what is not named takes the first option.
ANSWERS = {
    "age": "b",
    "income": "c",
    "share": "b",
    "experience": "b",
    "years": "c",
    "attitude": "b",
    "horizon": "b",
    "loss": "b",
}
PERSON: Json = {
    "kind": "person",
    "name": "欧阳若兰",
    "document_kind": "resident_id",
    "document_number": "11010519491231002X",
    "phones": ["13812345678"],
    "occupation": "退休教师",
    "address": "上海市静安区南京西路1266号",
}
AMOUNT = {"amount": "3600000.00"}


async def refer_client(world: World) -> None:
    """The channel refers a client, who is screened, assigned, assessed and recognized as a qualified investor."""
    world.act("第二幕：客户转介、识别与测评")
    client = await world.partner.post("/v1/clients", PERSON)
    client_id = world.ids["client"] = client["id"]
    world.ids["client number"] = client["number"]
    world.tell(
        f"江东银行转介客户 {client['number']} {client['name']}（{client['document_number']}，{client['phones'][0]}）"
    )
    again = await world.partner.post("/v1/clients", PERSON, expect=409)
    world.tell(f"同一证件再次登记 → 拒绝：{again['code']}")

    screener = world.staff["CP-001"]
    await screener.post(f"/v1/clients/{client_id}/screening", {"result": "clear", "list_version": "AML-2026-31"})
    await screener.post(f"/v1/clients/{client_id}/activate")
    lead = world.staff["TL-001"]
    admin = await world.door.admin()
    await admin.post(f"/v1/clients/{client_id}/assign", {"manager_id": world.ids["RM-001"]})
    world.tell("名单筛查通过，客户激活，分派给客户经理林晓雯")
    await _assess(world, client_id)
    await _qualify(world, client_id)
    profile = await lead.get(f"/v1/clients/{client_id}")
    world.tell(f"服务等级 {profile['service_class']}（按存量规模，首笔确认后重算）")


async def _assess(world: World, client_id: str) -> None:
    manager = world.staff["RM-001"]
    form = await manager.get("/v1/risk-questionnaire")
    answers = {
        question["code"]: ANSWERS.get(question["code"], question["options"][0]["code"])
        for question in form["questions"]
    }
    found = await manager.post(
        f"/v1/clients/{client_id}/risk-assessments", {"questionnaire_version": form["version"], "answers": answers}
    )
    why = (await manager.get(f"/v1/clients/{client_id}/suitability"))["risk_level_why"]
    points = " + ".join(str(line["points"]) for line in why["lines"])
    world.tell(f"风险测评：{points} = {why['points']} 分 → {found['risk_level']}，有效期至 {found['valid_until']}")


async def _qualify(world: World, client_id: str) -> None:
    proof = {
        "basis": "family_financial_assets",
        "amount": {"amount": "8600000.00"},
        "experience_years": 6,
        "proof_on": (world.clock.today() - timedelta(days=10)).isoformat(),
        "proof_reference": "ZM-2026-00817",
    }
    path = f"/v1/clients/{client_id}/qualifications"
    submitted = await world.partner.post(path, proof)
    confirmed = await world.staff["CP-002"].post(f"{path}/{submitted['id']}/confirm")
    until = confirmed["valid_until"]
    world.tell(f"合格投资者认定：家庭金融资产 860 万元 ≥ 500 万元，投资经历 6 年 ≥ 2 年；郭志强复核，有效期至 {until}")


async def sell(world: World) -> None:
    """A sale that does not suit is refused; the channel reports one that does; it is paid and confirmed."""
    world.act("第三幕：销售准入与认购")
    client_id, partner = world.ids["client"], world.partner
    refused = await partner.post(
        "/v1/dealings/subscriptions",
        {
            "client_id": client_id,
            "product_id": world.ids["bold"],
            "amount": AMOUNT,
            "channel_grade": "R4",
            "recording_number": "SL-2026-77119",
            "proof_reference": "HT-2026-5519",
        },
        expect=409,
    )
    reasons = "；".join(f"{reason['name']}（{reason['detail']}）" for reason in refused["reasons"])
    world.tell(f"申购锐进7号 → 拒绝：{reasons}")
    world.ids["refused sale"] = refused["sale_check_id"]

    world.clock.go_to(world.days["begin"] + timedelta(days=4))
    deal = await partner.post(
        "/v1/dealings/subscriptions",
        {
            "client_id": client_id,
            "product_id": world.ids["steady"],
            "amount": AMOUNT,
            "channel_grade": "R2",
            "recording_number": "SL-2026-77120",
            "proof_reference": "HT-2026-5520",
        },
    )
    world.ids["subscription"] = deal["id"]
    world.tell(f"认购稳利18号 {yuan(deal['amount'])}，合同签署 {deal['number']}，双录 SL-2026-77120")
    await world.staff["CP-002"].post(
        f"/v1/dealings/{deal['id']}/pay",
        {"paid_on": world.clock.today().isoformat(), "payer_account_name_matches": True},
    )
    world.tell("款项自客户本人账户到账")


async def establish(world: World) -> None:
    """The plan is established; the subscription is confirmed, the class follows, the commission accrues."""
    world.clock.go_to(world.days["begin"] + timedelta(days=8))
    today = world.clock.today()
    made = await world.staff["PM-001"].post(
        f"/v1/products/{world.ids['steady']}/establish", {"established_on": today.isoformat()}
    )
    holdings = await world.staff["TL-001"].get(f"/v1/clients/{world.ids['client']}/holdings")
    graded = await world.staff["TL-001"].get(f"/v1/clients/{world.ids['client']}/service-class")
    world.tell(f"稳利18号成立，确认 {made['confirmed']} 笔")
    world.tell(f"客户存量 {yuan(holdings['aum'])} → 服务等级 {graded['service_class']}")

    accruals = await world.staff["FI-001"].until(
        "/v1/accruals", lambda page: bool(page["items"]), "the commission", dealing_id=world.ids["subscription"]
    )
    accrual = accruals["items"][0]
    world.ids["accrual"] = accrual["id"]
    why = await world.staff["FI-001"].get(f"/v1/accruals/{accrual['id']}/why")
    world.tell(f"渠道费用计提 {yuan(accrual['amount'])}（{accrual['booked_period']}）：{'；'.join(why['arithmetic'])}")
    if not why["is_as_booked"]:
        raise AssertionError("the fee is not what its own explanation gives")
