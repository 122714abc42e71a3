"""A payment that waits too long for the bank's answer is told of, once, by workdays."""

from datetime import UTC, datetime
from typing import Any

from channel_commission.payments.service import watch_answers
from shared.timers import LIMIT


async def watch(market: Any) -> list[str]:
    """Do what the timer does, and return the attempts told of so far."""
    async with market.kit.database.transaction() as session:
        await watch_answers(session, market.kit.now, LIMIT)
    told = await market.kit.outbox()
    return [payload["attempt_key"] for type_, payload in told if type_.endswith("payment_unanswered.v1")]


async def sent(market: Any, *, at: datetime) -> Any:
    """Return the attempt of a payment released at an instant."""
    market.kit.now = at
    product = await market.product()
    channel = await market.selling(product)
    await market.payee(channel)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    statement = await market.statement(period="2026-01")
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    file = await market.post("finance", "/v1/payment-files", {"statement_ids": [statement["id"]]}, status=201)
    path = f"/v1/payment-files/{file['id']}"
    await market.post("finance", f"{path}/release", {"digest": file["digest"]}, who="second")
    (attempt,) = (await market.get("/v1/payment-attempts"))["items"]
    return attempt


def shanghai(day: int, month: int = 3) -> datetime:
    """Return noon in Shanghai."""
    return datetime(2026, month, day, 4, 0, tzinfo=UTC)


async def test_weekends_do_not_count_and_it_is_told_once(market: Any) -> None:
    # Released on a Friday: Monday and Tuesday are the two workdays.
    attempt = await sent(market, at=shanghai(6))
    for day in (7, 8, 9, 10):
        market.kit.now = shanghai(day)
        assert await watch(market) == []
    market.kit.now = shanghai(11)
    assert await watch(market) == [attempt["key"]]
    assert await watch(market) == [attempt["key"]]
    (found,) = (await market.get("/v1/payment-attempts"))["items"]
    assert (found["status"], found["alarmed_at"]) == ("sent", "2026-03-11T04:00:00Z")
    ((_, payload),) = [one for one in await market.kit.outbox() if one[0].endswith("payment_unanswered.v1")]
    assert (payload["released_on"], payload["workdays"]) == ("2026-03-06", 2)


async def test_an_unknown_end_still_waits_and_an_answer_ends_the_waiting(market: Any) -> None:
    attempt = await sent(market, at=shanghai(6))
    path = f"/v1/payment-attempts/{attempt['id']}/record-answer"
    await market.post("finance", path, {"answer": "unknown", "reason": "银行无回执"})
    market.kit.now = shanghai(11)
    assert await watch(market) == [attempt["key"]]
    await market.post("finance", path, {"answer": "rejected", "reason": "户名不符"})
    assert await watch(market) == [attempt["key"]]


async def test_what_the_bank_answered_in_time_is_not_told(market: Any) -> None:
    attempt = await sent(market, at=shanghai(6))
    path = f"/v1/payment-attempts/{attempt['id']}/record-answer"
    await market.post("finance", path, {"answer": "rejected", "reason": "户名不符"})
    market.kit.now = shanghai(20)
    assert await watch(market) == []
