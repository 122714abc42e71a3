"""Act one: a bank passes due diligence, a second person approves its agreement, a product is authorized for it."""

from joserfc.jwk import ECKey

from local_stack.journey.callers import Caller
from local_stack.journey.world import World

SCOPES = (
    "client.read",
    "client.write",
    "dealing.read",
    "dealing.write",
    "complaint.create",
    "complaint.read",
    "commission.read",
    "commission.confirm",
)
#: What due diligence looks into, and found.
FINDINGS = {
    "license": "金融许可证在有效期内，代销资质齐备。",
    "penalties": "近三年无重大监管处罚，未列入失信名单。",
    "sales_capability": "销售人员持证上岗，适当性管理制度健全。",
    "recording": "双录系统现场验收通过。",
}


async def refuse_finder(world: World) -> None:
    """A company without a financial license fails its due diligence, and no agreement can be signed with it."""
    world.act("第一幕：渠道准入")
    manager = world.staff["CH-001"]
    finder = await manager.post("/v1/channels", {"name": "华鼎财富信息咨询有限公司", "kind": "unlicensed"})
    await manager.post(f"/v1/channels/{finder['id']}/start-due-diligence")
    await _find(manager, finder["id"], "license", "failed", "仅有营业执照，未持金融牌照。")
    opinion = {"opinion": "仅供信息展示合作。"}
    failed = await world.staff["CP-001"].post(f"/v1/channels/{finder['id']}/approve", opinion, expect=(409,))
    signing = {"in_force_on": world.clock.today().isoformat(), "evidence": "合作意向书"}
    refused = await manager.post(f"/v1/channels/{finder['id']}/sign", signing, expect=(409,))
    world.tell(f"华鼎财富（无金融牌照）申请准入 → 拒绝：{failed['code']}；申请签约 → 拒绝：{refused['code']}")


async def admit_channel(world: World) -> None:
    """A bank with a license passes due diligence; another person approves."""
    manager, year = world.staff["CH-001"], world.clock.today().year
    license = {
        "kind": "financial",
        "number": "B0391H231000001",
        "issuer": "国家金融监督管理总局",
        "valid_from": f"{year - 4}-01-01",
        "valid_to": f"{year + 3}-12-31",
    }
    world.ids["channel_uscc"] = "9131000013221158XC"
    bank = await manager.post(
        "/v1/channels",
        {"name": "江东银行股份有限公司", "kind": "bank", "uscc": world.ids["channel_uscc"], "license": license},
    )
    world.ids["channel"] = bank["id"]
    await manager.post(f"/v1/channels/{bank['id']}/start-due-diligence")
    for topic, finding in FINDINGS.items():
        await _find(manager, bank["id"], topic, "satisfied", finding)
    opinion = "金融许可证有效，代销制度健全，双录系统现场验收通过，同意准入。"
    await world.staff["CP-001"].post(f"/v1/channels/{bank['id']}/approve", {"opinion": opinion})
    world.tell(
        f"江东银行 {bank['number']} 尽职调查通过（发起：罗敏，审批：许文静），金融许可证有效期至 {license['valid_to']}"
    )


async def _find(manager: Caller, channel_id: str, topic: str, outcome: str, finding: str) -> None:
    body = {"topic": topic, "outcome": outcome, "finding": finding, "evidence": [f"JD-{topic}"]}
    await manager.post(f"/v1/channels/{channel_id}/findings", body)


async def conclude_agreement(world: World) -> None:
    """The agreement's rate card is approved by a second person, the channel activated, a product authorized."""
    manager, channel_id, today = world.staff["CH-001"], world.ids["channel"], world.clock.today()
    rule = {
        "product_id": world.ids["steady"],
        "kind": "percent",
        "rate": "0.0060",
        "clawback": {"months": 24, "form": "linear_whole_months"},
    }
    agreement = await manager.post(
        "/v1/agreements",
        {"channel_id": channel_id, "number": f"DX-{today.year}-031", "valid_from": today.isoformat(), "rules": [rule]},
    )
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    await manager.post(f"{card}/submit")
    own = await manager.post(f"{card}/approve", expect=(403, 409))
    await world.staff["CP-002"].post(f"{card}/approve")
    world.tell(
        f"代销协议 {agreement['number']}：认购金额的 0.60%，24 个月内赎回按整月返还；"
        f"经办人自行批准被拒（{own['code']}），由郭志强批准"
    )
    signing = {"in_force_on": today.isoformat(), "evidence": f"{agreement['number']} 原件，合同档案室"}
    await manager.post(f"/v1/channels/{channel_id}/sign", signing)
    await manager.post(f"/v1/channels/{channel_id}/activate")
    for product in ("steady", "bold"):
        authorization = {"product_id": world.ids[product], "bearer": "company", "valid_from": today.isoformat()}
        await manager.post(f"/v1/channels/{channel_id}/products", authorization)
    world.tell("协议签约，渠道激活，授权代销稳利18号与锐进7号，费用由公司承担")


async def connect_channel(world: World) -> None:
    """The channel's developer registers a public key and gets a token."""
    key = world.channel_key = ECKey.generate_key("P-256", auto_kid=True)
    client = await world.staff["CH-001"].post(
        "/v1/oauth-clients",
        {
            "channel_id": world.ids["channel"],
            "name": "江东银行代销系统",
            "jwks": {"keys": [key.as_dict(private=False)]},
            "scopes": list(SCOPES),
        },
    )
    world.ids["oauth client"] = client["client_id"]
    world.channel = await world.door.channel(client["client_id"], key, *SCOPES)
    world.tell(f"江东银行以 private_key_jwt 取得访问令牌（client_id {client['client_id']}）")
