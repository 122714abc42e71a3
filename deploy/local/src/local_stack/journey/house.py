"""The house before the story begins: units, staff, products."""

from local_stack.journey.world import World

#: Number, name, unit, roles. Everything later is done by one of these, two people where two are needed.
STAFF = (
    ("RM-001", "林晓雯", "wealth", ["relationship_manager"]),
    ("RM-002", "周子昂", "wealth", ["relationship_manager"]),
    ("TL-001", "沈建国", "wealth", ["team_lead"]),
    ("CP-001", "许文静", "head", ["compliance"]),
    ("CP-002", "郭志强", "head", ["compliance", "operations"]),
    ("CH-001", "罗敏", "head", ["channel_manager"]),
    ("CH-002", "唐伟", "head", ["channel_manager"]),
    ("PM-001", "韩雪", "head", ["product_manager"]),
    ("CS-001", "冯婷", "head", ["customer_service"]),
    ("HD-001", "邓超群", "head", ["complaint_handler"]),
    ("HD-002", "曹颖", "head", ["complaint_handler"]),
    ("SV-001", "彭海涛", "head", ["complaint_supervisor"]),
    ("EX-001", "蒋立群", "head", ["executive"]),
    ("FI-001", "潘悦", "head", ["finance"]),
    ("FI-002", "于海波", "head", ["finance"]),
    ("OPS-001", "董洁", "head", ["operations"]),
)


async def open_house(world: World) -> None:
    """Create the units and staff, and sign everybody in."""
    world.act("序幕：机构、员工")
    admin = await world.door.admin()
    head = await admin.post("/v1/organization-units", {"name": "总部"})
    wealth = await admin.post("/v1/organization-units", {"name": "上海财富中心", "parent_id": head["id"]})
    units = {"head": head["id"], "wealth": wealth["id"]}
    for number, name, unit, roles in STAFF:
        person = await admin.post("/v1/staff", {"number": number, "name": name, "unit_id": units[unit], "roles": roles})
        world.ids[number] = person["id"]
        world.staff[number] = await world.door.staff(number)
    world.tell(f"总部与上海财富中心设立，{len(STAFF)} 名员工入职")


async def list_products(world: World) -> None:
    """Enter two products; subscriptions of the first are open, the second is too risky for the story's client."""
    manager = world.staff["PM-001"]
    for name, number, title, kind, grade in (
        ("steady", "XT-FIX-018", "稳利18号集合资金信托计划", "fixed_income", "R2"),
        ("bold", "XT-EQ-007", "锐进7号股权投资集合资金信托计划", "equity", "R4"),
    ):
        product = await manager.post(
            "/v1/products", {"number": number, "name": title, "kind": kind, "grade": grade, "term_months": 24}
        )
        await manager.post(f"/v1/products/{product['id']}/open-raising")
        world.ids[name] = product["id"]
        world.tell(f"产品 {number}《{title}》风险等级 {grade}，开始募集")
