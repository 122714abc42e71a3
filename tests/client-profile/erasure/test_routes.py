"""Erasing a client: refused with reasons, thorough, answered for with 410, shown with every receipt."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from client_profile.worker import HANDLERS, TIMERS
from shared.events.complaints import ComplaintClosed, ComplaintReclassified, ComplaintRegistered, ComplaintRejected
from shared.events.erasure import (
    ChannelCommissionErasureAnswered,
    ComplaintsErasureAnswered,
    InteractionLogErasureAnswered,
    OpsDashboardErasureAnswered,
)
from shared.ids import new_id
from shared.timers import run_due

WANTED = {"ground": "consent_withdrawn", "request_number": "GX-2026-0007", "reason": "客户书面申请删除个人信息"}
OTHERS = (
    InteractionLogErasureAnswered,
    ComplaintsErasureAnswered,
    ChannelCommissionErasureAnswered,
    OpsDashboardErasureAnswered,
)


async def close(house: Any, client_id: str) -> None:
    closed = await house.compliance.post(f"/v1/clients/{client_id}/close", json={"reason": "client_request"})
    assert closed.status_code == 200, closed.text


async def erase(house: Any, client_id: str, **fields: Any) -> httpx.Response:
    caller = house.kit.staff("consumer_protection")
    read = await caller.get(f"/v1/clients/{client_id}/erasure")
    headers = {"If-Match": read.headers["ETag"]}
    answer: httpx.Response = await caller.post(
        f"/v1/clients/{client_id}/erase", json={**WANTED, **fields}, headers=headers
    )
    return answer


async def erased(house: Any, client_id: str) -> dict[str, Any]:
    answer = await erase(house, client_id)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def former_holder(house: Any, desk: Any) -> dict[str, Any]:
    """Return a closed client that subscribed once and redeemed all."""
    client = await desk.fit_client()
    dealing = await desk.held(client)
    wanted = {
        "original_dealing_id": dealing["id"],
        "amount": dealing["amount"],
        "applied_on": "2026-03-02",
        "confirmed_on": "2026-03-02",
        "confirmation_number": "SH-2026-0001",
    }
    redeemed = await desk.operations.post("/v1/dealings/redemptions", json=wanted)
    assert redeemed.status_code == 201, redeemed.text
    await close(house, client["id"])
    return client


async def everything_stored(kit: Any) -> str:
    async with kit.database.session() as session:
        names = (await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))).scalars()
        rows = [
            str(tuple(row))
            for name in names
            for row in await session.execute(text(f'SELECT "{name}"::text FROM "{name}"'))
        ]
    return "\n".join(rows)


async def test_a_client_with_something_left_is_refused_with_every_reason(house: Any, desk: Any) -> None:
    client = await desk.fit_client()
    await desk.held(client)
    case = ComplaintRegistered(
        occurred_at=house.kit.now, complaint_id=new_id(), client_id=UUID(client["id"]), level="ordinary",
        reason="disclosure", received_on=house.kit.now.date(), due_on=house.kit.now.date() + timedelta(days=15),
    )  # fmt: skip
    await house.kit.receive(HANDLERS, case)

    answer = await erase(house, client["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "client_not_erasable")
    assert answer.json()["blockers"] == ["not_closed", "holdings", "open_complaints"]
    read = (await house.kit.staff("auditor").get(f"/v1/clients/{client['id']}/erasure")).json()
    assert (read["state"], read["blockers"]) == ("not_erased", ["not_closed", "holdings", "open_complaints"])
    assert "client.erased" not in await house.kit.events()


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(ComplaintClosed, {"root_cause": "staff"}), (ComplaintReclassified, {"kind": "enquiry"}), (ComplaintRejected, {})],
)
async def test_a_complaint_stands_in_the_way_until_it_is_over(house: Any, kind: Any, facts: dict[str, str]) -> None:
    client = await house.client()
    await close(house, client["id"])
    ids = {"occurred_at": house.kit.now, "complaint_id": new_id(), "client_id": UUID(client["id"])}
    today = house.kit.now.date()
    await house.kit.receive(
        HANDLERS,
        ComplaintRegistered(**ids, level="ordinary", reason="disclosure", received_on=today, due_on=today),
    )
    assert (await erase(house, client["id"])).json()["blockers"] == ["open_complaints"]

    await house.kit.receive(HANDLERS, kind(**ids, **facts), version=2)

    assert (await erase(house, client["id"])).status_code == 200


async def test_a_legal_freeze_outlives_the_closing(house: Any) -> None:
    client = await house.active_client()
    path = f"/v1/clients/{client['id']}"
    assert (await house.compliance.post(f"{path}/suspend", json={"reason": "legal_freeze"})).status_code == 200
    await close(house, client["id"])

    assert (await erase(house, client["id"])).json()["blockers"] == ["legal_freeze"]


async def test_of_a_client_that_never_dealt_nothing_personal_is_left(house: Any) -> None:
    body = house.person(name="欧阳克非", email="kefei@example.com", address="浙江省杭州市西湖区灵隐路7号")
    client = (await house.kit.staff("customer_service").post("/v1/clients", json=body)).json()
    async with house.kit.database.session() as session:
        record = (await session.execute(text("SELECT * FROM personal_record"))).one()
        document = (await session.execute(text("SELECT * FROM identity_document"))).one()
    await close(house, client["id"])

    report = await erased(house, client["id"])

    assert await house.kit.count("personal_record") == 0
    assert await house.kit.count("identity_document") == 0
    assert await house.kit.count("restricted_identity") == 0
    stored = await everything_stored(house.kit)
    secrets = (body["name"], body["document_number"], body["phones"][0], body["email"], body["address"])
    assert not [secret for secret in secrets if secret in stored]
    assert not [
        value.hex() for value in (record.sealed, document.sealed, document.number_hash) if value.hex() in stored
    ]
    assert str(record.name_tokens[0]) not in stored
    kinds = {one["record_kind"]: one["outcome"] for one in report["answers"]}
    assert kinds.pop("audit") == "restricted"
    assert set(kinds.values()) == {"deleted"}


async def test_whoever_was_erased_may_become_a_client_again(house: Any) -> None:
    body = house.person()
    caller = house.kit.staff("customer_service")
    client = (await caller.post("/v1/clients", json=body)).json()
    await close(house, client["id"])
    await erased(house, client["id"])

    again = await caller.post("/v1/clients", json=body)

    assert again.status_code == 201, again.text
    assert again.json()["id"] != client["id"]


async def test_an_erased_client_is_gone_for_everybody(house: Any) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager, name="欧阳克非")
    await close(house, client["id"])
    await erased(house, client["id"])
    own = house.as_staff(manager)

    path = f"/v1/clients/{client['id']}"
    for caller in (own, house.compliance):
        gone = await caller.get(path)
        assert (gone.status_code, gone.json()["code"]) == (410, "client_erased")
    assert (await house.compliance.post(f"{path}/unmask", json={"reason": "核对"})).status_code == 410
    assert (await own.get(f"{path}/holdings")).status_code == 410
    assert (await own.get("/v1/dealings", params={"client_id": client["id"]})).status_code == 410
    for query in ({}, {"q": "欧阳"}, {"phone_last4": client["phones"][0][-4:]}, {"status": "erased"}):
        assert (await house.compliance.get("/v1/clients", params=query)).json()["items"] == []
    sign_in = house.kit.staff("gateway")
    assert (await sign_in.get(f"/v1/sign-in/clients/{client['number']}")).status_code == 404
    again = await house.kit.staff("compliance").post(f"{path}/erase", json=WANTED, headers={"If-Match": '"9"'})
    assert (again.status_code, again.json()["code"]) == (410, "client_erased")


async def test_the_event_and_the_audit_trail_say_why_without_saying_who(house: Any) -> None:
    client = await house.client()
    await close(house, client["id"])
    await erased(house, client["id"])

    type_, payload = (await house.kit.outbox())[-1]
    assert type_ == "client-profile.client.erased.v1"
    assert payload == {
        "occurred_at": house.kit.now.isoformat().replace("+00:00", "Z"),
        "client_id": client["id"],
        "ground": "consent_withdrawn",
    }
    async with house.kit.database.session() as session:
        row = (await session.execute(text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1"))).one()
    assert (row.action, str(row.subject_id), row.reason) == ("client.erased", client["id"], WANTED["reason"])
    assert row.facts == {"ground": "consent_withdrawn", "request_number": "GX-2026-0007"}


async def test_what_the_law_keeps_is_restricted_and_destroyed_when_its_time_is_over(house: Any, desk: Any) -> None:
    client = await former_holder(house, desk)
    report = await erased(house, client["id"])

    kept = {one["record_kind"]: (one["outcome"], one["kept_until"]) for one in report["answers"]}
    assert kept["identity"] == kept["dealing"] == kept["screening"] == ("restricted", "2036-03-02")
    assert kept["suitability"] == ("restricted", "2046-03-02")
    assert kept["profile"] == kept["relationship"] == ("deleted", None)
    assert await house.kit.count("personal_record") == await house.kit.count("identity_document") == 0

    assert (await desk.operations.get("/v1/dealings")).json()["items"] == []
    house.kit.now = datetime(2036, 3, 2, 4, tzinfo=UTC)
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]
    await run_due(timer, house.kit.database, clock=lambda: house.kit.now)
    assert await house.kit.count("restricted_identity") == 1
    house.kit.now = datetime(2036, 3, 3, 4, tzinfo=UTC)
    await run_due(timer, house.kit.database, clock=lambda: house.kit.now)

    assert await house.kit.count("restricted_identity") == await house.kit.count("dealing") == 0
    assert await house.kit.count("risk_assessment") == 1
    again = (await house.compliance.get(f"/v1/clients/{client['id']}/erasure")).json()
    now = {one["record_kind"]: one["outcome"] for one in again["answers"]}
    assert (now["identity"], now["dealing"], now["suitability"]) == ("deleted", "deleted", "restricted")


async def test_restricted_records_are_shown_to_compliance_and_audit_with_a_reason(house: Any, desk: Any) -> None:
    client = await former_holder(house, desk)
    path = f"/v1/clients/{client['id']}/restricted-records"
    early = await house.compliance.post(path, json={"reason": "反洗钱协查"})
    assert early.status_code == 404
    await erased(house, client["id"])

    shown = await house.kit.staff("auditor").post(path, json={"reason": "反洗钱协查"})

    assert shown.status_code == 200, shown.text
    assert shown.json()["identity"]["name"] == "张三丰"
    assert [one["kind"] for one in shown.json()["identity"]["documents"]] == ["resident_id"]
    assert [one["kind"] for one in shown.json()["dealings"]] == ["subscription", "redemption"]
    assert shown.headers["Cache-Control"] == "no-store"
    assert (await house.compliance.post(path, json={})).status_code == 422
    async with house.kit.database.session() as session:
        row = (await session.execute(text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1"))).one()
    assert (row.action, row.reason) == ("client.restricted_read", "反洗钱协查")


@pytest.mark.parametrize(
    "role", ["relationship_manager", "team_lead", "customer_service", "operations", "executive", "admin", "auditor"]
)
async def test_only_compliance_and_consumer_protection_erase(house: Any, role: str) -> None:
    client = await house.client()

    answer = await house.kit.staff(role).post(
        f"/v1/clients/{client['id']}/erase", json=WANTED, headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_erasure_needs_the_version_that_was_read(house: Any) -> None:
    client = await house.client()
    await close(house, client["id"])
    path = f"/v1/clients/{client['id']}/erase"

    assert (await house.compliance.post(path, json=WANTED)).status_code == 428
    assert (await house.compliance.post(path, json=WANTED, headers={"If-Match": '"1"'})).status_code == 412
    assert await house.kit.count("personal_record") == 1


async def test_the_report_names_who_is_missing_and_operations_sees_who_is_late(house: Any) -> None:
    client = await house.client()
    await close(house, client["id"])
    report = await erased(house, client["id"])
    operations = house.kit.staff("operations")

    assert report["state"] == "running"
    names = ["interaction-log", "complaints", "channel-commission", "ops-dashboard"]
    assert [(one["service"], one["is_overdue"]) for one in report["missing"]] == [(name, False) for name in names]
    assert (await operations.get("/v1/erasures", params={"overdue": "true"})).json()["items"] == []
    house.kit.now += timedelta(minutes=61)
    [late] = (await operations.get("/v1/erasures", params={"overdue": "true"})).json()["items"]
    assert [(one["service"], one["is_overdue"]) for one in late["missing"]] == [(name, True) for name in names]

    for kind in OTHERS:
        answer = kind(
            occurred_at=house.kit.now, client_id=UUID(client["id"]), record_kind="of_tomorrow", outcome="deleted"
        )
        await house.kit.receive(HANDLERS, answer)

    assert (await operations.get("/v1/erasures", params={"overdue": "true"})).json()["items"] == []
    [done] = (await operations.get("/v1/erasures")).json()["items"]
    assert (done["state"], done["missing"]) == ("complete", [])
    assert {one["service"] for one in done["answers"]} == {*names, "client-profile"}
