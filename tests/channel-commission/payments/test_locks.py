"""One order of locks: commands on statements, files, attempts and accounts at once end, whoever came first."""

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import pytest

from channel_commission.channels import service as channels

MONTHS = ("2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02")
REASON = {"reason": "重新结算"}
#: Proposed at the same time, since that locks the channel too.
ACCOUNT = {
    "holder": "江南银行上海分行",
    "bank_name": "江南银行营业部",
    "bank_code": "102100099996",
    "number": "6222020200119998887",
    "reason": "账户变更",
}


async def approved(market: Any, months: tuple[str, ...] = MONTHS) -> list[list[Any]]:
    """Return, month by month, the statements of two channels whose payment is approved."""
    product = await market.product()
    pair = [await market.selling(product) for _ in range(2)]
    for channel in pair:
        await market.payee(channel)
    for month in months:
        await market.receive(*[market.sale(channel, product, 100_000_00, f"{month}-15") for channel in pair])
        await market.close(month)
    by_month = [(await market.get("/v1/settlements", period=month))["items"] for month in months]
    for statement in [one for statements in by_month for one in statements]:
        await market.to_confirmed(statement)
        await market.to_approved(statement)
    return by_month


async def codes(*calls: Awaitable[Any]) -> list[int]:
    return [answer.status_code for answer in await asyncio.gather(*calls)]


@pytest.mark.parametrize(
    ("command", "body", "end"),
    [("void", REASON, "void"), ("record-payment", {"paid_on": "2026-03-02", "reference": "BY-HAND"}, "paid")],
)
async def test_a_command_on_a_statement_does_not_wait_for_whoever_locked_its_channel(
    market: Any, command: str, body: Any, end: str
) -> None:
    """A statement written twice in one transaction takes a key-share lock on its channel, which a file has locked."""
    ((statement, _),) = await approved(market, ("2026-01",))
    async with market.kit.database.transaction() as session:
        await channels.get(session, UUID(statement["channel_id"]), lock=True)
        assert (await market.command("finance", statement, command, body))["status"] == end


async def test_files_voids_payments_and_accounts_at_once_end_without_a_deadlock(market: Any) -> None:
    """Every pair of these commands meets, over the same statements in both orders, again and again."""
    finance = [market.staff("finance", f"person {number}") for number in range(6)]
    for number, statements in enumerate(await approved(market)):
        first, second = (f"/v1/settlements/{one['id']}" for one in statements)
        ids = [one["id"] for one in statements]
        reached = await codes(
            finance[0].post("/v1/payment-files", json={"statement_ids": ids}),
            finance[1].post("/v1/payment-files", json={"statement_ids": ids[::-1]}),
            finance[2].post(f"{first}/void", json=REASON),
            finance[3].post(f"{second}/record-payment", json={"paid_on": "2026-03-02", "reference": f"HAND-{number}"}),
            finance[4].post(f"{second}/void", json=REASON),
            finance[5].post(f"{first}/record-payment", json={"paid_on": "2026-03-02", "reference": f"OTHER-{number}"}),
            finance[0].post(f"/v1/channels/{statements[0]['channel_id']}/payee-accounts", json=ACCOUNT),
        )
        assert set(reached) <= {200, 201, 409}, reached
        await market.books_add_up()


async def test_release_cancel_answers_and_stops_at_once_end_without_a_deadlock(market: Any) -> None:
    people = [market.staff("finance", f"person {number}") for number in range(6)]
    for number, statements in enumerate(await approved(market)):
        file = await market.post(
            "finance", "/v1/payment-files", {"statement_ids": [one["id"] for one in statements]}, status=201
        )
        path, digest = f"/v1/payment-files/{file['id']}", {"digest": file["digest"]}
        attempts = (await market.get("/v1/payment-attempts", file_id=file["id"]))["items"]
        answers = [f"/v1/payment-attempts/{one['id']}/record-answer" for one in attempts]
        reached = await codes(
            people[0].post(f"{path}/release", json=digest),
            people[1].post(f"{path}/cancel", json={"reason": "付款日改期"}),
            people[2].post(f"/v1/channels/{statements[0]['channel_id']}/payee-accounts", json=ACCOUNT),
            people[3].post(answers[0], json={"answer": "rejected", "reason": "户名不符"}),
            people[4].post(
                answers[1], json={"answer": "settled", "paid_on": "2026-03-02", "reference": f"BANK-{number}"}
            ),
            people[5].post(f"/v1/settlements/{statements[1]['id']}/void", json=REASON),
        )
        assert set(reached) <= {200, 201, 409}, reached
        await market.books_add_up()
