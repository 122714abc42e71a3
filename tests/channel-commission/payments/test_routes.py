"""Payments by file: paid once, never sent again before the end of the last attempt is known."""

import asyncio
import csv
import io
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.ids import new_id

SETTLED = {"answer": "settled", "paid_on": "2026-03-02", "reference": "BANK-1"}
REJECTED = {"answer": "rejected", "reason": "收款账号户名不符"}
UNKNOWN = {"answer": "unknown", "reason": "银行无回执"}


async def approved(market: Any, *amounts: int, with_accounts: bool = True) -> list[Any]:
    """Return statements whose payment is approved, each of a channel of its own."""
    product = await market.product()
    for fen in amounts or (100_000_00,):
        channel = await market.selling(product)
        if with_accounts:
            await market.payee(channel)
        await market.receive(market.sale(channel, product, fen, "2026-01-15"))
    await market.close("2026-01")
    found = (await market.get("/v1/settlements", period="2026-01"))["items"]
    for one in found:
        await market.to_confirmed(one)
        await market.to_approved(one)
    return found  # type: ignore[no-any-return]  # JSON


async def prepare(market: Any, *statements: Any, status: int = 201) -> Any:
    body = {"statement_ids": [one["id"] for one in statements]}
    return await market.post("finance", "/v1/payment-files", body, status=status)


async def release(market: Any, file: Any) -> Any:
    path = f"/v1/payment-files/{file['id']}/release"
    return await market.post("finance", path, {"digest": file["digest"]}, who="second")


async def sent(market: Any, statement: Any) -> Any:
    """Return the attempt of a released file over one statement."""
    file = await release(market, await prepare(market, statement))
    (attempt,) = (await market.get("/v1/payment-attempts", file_id=file["id"]))["items"]
    return attempt


async def answer(market: Any, attempt: Any, body: Any, *, status: int = 200) -> Any:
    return await market.post("finance", f"/v1/payment-attempts/{attempt['id']}/record-answer", body, status=status)


async def standing(market: Any, statement: Any) -> str:
    return str((await market.get(f"/v1/settlements/{statement['id']}"))["status"])


async def test_a_file_is_prepared_released_by_another_person_and_its_payments_settled(market: Any) -> None:
    statements = await approved(market, 100_000_00, 33_333_33)
    file = await prepare(market, *statements)
    assert (file["status"], file["payments"], file["total"]["amount"]) == ("prepared", 2, "800.00")
    path = f"/v1/payment-files/{file['id']}"
    finance = market.staff("finance")
    assert (await finance.get(f"{path}/content")).status_code == 409
    own = await market.post("finance", f"{path}/release", {"digest": file["digest"]}, status=409)
    other = await market.post("finance", f"{path}/release", {"digest": "0" * 64}, who="second", status=409)
    assert (own["code"], other["code"]) == ("second_person_needed", "digest_differs")
    await release(market, file)

    got = await finance.get(f"{path}/content")
    assert (got.headers["content-type"], got.headers["content-disposition"]) == (
        "text/csv; charset=utf-8", f'attachment; filename="{file["number"]}.csv"',
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(got.text)))
    assert [row[0] for row in rows] == ["H", "D", "D", "T"]
    assert {row[2]: row[9] for row in rows[1:-1]} == {f"{one['id']}-1": one["payable"]["amount"] for one in statements}
    assert got.content == (await finance.get(f"{path}/content")).content
    for place, attempt in enumerate((await market.get("/v1/payment-attempts", file_id=file["id"]))["items"]):
        assert (await answer(market, attempt, {**SETTLED, "reference": f"BANK-{place}"}))["status"] == "settled"
    assert [await standing(market, one) for one in statements] == ["paid", "paid"]
    await market.books_add_up()


async def test_an_attempt_that_is_not_known_is_not_sent_again_until_the_bank_answers(market: Any) -> None:
    """A case seen elsewhere: the answer to a payment was lost, it was sent again, and both went through."""
    (statement,) = await approved(market)
    attempt = await sent(market, statement)
    await answer(market, attempt, UNKNOWN)
    await market.books_add_up()

    assert (await prepare(market, statement, status=409))["code"] == "settlement_status_forbids"
    by_hand = {"paid_on": "2026-03-02", "reference": "BY-HAND"}
    await market.command("finance", statement, "record-payment", by_hand, status=409)
    await market.command("finance", statement, "void", {"reason": "重新结算"}, status=409)
    assert (await answer(market, attempt, UNKNOWN, status=409))["allowed"] == ["settled", "rejected"]
    await answer(market, attempt, SETTLED)
    assert await standing(market, statement) == "paid"
    await prepare(market, statement, status=409)
    await market.books_add_up()


async def test_a_refused_attempt_stays_refused_and_the_next_one_has_its_own_key(market: Any) -> None:
    """A case seen elsewhere: the retry of a refused and compensated payment was taken for the first one."""
    (statement,) = await approved(market)
    first = await sent(market, statement)
    await answer(market, first, REJECTED)
    assert await standing(market, statement) == "payment_approved"
    second = await sent(market, statement)
    assert [(one["number"], one["key"]) for one in (first, second)] == [
        (number, f"{statement['id']}-{number}") for number in (1, 2)
    ]

    refused = await answer(market, first, SETTLED, status=409)
    assert (refused["code"], refused["allowed"]) == ("payment_attempt_status_forbids", [])
    assert await standing(market, statement) == "payment_requested"
    await answer(market, second, UNKNOWN)
    (found,) = (await market.get("/v1/payment-attempts", key=second["key"]))["items"]
    await answer(market, found, SETTLED)
    assert [one["status"] for one in (await market.get("/v1/payment-attempts"))["items"]] == ["rejected", "settled"]
    await market.books_add_up()


async def test_a_file_dropped_before_its_release_leaves_its_payments_approved(market: Any) -> None:
    statements = await approved(market, 100_000_00, 200_000_00)
    file = await prepare(market, *statements)
    path = f"/v1/payment-files/{file['id']}"
    await market.post("finance", f"{path}/cancel", {"reason": "付款日改期"})
    assert [await standing(market, one) for one in statements] == ["payment_approved"] * 2
    await market.post("finance", f"{path}/release", {"digest": file["digest"]}, who="second", status=409)

    again = await release(market, await prepare(market, *statements))
    assert again["number"] > file["number"]
    await market.post("finance", f"/v1/payment-files/{again['id']}/cancel", {"reason": "付款日改期"}, status=409)
    await market.command("finance", statements[0], "void", {"reason": "重新结算"}, status=409)
    await market.books_add_up()


async def test_of_files_voids_and_payments_by_hand_at_once_a_statement_goes_one_way(market: Any) -> None:
    statements = await approved(market, 100_000_00, 200_000_00)
    ids, path = [one["id"] for one in statements], f"/v1/settlements/{statements[0]['id']}"
    finance = [market.staff("finance", who) for who in ("second", "third", "fourth", "fifth")]
    answers = await asyncio.gather(
        finance[0].post("/v1/payment-files", json={"statement_ids": ids}),
        finance[1].post("/v1/payment-files", json={"statement_ids": ids[::-1]}),
        finance[2].post(f"{path}/void", json={"reason": "重新结算"}),
        finance[3].post(f"{path}/record-payment", json={"paid_on": "2026-03-02", "reference": "BY-HAND"}),
    )

    assert sorted(one.status_code for one in answers) in ([200, 409, 409, 409], [201, 409, 409, 409])
    # A file is over all its statements or over none.
    assert await market.kit.count("payment_attempt") == (
        2 if answers[0].status_code == 201 or answers[1].status_code == 201 else 0
    )
    await market.books_add_up()


async def test_of_two_answers_at_once_one_takes_effect(market: Any) -> None:
    (statement,) = await approved(market)
    path = f"/v1/payment-attempts/{(await sent(market, statement))['id']}/record-answer"
    finance = market.staff("finance")
    answers = await asyncio.gather(finance.post(path, json=SETTLED), finance.post(path, json=REJECTED))

    assert sorted(one.status_code for one in answers) == [200, 409]
    expected = "paid" if answers[0].status_code == 200 else "payment_approved"
    assert await standing(market, statement) == expected
    await market.books_add_up()


async def test_the_database_keeps_one_attempt_and_what_is_over(market: Any) -> None:
    (statement,) = await approved(market)
    attempt = await sent(market, statement)
    again = (
        "INSERT INTO payment_attempt (id, statement_id, number, file_id, payee_account_id, key, amount_fen, status)"
        " SELECT uuidv7(), statement_id, 2, file_id, payee_account_id, 'x', amount_fen, 'created' FROM payment_attempt"
    )
    with pytest.raises(IntegrityError, match="payment_attempt_one_key"):
        await run(market, again)
    await answer(market, attempt, SETTLED)
    for change, told in [
        (again, "payment_attempt_one_key"),
        ("UPDATE payment_attempt SET status = 'sent'", "stays as it is"),
        ("DELETE FROM payment_attempt", "kept"),
        (again.replace("payee_account_id,", "").replace("file_id, payee_account_id", "file_id"), "one payee account"),
        ("UPDATE payment_file SET content = 'x'", "never changes"),
        ("UPDATE payment_file SET released_by = prepared_by", "two_people"),
    ]:
        with pytest.raises(DBAPIError, match=told):
            await run(market, change)


async def run(market: Any, change: str) -> None:
    async with market.kit.database.transaction() as session:
        await session.execute(text(change))


async def test_bad_files_and_answers_are_refused_with_their_place(market: Any) -> None:
    (statement,) = await approved(market)
    twice = await prepare(market, statement, statement, status=422)
    unknown = await prepare(market, statement, {"id": str(new_id())}, status=422)
    none = await market.post("finance", "/v1/payment-files", {"statement_ids": []}, status=422)
    assert [one["errors"][0]["pointer"] for one in (twice, unknown, none)] == [
        "/statement_ids/1", "/statement_ids/1", "/statement_ids",
    ]  # fmt: skip
    assert await standing(market, statement) == "payment_approved"

    attempt = await sent(market, statement)
    bad = [
        ({"answer": "settled", "reference": "1"}, "/paid_on"),
        ({"answer": "settled", "paid_on": "2026-03-02"}, "/reference"),
        ({"answer": "rejected"}, "/reason"),
        ({**SETTLED, "paid_on": "2026-03-03"}, "/paid_on"),
        ({**SETTLED, "amount": "600.00"}, "/amount"),
        ({"answer": "created", "reason": "?"}, "/answer"),
    ]
    for body, pointer in bad:
        assert (await answer(market, attempt, body, status=422))["errors"][0]["pointer"] == pointer
    assert await standing(market, statement) == "payment_requested"
