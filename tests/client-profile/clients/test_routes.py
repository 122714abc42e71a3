"""Registering, reading, unmasking and signing in."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.http.callers import Actor
from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_a_person_is_registered_with_what_the_resident_id_tells(house: Any, kit: ServiceKit) -> None:
    body = house.person(document_number="11010519491231002x", phones=["13812341234"], email="zhang@example.com")

    answer = await kit.staff("customer_service").post("/v1/clients", json=body)

    assert answer.status_code == 201
    client = answer.json()
    assert client["number"] == "KH-000001"
    assert (client["status"], client["kind"], client["is_screened"]) == ("registered", "person", False)
    assert (client["name"], client["document_number"]) == ("张**", "110105********002X")
    assert (client["birth_year"], client["sex"], client["nationality"]) == (1949, "female", "CN")
    assert (client["phones"], client["email"]) == (["138****1234"], "z***@example.com")
    assert client["manager_id"] is None
    assert answer.headers["etag"] == '"1"'
    assert await kit.outbox() == [
        (
            "client-profile.client.registered.v1",
            {"occurred_at": "2026-03-02T04:00:00Z", "client_id": client["id"], "kind": "person", "channel_id": None},
        )
    ]


async def test_an_institution_is_registered_with_its_public_name_in_full(house: Any, kit: ServiceKit) -> None:
    answer = await kit.staff("customer_service").post("/v1/clients", json=house.institution())

    client = answer.json()
    assert answer.status_code == 201
    assert (client["name"], client["document_number"]) == ("福州长乐纺织有限公司", "91350100M000100Y43")
    assert (client["legal_representative"], client["contact_name"]) == ("王**", "赵**")


async def test_a_manager_who_registers_a_client_becomes_its_manager(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()

    client = await house.client(manager=manager)

    assert (client["manager_id"], client["unit_id"]) == (manager["id"], manager["unit_id"])
    assert await kit.events() == ["staff.joined", "client.registered", "client.assigned"]
    _, assigned = (await kit.outbox())[-1]
    assert assigned["manager_id"] == manager["id"]
    assert assigned["previous_manager_id"] is None


async def test_a_channel_registers_clients_as_its_own_only(house: Any, kit: ServiceKit) -> None:
    channel_id, other_id = new_id(), new_id()
    channel = kit.channel(channel_id, "client.write", "client.read")

    answer = await channel.post("/v1/clients", json=house.person())
    refused = await channel.post("/v1/clients", json=house.person(channel_id=str(other_id)))

    assert answer.json()["channel_id"] == str(channel_id)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/channel_id")
    other = kit.channel(other_id, "client.read")
    assert (await channel.get(f"/v1/clients/{answer.json()['id']}")).status_code == 200
    assert (await other.get(f"/v1/clients/{answer.json()['id']}")).status_code == 404
    assert (await other.get("/v1/clients")).json()["items"] == []


async def test_a_second_client_with_the_same_document_is_refused_and_named_masked(house: Any, kit: ServiceKit) -> None:
    first = await house.client(document_number="11010519491231002X")

    answer = await kit.staff("customer_service").post(
        "/v1/clients", json=house.person(name="张三", document_number="11010519491231002x")
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "duplicate_client")
    assert problem["existing"] == {"id": first["id"], "number": first["number"], "name": "张**"}
    assert await kit.count("client") == 1
    assert await kit.events() == ["client.registered"]


async def test_who_does_not_reach_the_first_client_learns_nothing_of_it(house: Any, kit: ServiceKit) -> None:
    await house.client(document_number="11010519491231002X")
    callers = [house.as_staff(await house.manager()), kit.channel(new_id(), "client.write")]

    for caller in callers:
        answer = await caller.post("/v1/clients", json=house.person(document_number="11010519491231002X"))

        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_client")
        assert "existing" not in answer.json()


async def test_of_two_registrations_at_the_same_moment_one_wins(house: Any, kit: ServiceKit) -> None:
    desk = kit.staff("customer_service")
    bodies = [house.person(document_number="11010519491231002X") for _ in range(6)]

    answers = await asyncio.gather(*(desk.post("/v1/clients", json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"duplicate_client"}
    assert await kit.count("client") == 1
    assert await kit.count("personal_record") == 1
    assert await kit.count("identity_document") == 1
    assert await kit.events() == ["client.registered"]


async def test_the_same_registration_sent_again_with_its_key_gets_the_first_answer(house: Any, kit: ServiceKit) -> None:
    desk, body, key = kit.staff("customer_service"), house.person(), {"Idempotency-Key": "register-0000001"}

    first = await desk.post("/v1/clients", json=body, headers=key)
    again = await desk.post("/v1/clients", json=body, headers=key)
    other = await desk.post("/v1/clients", json=house.person(), headers=key)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await kit.count("client") == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"nickname": "老张"}, "/nickname"),
    ({"kind": "robot"}, "/kind"),
    ({"name": ""}, "/name"),
    ({"name": "张" * 121}, "/name"),
    ({"name": "张\x00三"}, "/name"),
    ({"name": 7}, "/name"),
    ({"document_kind": "library_card"}, "/document_kind"),
    ({"document_number": "110105194912310021"}, "/document_number"),
    ({"document_number": "11010519490230001X"}, "/document_number"),
    ({"birth_date": "1949-13-01"}, "/birth_date"),
    ({"birth_date": "1949-12-30"}, "/birth_date"),
    ({"document_valid_until": "soon"}, "/document_valid_until"),
    ({"sex": "x"}, "/sex"),
    ({"nationality": "china"}, "/nationality"),
    ({"phones": []}, "/phones"),
    ({"phones": ["12345"]}, "/phones/0"),
    ({"phones": ["13812341234", "phone"]}, "/phones/1"),
    ({"phones": "13812341234"}, "/phones"),
    ({"email": "nobody"}, "/email"),
    ({"address": "路" * 2001}, "/address"),
    ({"legal_representative": "王建国"}, "/legal_representative"),
    ({"channel_id": "bank"}, "/channel_id"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD)
async def test_bad_input_is_refused_at_its_field_and_writes_nothing(
    house: Any, kit: ServiceKit, change: dict[str, Any], pointer: str
) -> None:
    answer = await kit.staff("customer_service").post("/v1/clients", json=house.person(**change))

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("client") == 0
    assert await kit.outbox() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 1234", "+8613812341234"),
        ("+86-138-1234-1234", "+8613812341234"),
        ("0086 13812341234", "+8613812341234"),
        ("010-65881234", "+861065881234"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
async def test_phones_are_kept_as_e164(house: Any, typed: str, kept: str) -> None:
    client = await house.client(phones=[typed])

    full = await house.compliance.post(f"/v1/clients/{client['id']}/unmask", json={"reason": "回访核实"})

    assert full.json()["phones"] == [kept]


async def test_a_client_is_read_within_reach_only(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager)
    path, unit_id = f"/v1/clients/{client['id']}", UUID(manager["unit_id"])

    reached = [
        house.as_staff(manager),
        kit.staff("team_lead", unit_id=unit_id),
        kit.staff("auditor"),
        kit.client(UUID(client["id"])),
    ]
    strangers = [
        house.as_staff(await house.manager()),
        kit.staff("team_lead", unit_id=new_id()),
        kit.client(new_id()),
        kit.channel(new_id(), "client.read"),
    ]

    assert [(await caller.get(path)).status_code for caller in reached] == [200] * 4
    assert [(await caller.get(path)).status_code for caller in strangers] == [404] * 4
    assert (await kit.staff("marketing").get(path)).status_code == 403
    assert (await kit.staff("auditor").get(f"/v1/clients/{new_id()}")).status_code == 404


async def test_unmasking_shows_everything_once_and_leaves_a_trace(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager, document_number="11010519491231002X", address="北京市朝阳区1号")

    answer = await house.as_staff(manager).post(f"/v1/clients/{client['id']}/unmask", json={"reason": "签约核对"})

    full = answer.json()
    assert (full["name"], full["document_number"]) == ("张三丰", "11010519491231002X")
    assert (full["birth_date"], full["address"]) == ("1949-12-31", "北京市朝阳区1号")
    assert answer.headers["cache-control"] == "no-store"
    async with kit.database.session() as session:
        [trace] = (await session.execute(text("SELECT * FROM audit_entry WHERE action = 'client.unmasked'"))).all()
    assert (trace.actor, trace.reason) == (f"staff:{manager['id']}", "签约核对")
    assert str(trace.subject_id) == client["id"]


async def test_unmasking_needs_a_reason_a_role_and_reach(house: Any, kit: ServiceKit) -> None:
    client = await house.client(manager=await house.manager())
    path = f"/v1/clients/{client['id']}/unmask"

    without_reason = await house.compliance.post(path, json={})
    empty_reason = await house.compliance.post(path, json={"reason": "  "})
    stranger = await house.as_staff(await house.manager()).post(path, json={"reason": "好奇"})
    auditor = await kit.staff("auditor").post(path, json={"reason": "检查"})

    assert (without_reason.status_code, without_reason.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert empty_reason.status_code == 422
    assert (stranger.status_code, auditor.status_code) == (404, 403)
    assert await kit.count("audit_entry WHERE subject_kind = 'client'") == 0


async def test_the_gateway_learns_who_signs_in_with_a_client_number(house: Any, kit: ServiceKit) -> None:
    client = await house.client()
    gateway = kit.call_as(Actor("staff", new_id(), frozenset({"gateway"})))

    assert (await gateway.get(f"/v1/sign-in/clients/{client['number']}")).json() == {"id": client["id"]}
    assert (await gateway.get("/v1/sign-in/clients/KH-999999")).status_code == 404
    await house.compliance.post(f"/v1/clients/{client['id']}/close", json={"reason": "client_request"})
    assert (await gateway.get(f"/v1/sign-in/clients/{client['number']}")).status_code == 404
    assert (await house.admin.get(f"/v1/sign-in/clients/{client['number']}")).status_code == 403
