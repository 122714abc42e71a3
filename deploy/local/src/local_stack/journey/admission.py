"""Act one: a bank passes due diligence, its agreement is approved by a second person, a product is authorized for it."""

from joserfc.jwk import ECKey

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


async def admit_channel(world: World) -> None:
    """Admit a bank, and refuse a company without a financial license."""
    world.act("第一幕：渠道准入")
    first, second = world.staff["CH-001"], world.staff["CH-002"]
    finder = await first.post("/v1/channels", {"name": "华鼎财富信息咨询有限公司", "kind": "unlicensed"})
    await first.post(f"/v1/channels/{finder['id']}/start-due-diligence")
    await world.staff["CP-001"].post(f"/v1/channels/{finder['id']}/approve", {"opinion": "仅供信息展示合作。"})
    refused = await first.post(f"/v1/channels/{finder['id']}/activate", expect=(409, 422))
    world.tell(f"华鼎财富（无金融牌照）申请激活 → 拒绝：{refused['code']}")

    year = world.clock.today().year
    bank = await first.post(
        "/v1/channels",
        {
            "name": "江东银行股份有限公司",
            "kind": "bank",
            "license": {
                "kind": "financial",
                "number": "B0391H231000001",
                "issuer": "国家金融监督管理总局",
                "valid_from": f"{year - 4}-01-01",
                "valid_to": f"{year + 3}-12-31",
            },
        },
    )
    channel_id = world.ids["channel"] = bank["id"]
    await first.post(f"/v1/channels/{channel_id}/start-due-diligence")
    await world.staff["CP-001"].post(
        f"/v1/channels/{channel_id}/approve",
        {"opinion": "金融许可证有效，代销制度健全，双录系统现场验收通过，同意准入。"},
    )
    world.tell(
        f"江东银行 {bank['number']} 尽职调查通过（发起：罗敏，审批：许文静），金融许可证有效期至 {year + 3}-12-31"
    )

    today = world.clock.today().isoformat()
    agreement = await first.post(
        "/v1/agreements",
        {
            "channel_id": channel_id,
            "number": f"DX-{year}-031",
            "valid_from": today,
            "rules": [
                {
                    "product_id": world.ids["steady"],
                    "kind": "percent",
                    "rate": "0.0060",
                    "clawback": {"months": 24, "form": "linear_whole_months"},
                }
            ],
        },
    )
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    await first.post(f"{card}/submit")
    own = await first.post(f"{card}/approve", expect=(403, 409))
    await second.post(f"{card}/approve")
    world.tell(
        f"代销协议 {agreement['number']}：认购金额的 0.60%，24 个月内赎回按整月返还；本人审批被拒（{own['code']}），由唐伟批准"
    )
    await first.post(f"/v1/channels/{channel_id}/activate")
    await first.post(
        f"/v1/channels/{channel_id}/products",
        {"product_id": world.ids["steady"], "bearer": "company", "valid_from": today},
    )
    world.tell("渠道激活，授权代销稳利18号，费用由公司承担")


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
