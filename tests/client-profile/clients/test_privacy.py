"""Canaries: personal data shows up in no table, event, log line or problem."""

import json
import logging
from typing import Any

import pytest
from sqlalchemy import text

from shared.testing.service import ServiceKit

CANARIES = {
    "name": "司马缸砸光",
    "document_number": "11010519491231002X",
    "phone": "13987650123",
    "email": "canary.bird@secret-mail.example",
    "address": "上海市浦东新区金丝雀路77弄",
    "occupation": "养鸟人金丝雀",
}


def body(**fields: Any) -> dict[str, Any]:
    wanted = {key: value for key, value in CANARIES.items() if key != "phone"}
    return {**wanted, "kind": "person", "document_kind": "resident_id", "phones": [CANARIES["phone"]], **fields}


def leaks(haystack: str) -> list[str]:
    return [name for name, canary in CANARIES.items() if canary in haystack or canary.encode().hex() in haystack]


async def everything_stored(kit: ServiceKit) -> str:
    async with kit.database.session() as session:
        tables = (await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))).scalars()
        rows = [
            (await session.execute(text(f'SELECT "{table}"::text FROM "{table}"'))).scalars().all() for table in tables
        ]
    return json.dumps(rows, ensure_ascii=False)


async def test_no_canary_is_stored_in_clear_nor_sent_nor_logged(
    house: Any, kit: ServiceKit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    manager = await house.manager()
    rm = house.as_staff(manager)

    answer = await rm.post("/v1/clients", json=body(), headers={"Idempotency-Key": "canary-000000001"})
    client = answer.json()
    duplicate = await rm.post("/v1/clients", json=body(name="司马缸砸光二"))
    path, etag = f"/v1/clients/{client['id']}", {"If-Match": answer.headers["etag"]}
    changed = await rm.patch(path, json={"name": "欧阳改名", "proof": "户口本"}, headers=etag)
    items = [{**body(), "external_id": "a"}, {**body(phones=["bad"]), "external_id": "b"}]
    bulk = await kit.staff("operations").post("/v1/clients/bulk", json={"origin": "core", "items": items})
    listed = await rm.get("/v1/clients", params={"q": "司马"})

    assert (answer.status_code, duplicate.status_code, changed.status_code, bulk.status_code) == (201, 409, 200, 200)
    told = [one.text for one in (answer, duplicate, changed, bulk, listed)]
    assert leaks("".join(told)) == ["occupation"]
    assert leaks(await everything_stored(kit)) == ["occupation"]
    assert leaks(json.dumps(await kit.outbox(), ensure_ascii=False)) == []
    assert "/v1/clients/{client_id}" in caplog.text
    assert leaks(caplog.text) == []


@pytest.mark.parametrize("field", ["kind", "document_kind", "sex", "document_valid_until", "channel_id", "email"])
async def test_a_problem_does_not_repeat_what_was_typed(kit: ServiceKit, field: str) -> None:
    answer = await kit.staff("customer_service").post("/v1/clients", json=body(**{field: "金丝雀canary"}))

    assert answer.status_code == 422
    assert "金丝雀canary" not in answer.text
    assert leaks(answer.text) == []


async def test_the_audit_trail_keeps_who_and_why_but_no_personal_data(house: Any, kit: ServiceKit) -> None:
    client = (await kit.staff("customer_service").post("/v1/clients", json=body())).json()
    await house.compliance.post(f"/v1/clients/{client['id']}/unmask", json={"reason": "可疑交易核查"})

    async with kit.database.session() as session:
        rows = (await session.execute(text("SELECT audit_entry::text FROM audit_entry"))).scalars().all()

    assert len(rows) == 1
    assert "可疑交易核查" in rows[0]
    assert leaks(rows[0]) == []


async def test_full_data_asked_for_with_a_key_is_not_kept_for_a_replay(house: Any, kit: ServiceKit) -> None:
    client = (await kit.staff("customer_service").post("/v1/clients", json=body())).json()
    key = {"Idempotency-Key": "unmask-000000001"}

    answer = await house.compliance.post(f"/v1/clients/{client['id']}/unmask", json={"reason": "核查"}, headers=key)

    assert answer.json()["name"] == CANARIES["name"]
    assert leaks(await everything_stored(kit)) == []
