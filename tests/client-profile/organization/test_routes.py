from typing import Any
from uuid import UUID

import pytest

from shared.http.callers import Actor
from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_units_form_a_tree_and_are_listed(house: Any, kit: ServiceKit) -> None:
    head = await house.unit("总部")
    north = await house.unit("北方区", parent_id=str(head))

    listed = (await kit.staff("marketing").get("/v1/organization-units")).json()["items"]

    assert [(unit["name"], unit["parent_id"]) for unit in listed] == [("总部", None), ("北方区", str(head))]
    assert listed[1]["id"] == str(north)
    assert await kit.outbox() == []


async def test_a_staff_member_joins_with_the_path_of_the_unit(house: Any, kit: ServiceKit) -> None:
    head = await house.unit("总部")
    north = await house.unit("北方区", parent_id=str(head))

    staff = await house.staff_member("team_lead", "relationship_manager", "team_lead", unit_id=north)

    assert (staff["roles"], staff["version"]) == (["relationship_manager", "team_lead"], 1)
    assert await kit.outbox() == [
        (
            "client-profile.staff.joined.v1",
            {
                "occurred_at": "2026-03-02T04:00:00Z",
                "staff_id": staff["id"],
                "unit_id": str(north),
                "unit_path": [str(north), str(head)],
                "roles": ["relationship_manager", "team_lead"],
            },
        )
    ]


async def test_staff_is_read_and_listed_by_unit(house: Any, kit: ServiceKit) -> None:
    one, _ = await house.manager(), await house.manager()
    auditor = kit.staff("auditor")

    read = await auditor.get(f"/v1/staff/{one['id']}")
    listed = await auditor.get("/v1/staff", params={"unit_id": one["unit_id"]})

    assert (read.json(), read.headers["etag"]) == (one, '"1"')
    assert listed.json()["items"] == [one]
    assert len((await auditor.get("/v1/staff")).json()["items"]) == 2
    assert (await auditor.get(f"/v1/staff/{new_id()}")).status_code == 404


async def test_the_gateway_learns_roles_and_reach_of_who_signs_in(house: Any, kit: ServiceKit) -> None:
    head = await house.unit("总部")
    north = await house.unit("北方区", parent_id=str(head))
    staff = await house.staff_member("team_lead", unit_id=head)
    gateway = kit.call_as(Actor("staff", new_id(), frozenset({"gateway"})))

    answer = await gateway.get(f"/v1/sign-in/staff/{staff['number']}")

    assert answer.json()["roles"] == ["team_lead"]
    assert set(answer.json()["unit_ids"]) == {str(head), str(north)}
    await house.admin.post(f"/v1/staff/{staff['id']}/leave")
    assert (await gateway.get(f"/v1/sign-in/staff/{staff['number']}")).status_code == 404
    assert (await gateway.get("/v1/sign-in/staff/NOBODY")).status_code == 404


async def test_a_staff_number_is_given_once(house: Any, kit: ServiceKit) -> None:
    staff = await house.manager()

    again = await house.admin.post(
        "/v1/staff",
        json={"number": staff["number"], "name": "王", "unit_id": staff["unit_id"], "roles": ["risk"]},
    )

    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert await kit.events() == ["staff.joined"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("organization-units", {"name": ""}, "/name"),
        ("organization-units", {"name": "部", "parent_id": str(UUID(int=9))}, "/parent_id"),
        ("organization-units", {"name": "部", "color": "red"}, "/color"),
        ("staff", {"number": "s 1"}, "/number"),
        ("staff", {"roles": []}, "/roles"),
        ("staff", {"roles": ["king"]}, "/roles/0"),
        ("staff", {"unit_id": str(UUID(int=9))}, "/unit_id"),
        ("staff", {"unit_id": "north"}, "/unit_id"),
    ],
)
async def test_bad_input_is_refused_at_its_field_and_writes_nothing(
    house: Any, kit: ServiceKit, path: str, body: dict[str, Any], pointer: str
) -> None:
    defaults: dict[str, Any] = {}
    if path == "staff":
        defaults = {"number": "S-1", "name": "李", "unit_id": str(await house.unit()), "roles": ["risk"]}

    answer = await house.admin.post(f"/v1/{path}", json={**defaults, **body})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await kit.count("staff") == 0
    assert await kit.outbox() == []
