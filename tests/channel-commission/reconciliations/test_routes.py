"""Files of both sides through the service: found, kept once, resolved by a person."""

import asyncio
from typing import Any

import pytest

HEAD = "交易确认号,计费基数,金额\n"


async def a_statement(market: Any, *amounts: int) -> tuple[dict[str, Any], list[str]]:
    """Return the statement of January and the confirmation numbers of its sales."""
    product = await market.product()
    channel = await market.selling(product)
    sales = [market.sale(channel, product, fen, "2026-01-15") for fen in amounts]
    await market.receive(*sales)
    await market.close("2026-01")
    return await market.statement(period="2026-01"), [sale.confirmation_number for sale in sales]


async def send(
    market: Any, statement: Any, table: str | bytes, *, encoding: str = "utf-8", status: int = 200, **query: str
) -> Any:
    content = table if isinstance(table, bytes) else table.encode(encoding)
    path = f"/v1/settlements/{statement['id']}/reconciliations"
    headers = {"Content-Type": "text/csv"}
    answer = await market.staff("finance").post(path, content=content, params=query, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_partners_file_is_compared_and_its_differences_add_up(market: Any) -> None:
    statement, (first, second, third) = await a_statement(market, 100_000_00, 200_000_00, 300_000_00)
    rows = f"{first},100000.00,600.00\n{first},100000.00,600.00\n{second},200000.00,1100.00\nX-1,,5.00\n"
    found = await send(market, statement, HEAD + rows, encoding="gb18030")

    assert (found["our_total"]["amount"], found["their_total"]["amount"], found["difference"]["amount"]) == (
        "3600.00", "2305.00", "1295.00",
    )  # fmt: skip
    sums = {
        one["finding"]: (one["findings"], one["unresolved"], one["difference"]["amount"]) for one in found["by_finding"]
    }
    assert sums == {
        "matched": (1, 0, "0.00"),
        "duplicate": (1, 1, "-600.00"),
        "rate_diff": (1, 1, "100.00"),
        "missing_ours": (1, 1, "-5.00"),
        "missing_theirs": (1, 1, "1800.00"),
    }
    listed = await market.get(f"/v1/reconciliations/{found['id']}/findings", finding="missing_theirs")
    assert [one["number"] for one in listed["items"]] == [third]
    told = await market.get("/v1/reconciliations", statement_id=statement["id"])
    assert told["items"] == [found]


async def test_our_own_file_sent_back_matches_line_by_line(market: Any) -> None:
    statement, numbers = await a_statement(market, 100_000_00, 200_000_00)
    for format in ("csv", "xlsx"):
        ours = await market.staff("finance").get(f"/v1/settlements/{statement['id']}/file?format={format}")
        found = await send(market, statement, ours.content)

        assert [(one["finding"], one["findings"]) for one in found["by_finding"]] == [("matched", len(numbers))]
        assert found["their_total"] == statement["entries_total"]


async def test_the_same_file_again_is_the_same_answer_with_what_a_person_said(market: Any) -> None:
    statement, (number,) = await a_statement(market, 100_000_00)
    table = f"{HEAD}{number},,500.00\n"
    found = await send(market, statement, table)
    (finding,) = (await market.get(f"/v1/reconciliations/{found['id']}/findings", unresolved="true"))["items"]
    path = f"/v1/reconciliations/{found['id']}/findings/{finding['place']}/resolve"
    resolved = await market.post("finance", path, {"reason": "渠道按旧费率计算，已书面更正"})
    assert (resolved["reason"], resolved["difference"]["amount"]) == ("渠道按旧费率计算，已书面更正", "100.00")
    refused = await market.post("finance", path, {"reason": "再次"}, status=409)
    assert refused["code"] == "nothing_to_resolve"

    again = await send(market, statement, table)
    assert again == {**found, "by_finding": [{**found["by_finding"][0], "unresolved": 0}]}
    assert await market.kit.count("reconciliation") == 1
    other = await send(market, statement, f"{table}\n")
    assert other["id"] != found["id"]


async def test_the_same_file_sent_by_many_at_once_is_compared_once(market: Any) -> None:
    statement, (number,) = await a_statement(market, 100_000_00)
    found = await asyncio.gather(*(send(market, statement, f"{HEAD}{number},,600.00\n") for _ in range(5)))

    assert len({one["id"] for one in found}) == 1
    assert await market.kit.count("reconciliation_finding") == 1


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("确认号,金额\nB-1,1e9\n", "cell_invalid"),
        ("确认号,金额\nB-1,1\n合计,2\n", "total_differs"),
        ("a,b\n1,2\n", "heading_missing"),
        (b"\x00\x01", "file_unreadable"),
        (b"", "heading_missing"),
    ],
)
async def test_a_refused_file_leaves_nothing_behind(market: Any, table: str | bytes, code: str) -> None:
    statement, _ = await a_statement(market, 100_000_00)
    trail = await market.kit.count("audit_entry")
    refused = await send(market, statement, table, status=422)

    assert (refused["code"], refused["errors"][0]["pointer"].startswith("/file")) == (code, True)
    assert [await market.kit.count(name) for name in ("reconciliation", "reconciliation_finding")] == [0, 0]
    assert await market.kit.count("audit_entry") == trail


async def test_a_banks_file_is_compared_with_what_was_paid_in_the_month(market: Any) -> None:
    statement, _ = await a_statement(market, 100_000_00)
    await market.to_confirmed(statement)
    await market.to_invoiced(statement)
    await market.command("finance", statement, "approve-payment", {"digest": statement["digest"]}, who="second")
    await market.command("finance", statement, "record-payment", {"paid_on": "2026-03-02", "reference": "PAY-1"})
    path = "/v1/periods/2026-03/payment-reconciliations"

    async def compare(rows: str) -> list[tuple[str, str]]:
        content = f"付款流水号,付款日期,付款金额\n{rows}".encode()
        answer = await market.staff("finance").post(path, content=content)
        assert answer.status_code == 200, answer.text
        return [(one["finding"], one["difference"]["amount"]) for one in answer.json()["by_finding"]]

    assert await compare("PAY-1,2026-03-02,600.00\n") == [("matched", "0.00")]
    assert await compare(",20260302,600.00\n") == [("matched", "0.00")]
    assert await compare("PAY-1,2026-03-02,60.00\n") == [("amount_diff", "540.00")]
    assert await compare("PAY-9,2026-03-03,600.00\n") == [("missing_ours", "-600.00"), ("missing_theirs", "600.00")]
