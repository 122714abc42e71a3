"""Act four: the manager keeps in touch; the next contact is planned by the client's service class."""

from datetime import timedelta

from local_stack.journey.world import World


async def call_in_vain(world: World) -> None:
    """An unanswered call is logged, twice by the call center and once in the log."""
    world.act("第四幕：客户维护")
    manager = world.staff["RM-001"]
    world.clock.go_to(world.days["begin"] + timedelta(days=18), hour=15)
    contact = {
        "client_id": world.ids["client"],
        "kind": "call",
        "direction": "outbound",
        "started_at": (world.clock.now() - timedelta(hours=2)).isoformat(),
        "is_reached": False,
        "outcome": "no_answer",
        "origin": "call-center",
        "external_id": "CC-88121",
    }
    first = await manager.post("/v1/interactions", contact, expect=201)
    again = await manager.post("/v1/interactions", contact, expect=200)
    if again["id"] != first["id"]:
        raise AssertionError("the same call was recorded twice")
    world.tell("外呼未接通；呼叫中心重复推送同一通话 → 返回首次记录")


async def visit(world: World) -> None:
    """A visit is logged; the next contact is planned by the client's service class."""
    client_id, manager = world.ids["client"], world.staff["RM-001"]
    today = world.clock.today().isoformat()
    contact = {
        "client_id": client_id,
        "kind": "visit",
        "direction": "outbound",
        "started_at": (world.clock.now() - timedelta(hours=1)).isoformat(),
        "duration_seconds": 2700,
        "is_reached": True,
        "outcome": "settled",
        "purpose": "care",
        "summary": "上门拜访，介绍稳利18号运作情况，客户询问封闭期。",
    }
    await manager.post("/v1/interactions", contact, expect=201)
    planned = await manager.until(
        "/v1/follow-ups",
        lambda page: any(task["reason"] == "rhythm" and task["due_on"] > today for task in page["items"]),
        "the next contact",
        client_id=client_id,
        status="scheduled",
    )
    task = next(task for task in planned["items"] if task["reason"] == "rhythm")
    why = await manager.get(f"/v1/follow-ups/{task['id']}/why")
    world.tell(
        f"上门拜访已记录；下次联系按服务等级 {why['service_class']}（{why['basis_days']} 天）排在 {task['due_on']} 前"
    )
    world.tell(f"依据 {why['rule_version']}：{why['source']}")
