import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from client_profile.amendments import service as amendments
from client_profile.amendments.schemas import ClientUpdate
from shared.http.callers import Actor, Scope
from shared.ids import new_id
from shared.testing.service import ServiceKit

CLEAR = {"result": "clear", "list_version": "2026-03"}


async def traces(kit: ServiceKit) -> list[tuple[str, str | None, dict[str, Any]]]:
    async with kit.database.session() as session:
        rows = (await session.execute(text("SELECT action, reason, facts FROM audit_entry ORDER BY id"))).all()
    return [tuple(row) for row in rows]


async def test_a_screened_client_is_activated(house: Any, kit: ServiceKit) -> None:
    client = await house.client()
    path = f"/v1/clients/{client['id']}"

    too_early = await house.compliance.post(f"{path}/activate")
    screening = await house.compliance.post(f"{path}/screening", json={**CLEAR, "note": "两名单均未命中"})
    active = await house.compliance.post(f"{path}/activate")

    assert (too_early.status_code, too_early.json()["code"]) == (409, "screening_not_clear")
    assert screening.status_code == 201
    assert screening.json()["result"] == "clear"
    assert (active.status_code, active.json()["status"]) == (200, "active")
    assert (active.json()["activated_at"], active.json()["is_screened"]) == ("2026-03-02T04:00:00Z", True)
    assert await kit.events() == ["client.registered", "client.activated"]
    assert await traces(kit) == [
        ("client.screened", "两名单均未命中", {"result": "clear", "list_version": "2026-03"}),
        ("client.activated", None, {}),
    ]


@pytest.mark.parametrize("result", ["hit", "potential"])
async def test_a_hit_keeps_a_client_from_activation_until_it_is_cleared(house: Any, result: str) -> None:
    client = await house.client()
    path = f"/v1/clients/{client['id']}"
    await house.compliance.post(f"{path}/screening", json=CLEAR)
    await house.compliance.post(f"{path}/screening", json={"result": result, "list_version": "2026-04"})

    refused = await house.compliance.post(f"{path}/activate")
    await house.compliance.post(f"{path}/screening", json=CLEAR)
    active = await house.compliance.post(f"{path}/activate")
    listed = await house.compliance.get(f"{path}/screenings")

    assert (refused.status_code, active.status_code) == (409, 200)
    assert [one["result"] for one in listed.json()["items"]] == ["clear", result, "clear"]


async def test_a_client_is_suspended_activated_again_and_closed(house: Any, kit: ServiceKit) -> None:
    client = await house.active_client()
    path = f"/v1/clients/{client['id']}"

    suspended = await house.compliance.post(f"{path}/suspend", json={"reason": "document_expired", "note": "换证中"})
    active = await house.compliance.post(f"{path}/activate")
    closed = await house.compliance.post(f"{path}/close", json={"reason": "client_request"})
    again = await house.compliance.post(f"{path}/close", json={"reason": "client_request"})

    assert [one.json()["status"] for one in (suspended, active, closed)] == ["suspended", "active", "closed"]
    assert closed.json()["closed_at"] == "2026-03-02T04:00:00Z"
    assert (again.status_code, again.json()["code"]) == (409, "command_not_allowed")
    assert (again.json()["state"], again.json()["allowed"]) == ("closed", [])
    assert (await kit.events())[2:] == ["client.suspended", "client.activated", "client.closed"]
    reasons = [event["reason"] for type_, event in await kit.outbox() if "reason" in event]
    assert reasons == ["document_expired", "client_request"]
    assert [(action, facts) for action, _, facts in (await traces(kit))[2:]] == [
        ("client.suspended", {"reason": "document_expired"}),
        ("client.activated", {}),
        ("client.closed", {"reason": "client_request"}),
    ]


async def test_the_desk_does_not_lift_what_compliance_stopped(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    client = await house.active_client(manager=manager)
    path = f"/v1/clients/{client['id']}"
    await house.compliance.post(f"{path}/suspend", json={"reason": "legal_freeze"})
    desk = (house.as_staff(manager), kit.staff("operations"), kit.staff("team_lead", unit_id=UUID(manager["unit_id"])))

    refused = [await caller.post(f"{path}/activate") for caller in desk]
    lifted = await house.compliance.post(f"{path}/activate")

    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "suspension_not_yours")] * 3
    assert (lifted.status_code, lifted.json()["status"]) == (200, "active")


async def test_a_client_with_holdings_is_closed_after_the_last_redemption(house: Any, kit: ServiceKit) -> None:
    client, operations = await house.active_client(), kit.staff("operations")
    product = {"number": "XT-2021-001", "name": "稳健一号", "kind": "fixed_income", "grade": "R2"}
    product |= {"external_id": "p", "established_on": "2021-01-04"}
    [listed] = (await operations.post("/v1/products/bulk", json={"origin": "core", "items": [product]})).json()[
        "results"
    ]
    bought = {"external_id": "B-1", "kind": "subscription", "client_id": client["id"], "product_id": listed["id"]}
    bought |= {"amount": {"amount": "300000.00", "currency": "CNY"}, "confirmed_on": "2021-02-01"}
    sold = {"external_id": "L-1", "kind": "redemption", "original_external_id": "B-1", "confirmed_on": "2022-02-01"}
    sold |= {"amount": bought["amount"]}

    async def deal(dealing: dict[str, Any]) -> None:
        answer = await operations.post("/v1/dealings/bulk", json={"origin": "core", "items": [dealing]})
        assert answer.json()["results"][0]["status"] == "created", answer.text

    path = f"/v1/clients/{client['id']}/close"
    await deal(bought)
    refused = await house.compliance.post(path, json={"reason": "client_request"})
    await deal(sold)
    closed = await house.compliance.post(path, json={"reason": "client_request"})

    assert (refused.status_code, refused.json()["code"]) == (409, "client_has_dealings")
    assert refused.json()["left"] == ["holdings"]
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")


async def test_commands_reach_no_further_than_their_caller(house: Any, kit: ServiceKit) -> None:
    manager = await house.manager()
    client = await house.active_client(manager=manager)
    path = f"/v1/clients/{client['id']}"
    lead, other_lead = (
        kit.staff("team_lead", unit_id=UUID(manager["unit_id"])),
        kit.staff("team_lead", unit_id=new_id()),
    )

    strange = await other_lead.post(f"{path}/suspend", json={"reason": "other"})
    forbidden = await house.as_staff(manager).post(f"{path}/screening", json=CLEAR)
    allowed = await lead.post(f"{path}/suspend", json={"reason": "other"})

    assert (strange.status_code, forbidden.status_code, allowed.status_code) == (404, 403, 200)


@pytest.mark.parametrize(
    ("command", "body", "pointer"),
    [
        ("screening", {"result": "fine", "list_version": "1"}, "/result"),
        ("screening", {"result": "clear"}, "/list_version"),
        ("screening", {**CLEAR, "note": "字" * 2001}, "/note"),
        ("suspend", {"reason": "mood"}, "/reason"),
        ("suspend", {}, "/reason"),
        ("close", {"reason": "document_expired"}, "/reason"),
        ("close", {"reason": "deceased", "on": "2026-01-01"}, "/on"),
    ],
)
async def test_bad_commands_are_refused_at_their_field_and_write_nothing(
    house: Any, kit: ServiceKit, command: str, body: dict[str, Any], pointer: str
) -> None:
    client = await house.client()

    answer = await house.compliance.post(f"/v1/clients/{client['id']}/{command}", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await kit.events() == ["client.registered"]
    assert (await kit.count("screening"), await kit.count("audit_entry")) == (0, 0)


@pytest.mark.parametrize("command", ["screening", "activate", "suspend", "close"])
async def test_an_unknown_client_is_not_found(house: Any, command: str) -> None:
    bodies: dict[str, dict[str, str]] = {
        "screening": CLEAR,
        "suspend": {"reason": "other"},
        "close": {"reason": "other"},
    }

    answer = await house.compliance.post(f"/v1/clients/{new_id()}/{command}", json=bodies.get(command, {}))

    assert answer.status_code == 404


async def test_nothing_new_is_kept_of_a_closed_client(house: Any, desk: Any, kit: ServiceKit) -> None:
    client, manager = await house.active_client(), await house.manager()
    path = f"/v1/clients/{client['id']}"
    proof = {"basis": "family_financial_assets", "amount": desk.yuan("6000000.00"), "experience_years": 5}
    proof |= {"proof_on": "2026-02-20", "proof_reference": "ZM-1"}
    waiting = (await desk.operations.post(f"{path}/qualifications", json=proof)).json()
    await house.compliance.post(f"{path}/close", json={"reason": "client_request"})
    before = await kit.events()
    calls = (
        (house.admin, "assign", {"manager_id": manager["id"]}),
        (desk.operations, "risk-assessments", desk.answers("C3")),
        (desk.operations, "qualifications", proof),
        (house.compliance, f"qualifications/{waiting['id']}/confirm", None),
        (
            kit.staff("executive"),
            "service-class/override",
            {"service_class": "A", "reason": "重点客户", "expires_on": "2026-06-01"},
        ),
    )

    answers = [await caller.post(f"{path}/{command}", json=body) for caller, command, body in calls]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "client_closed")] * 5
    assert await kit.events() == before


async def test_a_command_that_waited_for_a_change_answers_with_the_changed_profile(
    house: Any, kit: ServiceKit, waits: Any
) -> None:
    client = await house.active_client(**house.institution())
    changes = ClientUpdate(name="福州长乐纺织集团有限公司", proof="变更登记通知书")
    operator = Actor("staff", new_id(), frozenset({"operations"}), scope=Scope.ALL)

    async with kit.database.transaction() as session:
        await amendments.update(
            session,
            UUID(client["id"]),
            changes,
            expected=client["version"],
            actor=operator,
            keys=kit.app.state.keys,
            now=kit.now,
        )
        call = asyncio.create_task(
            house.compliance.post(f"/v1/clients/{client['id']}/suspend", json={"reason": "other"})
        )
        await waits(call)
    suspended = (await call).json()

    assert (suspended["status"], suspended["name"]) == ("suspended", changes.name)
