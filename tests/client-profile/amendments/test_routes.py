from typing import Any

import pytest
from sqlalchemy import text

from shared.testing.service import ServiceKit


async def change(house: Any, client: dict[str, Any], *, version: int | None = None, **fields: Any) -> Any:
    etag = {"If-Match": f'"{version or client["version"]}"'}
    return await house.kit.staff("customer_service").patch(f"/v1/clients/{client['id']}", json=fields, headers=etag)


async def unmasked(house: Any, client: dict[str, Any]) -> dict[str, Any]:
    answer = await house.compliance.post(f"/v1/clients/{client['id']}/unmask", json={"reason": "核对"})
    body: dict[str, Any] = answer.json()
    return body


async def test_changed_fields_are_written_and_named_without_their_values(house: Any, kit: ServiceKit) -> None:
    client = await house.client(email="old@example.com", address="北京市朝阳区1号")

    answer = await change(house, client, email=None, phones=["13900001111", "010-65881234"], occupation="教师")

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    assert (answer.json()["email"], answer.json()["phones"]) == (None, ["139****1111", "****1234"])
    full = await unmasked(house, client)
    assert (full["phones"], full["address"]) == (["+8613900001111", "+861065881234"], "北京市朝阳区1号")
    type_, event = (await kit.outbox())[-1]
    assert type_ == "client-profile.client.updated.v1"
    assert event["changed"] == ["email", "occupation", "phones"]
    assert set(event) == {"occurred_at", "client_id", "changed"}


async def test_a_search_finds_the_new_phone_and_not_the_old(house: Any, kit: ServiceKit) -> None:
    client = await house.client(phones=["13800001111"])
    await change(house, client, phones=["13900002222"])

    async def found(last4: str) -> int:
        return len((await kit.staff("auditor").get("/v1/clients", params={"phone_last4": last4})).json()["items"])

    assert (await found("1111"), await found("2222")) == (0, 1)


async def test_nothing_changed_records_nothing(house: Any, kit: ServiceKit) -> None:
    client = await house.client(email="same@example.com")

    answer = await change(house, client, email="same@example.com")

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert await kit.events() == ["client.registered"]


async def test_a_new_name_needs_a_proof_keeps_the_old_one_and_voids_the_screening(house: Any, kit: ServiceKit) -> None:
    client = await house.active_client(name="张三丰")

    refused = await change(house, client, name="张君宝")
    answer = await change(house, client, name="张君宝", proof="户口本变更页")

    assert (refused.status_code, refused.json()["code"]) == (422, "proof_missing")
    assert (answer.json()["is_screened"], answer.json()["status"]) == (False, "active")
    full = await unmasked(house, client)
    assert (full["name"], full["former_names"]) == ("张君宝", [{"name": "张三丰", "until": "2026-03-02"}])
    async with kit.database.session() as session:
        [trace] = (
            await session.execute(
                text("SELECT reason, facts FROM audit_entry WHERE action = 'client.identity_changed'")
            )
        ).all()
    assert (trace.reason, trace.facts) == ("户口本变更页", {"changed": ["name"]})
    found = await kit.staff("auditor").get("/v1/clients", params={"q": "君宝"})
    assert len(found.json()["items"]) == 1


async def test_a_new_document_replaces_the_old_one_which_is_kept(house: Any, kit: ServiceKit) -> None:
    client = await house.client(document_number="11010519491231002X")

    answer = await change(house, client, document_number="440524188001010014", proof="公安机关更正证明")

    assert answer.status_code == 200
    assert (answer.json()["birth_year"], answer.json()["sex"]) == (1880, "male")
    async with kit.database.session() as session:
        rows = (await session.execute(text("SELECT replaced_at FROM identity_document ORDER BY recorded_at, id"))).all()
    assert [row.replaced_at is None for row in rows] == [False, True]
    assert (await house.client(document_number="11010519491231002X"))["status"] == "registered"


async def test_a_document_somebody_else_holds_is_refused(house: Any, kit: ServiceKit) -> None:
    await house.client(document_number="440524188001010014")
    client = await house.client(document_number="11010519491231002X")

    answer = await change(house, client, document_number="440524188001010014", proof="更正")

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_client")
    assert (await unmasked(house, client))["document_number"] == "11010519491231002X"


async def test_a_change_on_an_older_version_is_refused(house: Any, kit: ServiceKit) -> None:
    client = await house.client()
    path = f"/v1/clients/{client['id']}"
    desk = kit.staff("customer_service")
    await change(house, client, occupation="教师")

    stale = await change(house, client, occupation="医生")
    missing = await desk.patch(path, json={"occupation": "医生"})
    garbled = await desk.patch(path, json={"occupation": "医生"}, headers={"If-Match": "latest"})

    assert (stale.status_code, stale.json()["code"], stale.json()["current"]) == (412, "stale", 2)
    assert (missing.status_code, garbled.status_code) == (428, 412)
    assert (await unmasked(house, client))["occupation"] == "教师"


async def test_a_closed_profile_does_not_change(house: Any) -> None:
    client = await house.client()
    await house.compliance.post(f"/v1/clients/{client['id']}/close", json={"reason": "client_request"})

    answer = await change(house, client, version=2, occupation="教师")

    assert (answer.status_code, answer.json()["code"]) == (409, "client_closed")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": None, "proof": "证明"}, "/name"),
        ({"phones": None}, "/phones"),
        ({"phones": ["1"]}, "/phones/0"),
        ({"document_kind": "credit_code", "proof": "证明"}, "/document_kind"),
        ({"document_number": "110105194912310021", "proof": "证明"}, "/document_number"),
        ({"birth_date": "1950-01-01"}, "/birth_date"),
        ({"legal_representative": "王建国"}, "/legal_representative"),
        ({"status": "active"}, "/status"),
        ({"manager_id": "01a2092d-4bf6-7496-b982-61e4f8e71a84"}, "/manager_id"),
        ({"service_class": "A"}, "/service_class"),
        ({"kind": "institution"}, "/kind"),
    ],
)
async def test_bad_changes_are_refused_at_their_field_and_write_nothing(
    house: Any, kit: ServiceKit, fields: dict[str, Any], pointer: str
) -> None:
    client = await house.client()
    before = await unmasked(house, client)

    answer = await change(house, client, **fields)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await unmasked(house, client) == before
    assert await kit.events() == ["client.registered"]


async def test_a_client_out_of_reach_is_not_changed(house: Any) -> None:
    client = await house.client(manager=await house.manager())
    stranger = house.as_staff(await house.manager())

    answer = await stranger.patch(
        f"/v1/clients/{client['id']}", json={"occupation": "教师"}, headers={"If-Match": '"2"'}
    )

    assert answer.status_code == 404
