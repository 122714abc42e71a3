"""Each invariant of `books.sql` finds books that are broken its way; one that finds nothing would prove nothing."""

from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlalchemy import text

#: What breaks each invariant: by its comment in `books.sql`, statements that no route and no trigger would allow.
MUTATIONS = {
    "statements that do not say what their entries say": "UPDATE statement SET entries = entries + 1",
    "entries that stand in no statement though theirs is closed, in one before, or in two; those of a void one wait": (
        "UPDATE statement SET months = '{}' WHERE period = '2025-12'"
    ),
    "entries in another run than their agreement settles by": (
        "UPDATE accrual_entry SET run = 'quarterly' WHERE run = 'monthly' AND kind = 'clawback'"
    ),
    "statements that do not open with the debt of the one before, what is held of earlier ones, and what void ones"
    " opened with": "UPDATE statement SET opening_fen = opening_fen + 1, closing_fen = closing_fen + 1",
    "debts that no later statement takes up": "DELETE FROM statement WHERE opening_fen < 0",
    "sales of which more went back than they earned": (
        "UPDATE accrual_entry SET amount_fen = amount_fen * 2 WHERE component = 'upfront' AND kind = 'clawback'"
    ),
    "sales with a clawback of which more went back than they earned, what disputes changed included": (
        "UPDATE accrual_entry SET amount_fen = -1000000 WHERE kind = 'adjust'"
    ),
    "overrides of a channel that was not the head office of the one that sold on the day of the sale, or two of one"
    " sale": "UPDATE accrual_entry SET component = 'override' WHERE kind = 'accrue'",
    "sales of which more is withheld than would be paid": (
        "UPDATE accrual_entry SET amount_fen = amount_fen * 2 WHERE component = 'withheld' AND kind = 'hold'"
    ),
    "sales taken back that leave more than open disputes hold": (
        "UPDATE accrual_entry SET amount_fen = amount_fen + 1 WHERE kind = 'reverse'"
    ),
    "closed months whose total is not that of their statements; an establishment is none of a month's close": (
        "UPDATE period SET total_fen = total_fen + 1 WHERE period = '2026-01'"
    ),
    "entries that no event tells, or two": (
        "DELETE FROM outbox WHERE aggregate_id = (SELECT id FROM accrual_entry ORDER BY id LIMIT 1)"
    ),
    "statements whose payment is on its way without an attempt that is not over, or the other way round": (
        "UPDATE payment_attempt SET status = 'rejected' WHERE status = 'sent'"
    ),
    "attempts that settle another amount than is payable, by another reference, twice, or what is not paid": (
        "UPDATE payment_attempt SET amount_fen = amount_fen + 1 WHERE status = 'settled'"
    ),
    "approved statements whose invoices are not over exactly what is payable": (
        "UPDATE invoice SET net_fen = net_fen + 1"
    ),
    "closed months that are posted with another amount than they have booked": (
        "UPDATE posting SET amount_fen = amount_fen + 1 WHERE kind = 'accrual'"
    ),
    "per channel and books: accrued is not what is booked and not approved, or owed is not what is approved and not"
    " paid": "UPDATE posting SET amount_fen = amount_fen + 1 WHERE kind = 'payment'",
    "draws of which more was recovered than paid": "UPDATE draw_recovery SET amount_fen = amount_fen + 1",
    "advances in the books that are not what is left of draws": "UPDATE draw SET amount_fen = amount_fen + 1",
    "statements that recovered another amount than their draws say; void ones gave it back": (
        "UPDATE statement SET recovered_fen = recovered_fen + 1"
    ),
    "exports over other postings than their own books' and total": (
        "UPDATE voucher_export SET total_fen = total_fen + 1"
    ),
    "payment files whose total is not that of their attempts": "UPDATE payment_file SET total_fen = total_fen + 1",
    "per channel, cycle, bearer and plan: earned and neither paid, nor void, nor carried, nor waiting for its"
    " statement": "UPDATE statement SET status = 'void', void_into = '2026-01' WHERE status = 'paid'",
}
TABLES = (
    *("accrual_entry", "statement", "period", "outbox", "payment_attempt", "payment_file"),
    *("invoice", "posting", "voucher_export", "draw", "draw_recovery"),
)


def by_heading() -> dict[str, str]:
    """Return the statements of `books.sql` by the comment over each; what stands above an empty line is of the file."""
    found = {}
    for check in Path(__file__).with_name("books.sql").read_text(encoding="utf-8").split(";\n"):
        lines = check.rpartition("\n\n")[2].strip().splitlines()
        comments = [line.removeprefix("-- ") for line in takewhile(lambda line: line.startswith("-- "), lines)]
        if comments:
            found[" ".join(comments)] = check
    return found


async def rich_books(market: Any) -> None:
    """Sales paid, on their way to the bank, disputed and corrected, redeemed, held, taken back; a debt carried on."""
    product = await market.product()
    channel, other = await market.selling(product), await market.selling(product)
    for one in (channel, other):
        await market.payee(one)
    days = [f"2025-12-1{n}" for n in range(4)]
    disputed, redeemed, held, taken_back = (market.sale(channel, product, 100_000_00, day) for day in days)
    await market.receive(disputed, redeemed, held, taken_back, market.sale(other, product, 50_000_00, "2025-12-20"))
    await market.close("2025-12")
    await _advance(market, channel)
    first = await market.statement(channel_id=channel)
    await _pay(market, first, disputes=disputed.dealing_id, answer="settled")
    await _pay(market, await market.statement(channel_id=other), disputes=None, answer=None)
    body = {"dealing_id": str(held.dealing_id), "reason": "双录资料核查"}
    await market.post("compliance", "/v1/fee-holds", body, status=201)
    (found,) = (await market.get("/v1/line-disputes"))["items"]
    corrected = {"corrected": {"amount": "700.00"}, "answer": "已核对费率表"}
    await market.post("channel_manager", f"/v1/line-disputes/{found['id']}/answer", corrected)
    await market.post("finance", f"/v1/line-disputes/{found['id']}/decide", who="second")
    await market.receive(*[market.redemption(sale, "2026-01-15") for sale in (disputed, redeemed)])
    await market.receive(market.reversal(taken_back))
    for period in ("2026-01", "2026-02"):
        await market.close(period)
    await market.post("finance", "/v1/voucher-exports", {"through": "2026-12-31"}, status=201)


async def _advance(market: Any, channel: Any) -> None:
    """Pay a channel 10.00 in advance, which its next payment covers."""
    body = {"amount": {"amount": "10.00"}, "reason": "旺季预付"}
    draw = await market.post("finance", f"/v1/channels/{channel}/draws", body, status=201)
    await market.post("finance", f"/v1/draws/{draw['id']}/approve", who="second")
    payment = {"paid_on": "2026-03-02", "reference": "ADV-1"}
    await market.post("finance", f"/v1/draws/{draw['id']}/record-payment", payment)


async def _pay(market: Any, statement: Any, *, disputes: Any, answer: str | None) -> None:
    """Bring a statement to the bank: with a line of a sale disputed, or confirmed whole; let the bank answer."""
    digest = {"digest": statement["digest"]}
    await market.command("finance", statement, "check", digest)
    await market.command("channel_manager", statement, "send")
    lines = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    named = [{"accrual_id": one["id"], "reason": "费率有误"} for one in lines if one["dealing_id"] == str(disputes)]
    word = {**digest, "evidence": "对账确认函"}
    if named:
        await market.command("channel_manager", statement, "dispute", {**word, "lines": named})
    else:
        await market.command("channel_manager", statement, "confirm", word)
    await market.to_invoiced(statement, who="second")
    await market.command("finance", statement, "approve-payment", digest, who="third")
    wanted = {"statement_ids": [statement["id"]]}
    file = await market.post("finance", "/v1/payment-files", wanted, who="second", status=201)
    released = {"digest": file["digest"]}
    await market.post("finance", f"/v1/payment-files/{file['id']}/release", released, who="third")
    if answer:
        (attempt,) = (await market.get("/v1/payment-attempts"))["items"]
        told = {"answer": answer, "paid_on": "2026-03-02", "reference": attempt["key"], "reason": "银行回执"}
        await market.post("finance", f"/v1/payment-attempts/{attempt['id']}/record-answer", told)


async def test_every_invariant_finds_books_that_are_broken_its_way(market: Any) -> None:
    await rich_books(market)
    await market.books_add_up()
    invariants = by_heading()

    missed = []
    for name, mutation in MUTATIONS.items():
        async with market.kit.database.session() as session:
            for table in TABLES:
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            changed = await session.execute(text(mutation))
            if not changed.rowcount or not list(await session.execute(text(invariants[name]))):
                missed.append(name)
            await session.rollback()

    assert missed == []
    assert set(invariants) == set(MUTATIONS)
    await market.books_add_up()
