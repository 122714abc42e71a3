import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.ids import new_id
from shared.testing.service import ServiceKit


def assigned(outbox: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, str, str | None]]:
    """Client, new and former manager of every assignment."""
    return [
        (event["client_id"], event["manager_id"], event["previous_manager_id"])
        for type_, event in outbox
        if type_ == "client-profile.client.assigned.v1"
    ]


async def test_a_client_gets_a_manager_and_comes_into_the_managers_unit(house: Any, kit: ServiceKit) -> None:
    manager, client = await house.manager(), await house.client()

    answer = await house.admin.post(f"/v1/clients/{client['id']}/assign", json={"manager_id": manager["id"]})

    assert answer.status_code == 200
    assert (answer.json()["manager_id"], answer.json()["unit_id"]) == (manager["id"], manager["unit_id"])
    assert answer.headers["etag"] == '"2"'
    assert assigned(await kit.outbox()) == [(client["id"], manager["id"], None)]
    async with kit.database.session() as session:
        [trace] = (
            await session.execute(text("SELECT action, facts FROM audit_entry WHERE subject_kind = 'client'"))
        ).all()
    assert (trace.action, trace.facts["manager_id"]) == ("client.assigned", manager["id"])


async def test_a_team_lead_assigns_within_the_own_units_only(house: Any, kit: ServiceKit) -> None:
    one = await house.manager()
    mate, stranger = await house.manager(UUID(one["unit_id"])), await house.manager()
    client = await house.client(manager=one)
    lead = kit.staff("team_lead", unit_id=UUID(one["unit_id"]))
    path = f"/v1/clients/{client['id']}/assign"

    refused = await lead.post(path, json={"manager_id": stranger["id"]})
    allowed = await lead.post(path, json={"manager_id": mate["id"], "reason": "客户要求"})
    other_lead = await kit.staff("team_lead", unit_id=new_id()).post(path, json={"manager_id": one["id"]})

    assert (refused.status_code, refused.json()["code"]) == (403, "manager_out_of_reach")
    assert (allowed.status_code, allowed.json()["manager_id"]) == (200, mate["id"])
    assert other_lead.status_code in (403, 404)


async def test_only_a_relationship_manager_at_work_is_assigned(house: Any, kit: ServiceKit) -> None:
    client = await house.client()
    gone, lead = await house.manager(), await house.staff_member("team_lead")
    await house.admin.post(f"/v1/staff/{gone['id']}/leave")

    for manager_id in (gone["id"], lead["id"], str(new_id())):
        answer = await house.admin.post(f"/v1/clients/{client['id']}/assign", json={"manager_id": manager_id})
        assert (answer.status_code, answer.json()["code"]) == (422, "manager_unknown")
        assert answer.json()["errors"][0]["pointer"] == "/manager_id"
    assert assigned(await kit.outbox()) == []


async def test_the_manager_a_client_has_is_not_assigned_again(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager)

    answer = await house.admin.post(f"/v1/clients/{client['id']}/assign", json={"manager_id": manager["id"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "same_manager")
    assert len(assigned(await kit.outbox())) == 1


async def test_somebody_leaves_only_after_handing_over_every_client(house: Any, kit: ServiceKit) -> None:
    leaver, successor = await house.manager(), await house.manager()
    clients = [await house.client(manager=leaver) for _ in range(3)]

    refused = await house.admin.post(f"/v1/staff/{leaver['id']}/leave")
    moved = await house.admin.post(
        f"/v1/staff/{leaver['id']}/hand-over",
        json={"to_staff_id": successor["id"], "all": True, "reason": "离职交接"},
    )
    left = await house.admin.post(f"/v1/staff/{leaver['id']}/leave")
    again = await house.admin.post(f"/v1/staff/{leaver['id']}/leave")

    assert (refused.status_code, refused.json()["code"], refused.json()["clients"]) == (409, "staff_holds_clients", 3)
    assert moved.json() == {
        "from_staff_id": leaver["id"],
        "to_staff_id": successor["id"],
        "moved": 3,
        "left": 0,
    }
    assert (left.status_code, left.json()["left_at"]) == (200, "2026-03-02T04:00:00Z")
    assert (again.status_code, again.json()["code"]) == (409, "staff_has_left")
    assert assigned(await kit.outbox())[3:] == [
        (client["id"], successor["id"], leaver["id"]) for client in sorted(clients, key=lambda one: str(one["id"]))
    ]
    assert (await kit.events())[-1] == "staff.left"
    seen = (await house.as_staff(successor).get("/v1/clients")).json()["items"]
    assert [client["unit_id"] for client in seen] == [successor["unit_id"]] * 3
    async with kit.database.session() as session:
        [trace] = (
            await session.execute(text("SELECT reason, facts FROM audit_entry WHERE action = 'staff.handed_over'"))
        ).all()
    assert trace.reason == "离职交接"
    assert sorted(trace.facts["client_ids"]) == sorted(client["id"] for client in clients)


async def test_some_clients_are_handed_over_and_the_rest_stays(house: Any) -> None:
    leaver, successor = await house.manager(), await house.manager()
    first, second = [await house.client(manager=leaver) for _ in range(2)]

    answer = await house.admin.post(
        f"/v1/staff/{leaver['id']}/hand-over",
        json={"to_staff_id": successor["id"], "client_ids": [first["id"]], "reason": "分担"},
    )

    assert (answer.json()["moved"], answer.json()["left"]) == (1, 1)
    rest = (await house.as_staff(leaver).get("/v1/clients")).json()["items"]
    assert [client["id"] for client in rest] == [second["id"]]


async def test_a_closed_client_holds_nobody_back(house: Any, kit: ServiceKit) -> None:
    leaver = await house.manager()
    client = await house.client(manager=leaver)
    await house.compliance.post(f"/v1/clients/{client['id']}/close", json={"reason": "client_request"})

    assert (await house.admin.post(f"/v1/staff/{leaver['id']}/leave")).status_code == 200


async def test_a_team_lead_hands_over_what_lies_in_the_own_units(house: Any, kit: ServiceKit) -> None:
    one = await house.manager()
    mate, stranger = await house.manager(UUID(one["unit_id"])), await house.manager()
    mine, theirs = await house.client(manager=one), await house.client(manager=stranger)
    lead = kit.staff("team_lead", unit_id=UUID(one["unit_id"]))

    foreign = await lead.post(
        f"/v1/staff/{stranger['id']}/hand-over", json={"to_staff_id": mate["id"], "all": True, "reason": "调整"}
    )
    own = await lead.post(
        f"/v1/staff/{one['id']}/hand-over", json={"to_staff_id": mate["id"], "all": True, "reason": "调整"}
    )

    assert (foreign.json()["moved"], foreign.json()["left"]) == (0, 1)
    assert own.json()["moved"] == 1
    managers = {client["id"]: client["manager_id"] for client in (await house.admin.get("/v1/clients")).json()["items"]}
    assert managers == {mine["id"]: mate["id"], theirs["id"]: stranger["id"]}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({}, "clients_not_named", "/client_ids"),
        ({"all": True, "client_ids": [str(UUID(int=9))]}, "clients_not_named", "/client_ids"),
        ({"client_ids": [str(UUID(int=9))]}, "client_not_held", "/client_ids"),
        ({"all": True, "to_staff_id": str(UUID(int=9))}, "manager_unknown", "/to_staff_id"),
        ({"all": True, "reason": ""}, "invalid", "/reason"),
        ({"client_ids": ["x"]}, "invalid", "/client_ids/0"),
    ],
)
async def test_bad_hand_overs_move_nothing(
    house: Any, kit: ServiceKit, change: dict[str, Any], code: str, pointer: str
) -> None:
    leaver, successor = await house.manager(), await house.manager()
    await house.client(manager=leaver)

    answer = await house.admin.post(
        f"/v1/staff/{leaver['id']}/hand-over", json={"to_staff_id": successor["id"], "reason": "交接", **change}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert len(assigned(await kit.outbox())) == 1
    assert await kit.count("audit_entry WHERE action = 'staff.handed_over'") == 0


async def test_clients_are_not_handed_over_to_their_own_manager(house: Any) -> None:
    leaver = await house.manager()

    answer = await house.admin.post(
        f"/v1/staff/{leaver['id']}/hand-over", json={"to_staff_id": leaver["id"], "all": True, "reason": "交接"}
    )
    unknown = await house.admin.post(
        f"/v1/staff/{new_id()}/hand-over", json={"to_staff_id": leaver["id"], "all": True, "reason": "交接"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "same_manager")
    assert unknown.status_code == 404


async def test_a_manager_who_moves_takes_the_clients_along(house: Any, kit: ServiceKit) -> None:
    manager, unit_id = await house.manager(), await house.unit("上海财富管理部")
    client = await house.client(manager=manager)

    moved = await house.admin.post(
        f"/v1/staff/{manager['id']}/move", json={"unit_id": str(unit_id), "roles": ["relationship_manager"]}
    )

    assert (moved.status_code, moved.json()["unit_id"]) == (200, str(unit_id))
    assert (await house.admin.get(f"/v1/clients/{client['id']}")).json()["unit_id"] == str(unit_id)
    assert (await kit.events())[-2:] == ["staff.moved", "client.assigned"]
    assert assigned(await kit.outbox())[-1] == (client["id"], manager["id"], manager["id"])


async def test_a_manager_with_clients_keeps_the_role(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    await house.client(manager=manager)

    answer = await house.admin.post(
        f"/v1/staff/{manager['id']}/move", json={"unit_id": manager["unit_id"], "roles": ["marketing"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "staff_holds_clients")
    assert (await house.admin.get(f"/v1/staff/{manager['id']}")).json()["roles"] == ["relationship_manager"]


async def test_nobody_is_left_with_a_client_whatever_the_order_of_leaving_and_assigning(house: Any) -> None:
    for _ in range(5):
        manager, client = await house.manager(), await house.client()

        left, given = await asyncio.gather(
            house.admin.post(f"/v1/staff/{manager['id']}/leave"),
            house.admin.post(f"/v1/clients/{client['id']}/assign", json={"manager_id": manager["id"]}),
        )

        assert sorted((left.status_code, given.status_code)) in ([200, 409], [200, 422])


async def test_who_gave_which_roles_is_in_the_audit_trail(house: Any, kit: ServiceKit) -> None:
    staff = await house.staff_member("marketing")
    unit_id = staff["unit_id"]
    await house.admin.post(f"/v1/staff/{staff['id']}/move", json={"unit_id": unit_id, "roles": ["compliance"]})
    await house.admin.post(f"/v1/staff/{staff['id']}/leave")

    async with kit.database.session() as session:
        found = await session.execute(text("SELECT action, facts FROM audit_entry ORDER BY id"))

    assert [tuple(trace) for trace in found] == [
        ("staff.joined", {"unit_id": unit_id, "roles": ["marketing"]}),
        ("staff.moved", {"unit_id": unit_id, "roles": ["compliance"]}),
        ("staff.left", {}),
    ]
