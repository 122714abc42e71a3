import json
from uuid import UUID

import pytest
from gateway_kit import GatewayKit

from gateway.sign_in.people import BOOTSTRAP_ADMIN, GATEWAY
from shared.ids import new_id


async def test_a_staff_member_signs_in_by_number_and_calls_with_roles_and_units(kit: GatewayKit) -> None:
    staff_id, unit_id, below = new_id(), new_id(), new_id()
    person = {
        "id": str(staff_id), "number": "RM-001", "roles": ["relationship_manager", "team_lead"],
        "unit_id": str(unit_id), "unit_ids": [str(unit_id), str(below)],
    }  # fmt: skip
    kit.fake.answers["/v1/sign-in/staff/RM-001"] = (200, json.dumps(person).encode(), 0)

    answer = await kit.http.post("/dev/sign-in", json={"staff_number": "RM-001"})

    assert answer.status_code == 200, answer.text
    asking = kit.fake.actor("client-profile")
    assert (asking.id, asking.roles) == (GATEWAY.id, {"gateway"})
    body = answer.json()
    assert (body["kind"], body["id"], body["expires_in"]) == ("staff", str(staff_id), 28800)
    assert body["roles"] == ["relationship_manager", "team_lead"]
    await kit.http.get("/v1/things", headers={"Authorization": f"Bearer {body['access_token']}"})
    actor = kit.fake.actor("client-profile")
    assert (actor.kind, actor.id, actor.unit_id, actor.unit_ids) == ("staff", staff_id, unit_id, {unit_id, below})
    assert actor.roles == {"relationship_manager", "team_lead"}


async def test_a_client_signs_in_by_number_and_calls_as_itself(kit: GatewayKit) -> None:
    client_id = new_id()
    kit.fake.answers["/v1/sign-in/clients/C-42"] = (200, json.dumps({"id": str(client_id)}).encode(), 0)

    body = (await kit.http.post("/dev/sign-in", json={"client_number": "C-42"})).json()
    await kit.http.get("/v1/things", headers={"Authorization": f"Bearer {body['access_token']}"})

    assert (body["kind"], body["id"], body["roles"]) == ("client", str(client_id), ["client"])
    actor = kit.fake.actor("client-profile")
    assert (actor.kind, actor.id, actor.roles, actor.unit_id) == ("client", client_id, {"client"}, None)


async def test_a_fresh_system_has_an_administrator(kit: GatewayKit) -> None:
    body = (await kit.http.post("/dev/sign-in", json={"bootstrap": "admin"})).json()
    await kit.http.get("/v1/things", headers={"Authorization": f"Bearer {body['access_token']}"})

    assert (body["kind"], UUID(body["id"]), body["roles"]) == ("staff", BOOTSTRAP_ADMIN.id, ["admin"])
    assert kit.fake.actor("client-profile").id == BOOTSTRAP_ADMIN.id


async def test_nobody_is_not_let_in(kit: GatewayKit) -> None:
    kit.fake.answers["/v1/sign-in/staff/RM-404"] = (404, b"{}", 0)

    answer = await kit.http.post("/dev/sign-in", json={"staff_number": "RM-404"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (200, b"[]"), (200, b'{"id": "x"}'), (200, b"not json"), (403, b"{}")]
)
async def test_an_answer_that_says_nothing_lets_nobody_in(kit: GatewayKit, status: int, body: bytes) -> None:
    kit.fake.answers["/v1/sign-in/staff/RM-500"] = (status, body, 0)

    answer = await kit.http.post("/dev/sign-in", json={"staff_number": "RM-500"})

    assert (answer.status_code, answer.json()["code"]) == (502, "bad_gateway")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"staff_number": "A", "client_number": "B"},
        {"bootstrap": "root"},
        {"staff_number": "../../v1/clients"},
        {"staff_number": ""},
        {"staff_number": "x" * 41},
        {"staff_number": "RM-001", "roles": ["admin"]},
    ],
    ids=str,
)
async def test_a_malformed_sign_in_is_refused_and_nobody_asked(kit: GatewayKit, body: dict[str, object]) -> None:
    answer = await kit.http.post("/dev/sign-in", json=body)

    assert answer.status_code == 422
    assert kit.fake.seen == []


async def test_looking_people_up_is_not_open_to_anybody(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/sign-in/staff/RM-001", headers=await kit.admin())

    assert answer.status_code == 404
