"""Taking in complaints through the API, by every kind of caller."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.events.client_profile import ClientRegistered, SubscriptionConfirmed
from shared.ids import new_id
from shared.money import Money

STRANGER = {"name": "王小明", "phone": "13812341234"}


async def test_registering_starts_the_clock_and_tells(desk: Any) -> None:
    product, staff = new_id(), new_id()
    filing = desk.filing(
        level="complicated",
        demand="退还认购费",
        amount={"amount": "5000.00", "currency": "CNY"},
        product_id=str(product),
        named_staff_id=str(staff),
    )

    answer = await desk.agent.post("/v1/complaints", json=filing)

    assert answer.status_code == 201
    read = answer.json()
    assert read["number"] == "TS-2026-000001"
    assert (read["status"], read["received_on"], read["due_on"]) == ("registered", "2026-03-02", "2026-03-17")
    assert read["amount"] == {"amount": "5000.00", "currency": "CNY"}
    assert answer.headers["etag"] == '"1"'
    row = await desk.row(read["id"])
    assert (row.amount, row.level, row.event_key) == (500_000, "complicated", row.id)
    assert await desk.kit.outbox() == [
        (
            "complaints.complaint.registered.v1",
            {
                "occurred_at": "2026-03-02T04:00:00Z",
                "complaint_id": read["id"],
                "client_id": str(desk.client_id),
                "channel_id": None,
                "product_id": str(product),
                "level": "complicated",
                "reason": "disclosure",
                "received_on": "2026-03-02",
                "due_on": "2026-03-17",
            },
        )
    ]


async def test_numbers_count_up_by_the_year_of_receipt(desk: Any) -> None:
    numbers = []
    for received_at in ("2025-12-31T15:59:00Z", "2025-12-31T16:00:00Z", "2026-03-01T01:00:00Z"):
        answer = await desk.agent.post("/v1/complaints", json=desk.filing(received_at=received_at))
        numbers.append(answer.json()["number"])

    assert numbers == ["TS-2025-000001", "TS-2026-000001", "TS-2026-000002"]


async def test_a_client_not_yet_heard_of_is_accepted_and_listed_after_an_hour(desk: Any) -> None:
    unknown = new_id()
    await desk.registered(client_id=str(unknown))
    operations = desk.kit.staff("operations")

    at_once = (await operations.get("/v1/unconfirmed-clients")).json()["items"]
    desk.kit.now += timedelta(hours=1, seconds=1)
    later = (await operations.get("/v1/unconfirmed-clients")).json()["items"]
    await desk.kit.receive(HANDLERS, ClientRegistered(occurred_at=desk.kit.now, client_id=unknown, kind="person"))
    confirmed = (await operations.get("/v1/unconfirmed-clients")).json()["items"]

    assert at_once == []
    assert later == [{"id": str(unknown), "heard_at": "2026-03-02T04:00:00Z"}]
    assert confirmed == []


async def test_a_client_files_for_itself_and_sees_its_own_part_only(desk: Any) -> None:
    app = desk.kit.client(desk.client_id)

    answer = await app.post("/v1/complaints", json={"reason": "disclosure", "facts": "未告知风险"})

    read = answer.json()
    assert answer.status_code == 201
    assert (read["source"], read["client_id"], read["registered_by"]) == ("app", str(desk.client_id), None)
    assert (await desk.row(read["id"])).registered_by == f"client:{desk.client_id}"
    assert (await app.get(f"/v1/complaints/{read['id']}")).status_code == 200
    desk.refused(await desk.kit.client(new_id()).get(f"/v1/complaints/{read['id']}"), 404, "not_found")


async def test_a_channel_passes_on_a_complaint_about_its_sale(desk: Any) -> None:
    channel_id, client_id = new_id(), new_id()
    channel = desk.kit.channel(channel_id, "complaint.create", "complaint.read")

    answer = await channel.post(
        "/v1/complaints", json={"reason": "marketing", "facts": "承诺保本", "client_id": str(client_id)}
    )

    read = answer.json()
    assert (answer.status_code, read["channel_id"], read["source"]) == (201, str(channel_id), "channel")
    assert (await desk.kit.outbox())[-1][1]["channel_id"] == str(channel_id)
    other = desk.kit.channel(new_id(), "complaint.create", "complaint.read")
    assert (await other.get("/v1/complaints")).json()["items"] == []
    desk.refused(await other.get(f"/v1/complaints/{read['id']}"), 404, "not_found")


async def test_a_channel_does_not_name_a_client_of_others(desk: Any) -> None:
    channel_id = new_id()
    channel = desk.kit.channel(channel_id, "complaint.create")
    filing = {"reason": "marketing", "facts": "承诺保本", "client_id": str(desk.client_id)}

    refusal = await channel.post("/v1/complaints", json=filing)
    sale = SubscriptionConfirmed(
        occurred_at=desk.kit.now,
        dealing_id=new_id(),
        client_id=desk.client_id,
        confirmation_number="C-1",
        product_id=new_id(),
        amount=Money(amount="1000000.00"),
        applied_on=desk.kit.now.date(),
        confirmed_on=desk.kit.now.date(),
        channel_id=channel_id,
    )
    await desk.kit.receive(HANDLERS, sale)

    desk.refused(refusal, 422, "client_not_of_channel", "/client_id")
    assert (await channel.post("/v1/complaints", json=filing)).status_code == 201


async def test_a_strangers_name_and_phone_are_kept_encrypted_and_shown_masked(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)

    masked = (await desk.agent.get(f"/v1/complaints/{complaint_id}/complainant")).json()

    assert masked == {"masked_name": "王**", "masked_phone": "13****34"}
    async with desk.kit.database.session() as session:
        kept = (await session.execute(text("SELECT c::text AS everything, sealed FROM complainant c"))).one()
    assert "王小明" not in kept.everything
    assert "王小明".encode() not in bytes(kept.sealed)
    assert b"13812341234" not in bytes(kept.sealed)
    assert "王" not in str(await desk.kit.outbox())


async def test_revealing_a_stranger_is_audited_and_not_kept_for_replay(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)

    answer = await desk.handler.post(
        f"/v1/complaints/{complaint_id}/complainant/reveal",
        json={"reason": "电话回访核实情况"},
        headers={"Idempotency-Key": "reveal-0123456789"},
    )

    assert answer.json() == STRANGER
    assert answer.headers["cache-control"] == "no-store"
    assert await desk.kit.count("idempotency_key") == 0
    async with desk.kit.database.session() as session:
        entry = (await session.execute(text("SELECT action, actor, reason FROM audit_entry"))).one()
    assert tuple(entry) == ("complainant.revealed", f"staff:{desk.handler_id}", "电话回访核实情况")


async def test_a_clients_case_has_no_contact_data_of_its_own(desk: Any) -> None:
    complaint_id = await desk.registered()

    desk.refused(await desk.agent.get(f"/v1/complaints/{complaint_id}/complainant"), 404, "not_found")


async def test_the_client_of_a_strangers_case_is_linked_once(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)
    client = {"client_id": str(desk.client_id)}

    linked = await desk.does(desk.agent, complaint_id, "link-client", client)

    assert (linked["client_id"], linked["status"]) == (str(desk.client_id), "registered")
    assert (await desk.kit.outbox())[-1] == (
        "complaints.complaint.client_linked.v1",
        {
            "occurred_at": "2026-03-02T04:00:00Z",
            "complaint_id": complaint_id,
            "client_id": str(desk.client_id),
            "channel_id": None,
        },
    )
    again = await desk.agent.post(f"/v1/complaints/{complaint_id}/link-client", json=client)
    desk.refused(again, 409, "client_already_linked")


BAD_FIELDS = [
    ({"no_such_field": 1}, "/no_such_field"),
    ({"facts": 5}, "/facts"),
    ({"facts": ""}, "/facts"),
    ({"facts": "x" * 20_001}, "/facts"),
    ({"facts": "a\x00b"}, "/facts"),
    ({"demand": "x" * 2001}, "/demand"),
    ({"reason": "bad_weather"}, "/reason"),
    ({"source": "pigeon"}, "/source"),
    ({"level": "severe"}, "/level"),
    ({"amount": {"amount": 5000.0, "currency": "CNY"}}, "/amount/amount"),
    ({"amount": 5000}, "/amount"),
    ({"amount": {"amount": "-1.00", "currency": "CNY"}}, "/amount"),
    ({"amount": {"amount": "1.005", "currency": "CNY"}}, "/amount/amount"),
    ({"amount": {"amount": "1.00", "currency": "USD"}}, "/amount/currency"),
    ({"client_id": "nobody"}, "/client_id"),
    ({"received_at": "2026-03-02T04:00:00"}, "/received_at"),
    ({"received_at": "2026-02-30T04:00:00Z"}, "/received_at"),
    ({"received_at": "2026-03-03T04:00:00Z"}, "/received_at"),
    ({"received_at": "1999-01-01T00:00:00Z"}, "/received_at"),
    ({"received_at": "0001-01-01T00:00:00+14:00"}, "/received_at"),
    ({"received_at": "9999-12-31T23:59:59-12:00"}, "/received_at"),
    ({"source": "nfra"}, "/forwarding_number"),
    ({"forwarding_number": "转办1号"}, "/forwarding_number"),
    ({"source": None}, "/source"),
    ({"complainant": STRANGER}, "/complainant"),
    ({"client_id": None}, "/complainant"),
    ({"client_id": None, "complainant": STRANGER | {"phone": "call me"}}, "/complainant/phone"),
    ({"client_id": None, "complainant": {"name": "王小明"}}, "/complainant/phone"),
]


@pytest.mark.parametrize(("fields", "pointer"), BAD_FIELDS)
async def test_bad_input_is_pointed_at_and_leaves_nothing(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    answer = await desk.agent.post("/v1/complaints", json=desk.filing(**fields))

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    for table in ("complaint", "clock_entry", "outbox", "case_sequence", "changed_client"):
        # The desk's own client was heard of and noted before.
        assert await desk.kit.count(table) == (1 if table == "changed_client" else 0), table


async def test_bad_bodies_of_the_smaller_commands_are_pointed_at(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)
    path, events = f"/v1/complaints/{complaint_id}", await desk.kit.events()

    for command, body, pointer in (
        ("link-client", {"client_id": "somebody"}, "/client_id"),
        ("link-client", {"client_id": str(new_id()), "note": "x"}, "/note"),
        ("complainant/reveal", {}, "/reason"),
        ("complainant/reveal", {"reason": "x" * 2001}, "/reason"),
        ("withdraw", {"withdrawn_on": "2026-13-01", "reason": "撤回"}, "/withdrawn_on"),
        ("withdraw", {"withdrawn_on": "2026-03-02"}, "/reason"),
    ):
        desk.refused(await desk.agent.post(f"{path}/{command}", json=body), 422, "invalid", pointer)
    desk.refused(
        await desk.agent.post(f"/v1/complaints/{new_id()}/link-client", json={"client_id": str(new_id())}),
        404,
        "not_found",
    )
    assert await desk.kit.events() == events
    assert await desk.kit.count("audit_entry") == 0


async def test_an_unknown_query_parameter_is_refused(desk: Any) -> None:
    desk.refused(await desk.agent.get("/v1/complaints?state=open"), 422, "invalid", "/query/state")


async def test_the_same_key_gives_the_same_case_and_another_body_is_refused(desk: Any) -> None:
    headers = {"Idempotency-Key": "filing-0123456789"}

    filing = desk.filing()

    first = await desk.agent.post("/v1/complaints", json=filing, headers=headers)
    again = await desk.agent.post("/v1/complaints", json=filing, headers=headers)
    other = await desk.agent.post("/v1/complaints", json=desk.filing(facts="另一件事"), headers=headers)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    desk.refused(other, 422, "idempotency_key_reused", "/header/Idempotency-Key")
    assert await desk.kit.count("complaint") == 1
    assert await desk.kit.events() == ["complaint.registered"]


async def test_two_registrations_at_once_get_two_numbers(desk: Any) -> None:
    answers = await asyncio.gather(*(desk.agent.post("/v1/complaints", json=desk.filing()) for _ in range(8)))

    assert len({answer.json()["number"] for answer in answers}) == 8


async def test_times_are_read_with_their_zone(desk: Any) -> None:
    answer = await desk.agent.post("/v1/complaints", json=desk.filing(received_at="2026-03-02T00:30:00+08:00"))

    read = answer.json()
    assert read["received_on"] == "2026-03-02"
    assert datetime.fromisoformat(read["received_at"]) == datetime.fromisoformat("2026-03-01T16:30:00+00:00")
    assert UUID(read["id"]).version == 7
