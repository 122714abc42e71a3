"""Closing months and walking statements to their payment."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ids import new_id

OTHER = "0" * 64


async def a_statement(market: Any, fen: int = 100_000_00) -> dict[str, Any]:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, fen, "2026-01-15"))
    await market.close("2026-01")
    return await market.statement(period="2026-01")  # type: ignore[no-any-return]  # JSON


async def test_a_statement_goes_from_its_freeze_to_its_payment(market: Any) -> None:
    statement = await a_statement(market)
    digest = {"digest": statement["digest"]}
    await market.to_confirmed(statement)
    await market.to_invoiced(statement)
    await market.command("finance", statement, "approve-payment", digest, who="second")
    paid = await market.command("finance", statement, "record-payment", {"paid_on": "2026-03-02", "reference": "PAY-1"})

    assert (paid["status"], paid["payable"]["amount"], paid["paid_on"]) == ("paid", "600.00", "2026-03-02")
    told = [type_.split(".")[2] for type_, _ in await market.kit.outbox() if ".settlement." in type_]
    assert told == ["calculated", "checked", "sent", "confirmed", "invoiced", "payment_approved", "paid"]
    trail = await market.rows("SELECT action FROM audit_entry WHERE subject_kind = 'settlement' ORDER BY id")
    of_statement = [row.action.split(".")[1] for row in trail if row.action != "invoice.recorded"]
    assert of_statement == told[1:]
    assert paid["confirmed_by"] == f"channel:{statement['channel_id']}"


async def test_the_digest_is_what_anyone_counts_from_the_lines(market: Any) -> None:
    statement = await a_statement(market)
    lines = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    fen = [int(line["amount"]["amount"].replace(".", "")) for line in lines]
    told = "\n".join(["0", *(f"{line['id']}:{amount}" for line, amount in zip(lines, fen, strict=True))])

    assert hashlib.sha256(told.encode()).hexdigest() == statement["digest"]


async def test_a_line_leads_to_its_reason(market: Any) -> None:
    statement = await a_statement(market)
    (line,) = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    why = await market.get(f"/v1/accruals/{line['id']}/why")

    assert why["is_as_booked"] is True
    assert why["arithmetic"] == [
        "100000.00 × 0.0060 = 600.00",
        "应计合计 600.00 → 600.00（四舍五入到分，远离零）",
        "600.00 - 已入账 0.00 = 600.00",
    ]
    assert why["rule"]["rate_card_version"] == 1


async def test_from_an_event_or_a_rate_one_walks_to_the_lines_and_on_to_their_statement(market: Any) -> None:
    statement = await a_statement(market)
    (line,) = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    for name in ("event_id", "rate_rule_id"):
        (found,) = (await market.get("/v1/accruals", **{name: line[name]}))["items"]
        assert found == {name: line[name] for name in found}
        assert (await market.get("/v1/accruals", **{name: str(new_id())}))["items"] == []

    assert (await market.get(f"/v1/accruals/{line['id']}/why"))["settlement_id"] == statement["id"]
    # Its channel is not told of a statement before that is sent.
    mine = market.kit.channel(UUID(statement["channel_id"]), "commission.read")
    assert (await mine.get(f"/v1/accruals/{line['id']}/why")).json()["settlement_id"] is None


async def test_a_statement_again_counted_gives_its_digest_and_its_figures_cannot_be_changed(market: Any) -> None:
    await a_statement(market)

    with pytest.raises(DBAPIError, match="frozen"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE statement SET entries_fen = 0, closing_fen = 0"))


async def test_approvals_of_something_else_are_refused(market: Any) -> None:
    statement = await a_statement(market)
    refused = await market.command("finance", statement, "check", {"digest": OTHER}, status=409)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("digest_differs", "/digest")
    assert (await market.get(f"/v1/settlements/{statement['id']}"))["status"] == "calculated"


async def test_the_checker_cannot_approve_the_payment(market: Any) -> None:
    statement = await a_statement(market)
    await market.to_confirmed(statement)
    await market.to_invoiced(statement)
    digest = {"digest": statement["digest"]}
    refused = await market.command("finance", statement, "approve-payment", digest, status=409)

    assert refused["code"] == "second_person_needed"
    with pytest.raises(DBAPIError, match="two_people"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE statement SET payment_fen = 0, payment_approved_by = checked_by"))


async def test_who_recorded_the_invoice_or_confirmed_for_the_channel_cannot_approve_the_payment(market: Any) -> None:
    statement = await a_statement(market)
    digest = {"digest": statement["digest"]}
    people = {name: market.kit.staff("finance", "channel_manager", id=new_id()) for name in ("one", "two", "three")}

    async def command(who: str, name: str, body: dict[str, Any]) -> Any:
        answer = await people[who].post(f"/v1/settlements/{statement['id']}/{name}", json=body)
        return answer.status_code, answer.json().get("code")

    await command("one", "check", digest)
    await command("one", "send", {})
    await command("two", "confirm", {**digest, "evidence": "对账确认函"})
    await command("three", "record-invoice", await market.invoice(statement))

    for who in people:
        assert await command(who, "approve-payment", digest) == (409, "second_person_needed")
    for maker in ("invoiced_by", "substr(confirmed_by, 7)::uuid"):
        with pytest.raises(DBAPIError, match="two_people"):
            async with market.kit.database.transaction() as session:
                await session.execute(text(f"UPDATE statement SET payment_fen = 0, payment_approved_by = {maker}"))
    await market.command("finance", statement, "approve-payment", digest, who="fourth")


async def test_staff_confirm_only_on_evidence(market: Any) -> None:
    statement = await a_statement(market)
    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("finance", statement, "send")
    body = {"digest": statement["digest"]}
    refused = await market.command("channel_manager", statement, "confirm", body, status=422)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("evidence_missing", "/evidence")

    found = await market.command("channel_manager", statement, "confirm", {**body, "evidence": "对账确认函 2026-02-05"})
    assert found["status"] == "confirmed"
    await market.to_invoiced(statement)
    trail = await market.rows("SELECT reason FROM audit_entry WHERE subject_kind = 'settlement' ORDER BY id")
    assert [row.reason for row in trail] == [None, None, "对账确认函 2026-02-05", None, None]


async def test_a_channel_sees_and_confirms_only_its_own_statements_once_sent(market: Any) -> None:
    statement = await a_statement(market)
    mine = market.kit.channel(UUID(statement["channel_id"]), "commission.read", "commission.confirm")
    other = market.kit.channel(new_id(), "commission.read", "commission.confirm")
    path = f"/v1/settlements/{statement['id']}"
    assert [(await caller.get(path)).status_code for caller in (mine, other)] == [404, 404]

    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("finance", statement, "send")
    assert [(await caller.get(path)).status_code for caller in (mine, other)] == [200, 404]
    assert len((await mine.get(f"{path}/lines")).json()["items"]) == 1
    assert (await other.get(f"{path}/lines")).status_code == 404
    assert (await other.post(f"{path}/confirm", json={"digest": statement["digest"]})).status_code == 404
    assert [len((await c.get("/v1/settlements")).json()["items"]) for c in (mine, other)] == [1, 0]
    assert [len((await c.get("/v1/accruals")).json()["items"]) for c in (mine, other)] == [1, 0]


BAD = [
    ("approve-payment", {"digest": "x"}, "/digest"),
    ("record-payment", {"paid_on": "2026-02-30", "reference": "1"}, "/paid_on"),
    ("record-payment", {"paid_on": "1900-01-01", "reference": "1"}, "/paid_on"),
    ("record-payment", {"paid_on": "2026-03-02"}, "/reference"),
]


async def test_bad_input_is_refused_with_a_pointer_and_changes_nothing(market: Any) -> None:
    statement = await a_statement(market)
    await market.to_confirmed(statement)
    before = await market.kit.outbox()

    for name, body, pointer in BAD:
        problem = await market.command("finance", statement, name, body, status=422)
        assert problem["errors"][0]["pointer"] == pointer

    assert (await market.get(f"/v1/settlements/{statement['id']}"))["status"] == "confirmed"
    assert await market.kit.outbox() == before


async def test_a_payment_serves_one_statement_only(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    for day in ("2025-12-15", "2026-01-15"):
        await market.receive(market.sale(channel, product, 100_000_00, day))
    await market.close("2025-12")
    await market.close("2026-01")
    first, second = (await market.get("/v1/settlements", channel_id=channel))["items"]
    for one in (first, second):
        await market.to_confirmed(one)
        await market.to_invoiced(one)
    payment = {"paid_on": "2026-03-02", "reference": "PAY-1"}
    for one in (first, second):
        await market.command("finance", one, "approve-payment", {"digest": one["digest"]}, who="second")
    await market.command("finance", first, "record-payment", payment)
    refused = await market.command("finance", second, "record-payment", payment, status=409)
    assert refused["code"] == "payment_used_before"
