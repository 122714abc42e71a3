from datetime import date
from typing import Any

import pytest

from shared.events.client_profile import ServiceClassChanged, SubscriptionConfirmed
from shared.events.complaints import ComplaintRegistered
from shared.events.risk import ClientFlagged
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import ServiceKit


async def test_only_those_within_reach_of_the_client_read_its_timeline(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id = new_id(), new_id()
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    path = f"/v1/clients/{client_id}/timeline"
    expected = {
        200: [
            kit.staff("relationship_manager", id=manager_id),
            kit.staff("team_lead", unit_id=unit_id),
            kit.staff("risk"),
            kit.client(client_id),
        ],
        404: [
            kit.staff("relationship_manager"),
            kit.staff("team_lead", unit_id=new_id()),
            kit.client(new_id()),
        ],
        403: [kit.channel(new_id(), "client.read"), kit.staff("marketing")],
    }

    for status, callers in expected.items():
        for caller in callers:
            assert (await caller.get(path)).status_code == status


async def test_a_client_not_heard_of_has_no_timeline(kit: ServiceKit) -> None:
    answer = await kit.staff("auditor").get(f"/v1/clients/{new_id()}/timeline")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("params", [{"kind": "gossip"}, {"service": "gateway"}, {"kinds": "risk"}, {"limit": "0"}])
async def test_a_bad_filter_is_refused(kit: ServiceKit, world: Any, params: dict[str, str]) -> None:
    answer = await kit.staff("auditor").get(f"/v1/clients/{await world.client()}/timeline", params=params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/query/{next(iter(params))}"


async def test_a_client_reads_dealings_and_complaints_and_nothing_internal(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    complaint_id, dealing_id = new_id(), new_id()
    await world.record(client_id)
    await world.hear(
        SubscriptionConfirmed(
            occurred_at=kit.now,
            dealing_id=dealing_id,
            client_id=client_id,
            confirmation_number="B-1",
            product_id=new_id(),
            amount=Money.from_fen(100_000_000),
            applied_on=date(2026, 3, 1),
            confirmed_on=date(2026, 3, 2),
            channel_id=new_id(),
        ),
        ComplaintRegistered(
            occurred_at=kit.now,
            complaint_id=complaint_id,
            client_id=client_id,
            level="major",
            reason="misselling",
            received_on=date(2026, 3, 2),
            due_on=date(2026, 3, 17),
        ),
        ServiceClassChanged(occurred_at=kit.now, client_id=client_id, service_class="B", rule_version="1"),
        ClientFlagged(
            occurred_at=kit.now, client_id=client_id, level="high", score=60, reasons=["outflow"], rule_version="1"
        ),
    )

    items = (await kit.client(client_id).get(f"/v1/clients/{client_id}/timeline")).json()["items"]
    staff = (await kit.staff("auditor").get(f"/v1/clients/{client_id}/timeline")).json()["items"]

    assert {entry["kind"] for entry in items} == {"client", "dealing", "complaint"}
    assert {entry["title"] for entry in items} == {"客户建档", "客户启用", "认购（申购）确认", "投诉登记"}
    complaint = next(entry for entry in items if entry["kind"] == "complaint")
    assert complaint["data"] == {
        "complaint_id": str(complaint_id),
        "received_on": "2026-03-02",
        "due_on": "2026-03-17",
    }
    assert not any("channel_id" in entry["data"] for entry in items)
    assert {entry["kind"] for entry in staff} >= {"risk", "client", "dealing", "complaint"}
