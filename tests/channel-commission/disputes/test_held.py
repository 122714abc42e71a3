"""Sales both held and disputed: no fen is out twice, and whichever ends last brings what the line is worth, once."""

from typing import Any

import pytest

#: Fees of two sales: the one looked into, and one that nobody questions.
LINE, OTHER = 600_00, 300_00


class Story:
    """A sale of December 2025 that is held and disputed; what it should come to is plain arithmetic."""

    def __init__(self, market: Any) -> None:
        self.market = market
        self.is_held = self.is_disputed = False
        self.worth = LINE

    async def begin(self, *, hold_first: bool = False) -> None:
        product = await self.market.product()
        channel = await self.market.selling(product)
        self.sale, other = (self.market.sale(channel, product, fen, "2025-12-10") for fen in (100_000_00, 50_000_00))
        await self.market.receive(self.sale, other)
        if hold_first:
            await self.hold()
        await self.market.close("2025-12")
        self.statement = await self.market.statement(period="2025-12")
        await self.market.command("finance", self.statement, "check", {"digest": self.statement["digest"]})
        await self.market.command("channel_manager", self.statement, "send")
        self.channel = self.market.kit.channel(channel, "commission.confirm", "commission.read")

    async def hold(self) -> None:
        body = {"dealing_id": str(self.sale.dealing_id), "reason": "双录资料核查"}
        self.held = await self.market.post("compliance", "/v1/fee-holds", body, status=201)
        self.is_held = True
        await self.adds_up()

    async def dispute(self) -> None:
        path = f"/v1/settlements/{self.statement['id']}"
        lines = (await self.market.get(f"{path}/lines"))["items"]
        (line,) = [one for one in lines if one["dealing_id"] == str(self.sale.dealing_id) and one["kind"] == "accrue"]
        body = {"digest": self.statement["digest"], "lines": [{"accrual_id": line["id"], "reason": "费率有误"}]}
        answer = await self.channel.post(f"{path}/dispute", json=body)
        assert answer.status_code == 200, answer.text
        self.is_disputed = True
        await self.adds_up()

    async def release(self) -> None:
        path = f"/v1/fee-holds/{self.held['id']}/release"
        await self.market.post("compliance", path, {"reason": "核查无误"}, who="second")
        self.is_held = False
        await self.adds_up()

    async def decide(self, corrected: int | None) -> None:
        (found,) = (await self.market.get("/v1/line-disputes", status="open"))["items"]
        path = f"/v1/line-disputes/{found['id']}"
        money = None if corrected is None else {"amount": f"{corrected // 100}.00"}
        await self.market.post("channel_manager", f"{path}/answer", {"corrected": money, "answer": "已核对费率表"})
        await self.market.post("finance", f"{path}/decide", who="second")
        self.is_disputed = False
        self.worth = LINE if corrected is None else corrected
        await self.adds_up()

    async def adds_up(self) -> None:
        """Check that the entries come to what was or will be paid as things stand."""
        out = self.is_held or self.is_disputed
        assert sum((await self.market.totals()).values()) == OTHER + (0 if out else self.worth)
        await self.market.books_add_up()

    async def paid(self) -> dict[str, str]:
        """Return what each month pays; a month without a statement pays nothing."""
        found = (await self.market.get("/v1/settlements"))["items"]
        assert all(not one["closing"]["amount"].startswith("-") for one in found)
        return {one["period"]: one["payable"]["amount"] for one in found if one["payable"]["amount"] != "0.00"}


@pytest.mark.parametrize("corrected", [None, 850_00, 400_00, 0])
@pytest.mark.parametrize("last", ["release", "decide"])
@pytest.mark.parametrize("begins", ["hold before the close", "hold", "dispute"])
async def test_a_line_held_and_disputed_is_out_once_and_paid_once_both_have_ended(
    market: Any, begins: str, last: str, corrected: int | None
) -> None:
    story = Story(market)
    await story.begin(hold_first=begins == "hold before the close")
    if begins == "hold":
        await story.hold()
    await story.dispute()
    if begins == "dispute":
        await story.hold()
    await market.close("2026-01")
    if last == "decide":
        await story.release()
        await story.decide(corrected)
    else:
        await story.decide(corrected)
        await story.release()
    await market.close("2026-02")

    wanted = {"2025-12": OTHER, "2026-02": LINE if corrected is None else corrected}
    assert await story.paid() == {month: f"{fen // 100}.00" for month, fen in wanted.items() if fen}


async def test_what_is_withheld_cannot_be_disputed_itself(market: Any) -> None:
    """Decided as nothing to withhold it would be paid, and once more when the hold ends."""
    story = Story(market)
    await story.begin(hold_first=True)
    path = f"/v1/settlements/{story.statement['id']}"
    lines = (await market.get(f"{path}/lines"))["items"]
    (withheld,) = [one for one in lines if one["amount"]["amount"] == "-600.00"]

    body = {"digest": story.statement["digest"], "lines": [{"accrual_id": withheld["id"], "reason": "应予支付"}]}
    answer = await story.channel.post(f"{path}/dispute", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "line_is_no_fee")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/accrual_id"
    await story.adds_up()


async def test_what_was_decided_is_what_a_later_hold_takes_out(market: Any) -> None:
    story = Story(market)
    await story.begin()
    await story.dispute()
    await story.decide(850_00)
    await story.hold()
    await story.release()


@pytest.mark.parametrize("first", ["hold", "dispute"])
async def test_a_reversal_of_a_sale_held_and_disputed_leaves_nothing_once_both_have_ended(
    market: Any, first: str
) -> None:
    story = Story(market)
    await story.begin()
    for begin in (story.hold, story.dispute) if first == "hold" else (story.dispute, story.hold):
        await begin()
    await market.receive(market.reversal(story.sale))

    await market.post("compliance", f"/v1/fee-holds/{story.held['id']}/release", {"reason": "已冲回"}, who="second")
    (found,) = (await market.get("/v1/line-disputes", status="open"))["items"]
    path = f"/v1/line-disputes/{found['id']}"
    await market.post("channel_manager", f"{path}/answer", {"answer": "已冲回"})
    await market.post("finance", f"{path}/decide", who="second")

    assert sum((await market.totals()).values()) == OTHER
    await market.books_add_up()


@pytest.mark.parametrize("first", ["hold", "dispute"])
async def test_a_clawback_in_between_is_a_debt_of_the_open_dispute_alone(market: Any, first: str) -> None:
    story = Story(market)
    await story.begin()
    for begin in (story.hold, story.dispute) if first == "hold" else (story.dispute, story.hold):
        await begin()
    # Of the 600.00 held for 1 of 60 months 590.00 go back.
    await market.receive(market.redemption(story.sale, "2026-01-15"))
    assert sum((await market.totals()).values()) == OTHER - 590_00
    (found,) = (await market.get("/v1/line-disputes", status="open"))["items"]
    path = f"/v1/line-disputes/{found['id']}"
    await market.post("channel_manager", f"{path}/answer", {"answer": "已核对费率表"})
    await market.post("finance", f"{path}/decide", who="second")

    assert sum((await market.totals()).values()) == OTHER
    await market.books_add_up()
    await market.post("compliance", f"/v1/fee-holds/{story.held['id']}/release", {"reason": "核查无误"}, who="second")
    assert sum((await market.totals()).values()) == OTHER + 10_00
    await market.books_add_up()


@pytest.mark.parametrize("corrected", [850_00, 400_00])
async def test_once_a_sale_is_taken_back_no_line_of_it_can_be_corrected(market: Any, corrected: int) -> None:
    story = Story(market)
    await story.begin()
    await story.dispute()
    (found,) = (await market.get("/v1/line-disputes", status="open"))["items"]
    path = f"/v1/line-disputes/{found['id']}"
    body = {"corrected": {"amount": f"{corrected // 100}.00"}, "answer": "已核对费率表"}
    await market.post("channel_manager", f"{path}/answer", body)
    await market.receive(market.reversal(story.sale))

    # Proposed before the reversal, decided after it; and proposed after it.
    assert (await market.post("finance", f"{path}/decide", who="second", status=409))["code"] == "dealing_taken_back"
    refused = await market.post("channel_manager", f"{path}/answer", body, status=409)
    assert refused["code"] == "dealing_taken_back"
    await market.post("channel_manager", f"{path}/answer", {"answer": "该笔销售已冲回"})
    await market.post("finance", f"{path}/decide", who="second")
    assert sum((await market.totals()).values()) == OTHER
    await market.books_add_up()


@pytest.mark.parametrize("corrected", [850_00, 400_00, 0])
@pytest.mark.parametrize("is_held", [False, True])
async def test_a_reversal_takes_back_what_was_corrected_as_well(market: Any, corrected: int, is_held: bool) -> None:
    story = Story(market)
    await story.begin()
    await story.dispute()
    await story.decide(corrected)
    if is_held and corrected:
        await story.hold()
    reversal = market.reversal(story.sale)
    await market.receive(reversal, market.redemption(story.sale, "2026-01-15"))
    await market.receive(reversal)

    if is_held and corrected:
        path = f"/v1/fee-holds/{story.held['id']}/release"
        await market.post("compliance", path, {"reason": "已冲回"}, who="second")
    assert sum((await market.totals()).values()) == OTHER
    await market.books_add_up()


async def test_a_fee_is_not_corrected_below_what_went_back_of_it(market: Any) -> None:
    """Tiers by month: once a sale below it is taken back, the one above slides down."""
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    below, above = (market.sale(channel, product, 1_000_000_00, f"2025-12-{day}") for day in (10, 20))
    await market.receive(below, above)
    await market.close("2025-12")
    statement = await market.statement()
    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("channel_manager", statement, "send")
    lines = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    (line,) = [one for one in lines if one["dealing_id"] == str(above.dealing_id)]
    body = {"digest": statement["digest"], "lines": [{"accrual_id": line["id"], "reason": "费率有误"}]}
    mine = market.kit.channel(channel, "commission.confirm")
    assert (await mine.post(f"/v1/settlements/{statement['id']}/dispute", json=body)).status_code == 200
    # It earned 0.45 % of its million; at 0.30 % 1,500.00 of that go back.
    await market.receive(market.reversal(below))
    (found,) = (await market.get("/v1/line-disputes", status="open"))["items"]
    path = f"/v1/line-disputes/{found['id']}"
    body = {"corrected": {"amount": "1499.99"}, "answer": "已核对费率表"}
    refused = await market.post("channel_manager", f"{path}/answer", body, status=422)
    assert (refused["code"], refused["least"]) == ("correction_out_of_range", "1500.00")
    await market.post("channel_manager", f"{path}/answer", {**body, "corrected": {"amount": "1500.00"}})
    await market.post("finance", f"{path}/decide", who="second")

    rows = await market.rows("SELECT sum(amount_fen)::bigint AS fen FROM accrual_entry")
    assert rows[0].fen == 0
    await market.books_add_up()
