"""A random walk over dealings, holds, closes, disputes and payments: the books add up after every step."""

import random
from typing import Any
from uuid import UUID

import pytest

CAPPED = {"kind": "percent", "rate": "0.0060", "period_cap": {"amount": {"amount": "9000.00"}, "per": "month"}}
OVERRIDE = {"kind": "override", "rate": "0.1234"}
TRAILING = {"kind": "trailing", "rate": "0.0050", "trailing": {"basis": "held_amount", "day_count": "actual_365"}}


class Walk:
    """Takes steps; each is a method of its own."""

    def __init__(self, market: Any, rng: random.Random) -> None:
        self.market, self.rng = market, rng
        self.sales: list[Any] = []
        self.months = ["2025-11", "2025-12", "2026-01", "2026-02"]

    async def begin(self) -> None:
        self.product, other = await self.market.product(), await self.market.selling()
        shared = {**self.market.percent, "splits": [{"channel_id": str(other), "share": "0.3333"}]}
        cards = [([shared, TRAILING], "monthly"), ([self.market.tiered], "monthly"), ([CAPPED], "monthly")]
        cards += [([shared, TRAILING], "quarterly"), ([shared, TRAILING], "at_establishment")]
        floor = {"amount": {"amount": "2000.00"}, "per": "month"}
        guaranteed = {**self.market.percent, "product_id": str(self.product), "period_floor": floor}
        cards.append(([guaranteed], "monthly"))
        bearers = ["company", "company", "trust_plan", "company", "company", "company"]
        self.channels = [
            await self.market.selling(self.product, rules=card, cycle=cycle, bearer=bearer)
            for (card, cycle), bearer in zip(cards, bearers, strict=True)
        ]
        head = await self.market.selling(rules=[OVERRIDE])
        for channel, since in zip(self.channels, ("2025-11-15", "2025-12-01", "2025-11-01"), strict=False):
            body = {"parent_id": str(head), "since": since, "reason": "机构调整"}
            await self.market.post("channel_manager", f"/v1/channels/{channel}/move", body)
        statuses = ("general", "small_scale", "non_resident", "general", "small_scale", "general")
        for channel_id, status in zip(self.channels, statuses, strict=True):
            await self.market.payee(channel_id)
            body = {"status": status, "valid_from": "2025-11-01", "evidence": "税务登记信息"}
            await self.market.post("finance", f"/v1/channels/{channel_id}/tax-statuses", body, status=201)
        await self.sale()

    async def sale(self) -> None:
        day = f"2025-{self.rng.randint(11, 12)}-{self.rng.randint(1, 28):02d}"
        sold = self.market.sale(self.rng.choice(self.channels), self.product, self.rng.randint(1, 10**9), day)
        self.sales.append(sold)
        await self.market.receive(sold)

    async def redemption(self) -> None:
        sold, day = self.rng.choice(self.sales), f"2026-01-{self.rng.randint(1, 28):02d}"
        fen = self.rng.randint(1, sold.amount.fen)
        await self.market.receive(self.market.redemption(sold, day, fen=fen, is_full=self.rng.random() < 0.3))

    async def reversal(self) -> None:
        await self.market.receive(self.market.reversal(self.rng.choice(self.sales)))

    async def close(self) -> None:
        await self.market.trail()
        if self.months:
            await self.market.close(self.months.pop(0))

    async def establish(self) -> None:
        answer = await self.market.staff("finance").post(f"/v1/establishments/{self.product}/close", json={})
        assert answer.status_code in (200, 409)

    async def check(self) -> None:
        for one in (await self.market.get("/v1/settlements", status="calculated"))["items"]:
            await self.market.command("finance", one, "check", {"digest": one["digest"]})

    async def hold(self) -> None:
        body = {"dealing_id": str(self.rng.choice(self.sales).dealing_id), "reason": "核查"}
        answer = await self.market.staff("compliance").post("/v1/fee-holds", json=body)
        assert answer.status_code in (201, 409)

    async def release(self) -> None:
        for held in (await self.market.get("/v1/fee-holds", only_open=True))["items"][:1]:
            path = f"/v1/fee-holds/{held['id']}/release"
            await self.market.post("compliance", path, {"reason": "核查无误"}, who="second")

    async def dispute(self) -> None:
        for one in (await self.market.get("/v1/settlements", status="checked"))["items"][:1]:
            await self.market.command("channel_manager", one, "send")
            found = (await self.market.get(f"/v1/settlements/{one['id']}/lines"))["items"]
            before = {had["accrual_id"] for had in (await self.market.get("/v1/line-disputes"))["items"]}
            lines = [line for line in found if line["component"] in ("upfront", "trailing")]
            lines = [line for line in lines if line["id"] not in before]
            named = [
                {"accrual_id": line["id"], "reason": "金额有误"} for line in self.rng.sample(lines, min(2, len(lines)))
            ]
            channel = self.market.kit.channel(UUID(one["channel_id"]), "commission.confirm")
            path, body = f"/v1/settlements/{one['id']}", {"digest": one["digest"]}
            answer = await channel.post(f"{path}/{'dispute' if named else 'confirm'}", json={**body, **_lines(named)})
            assert answer.status_code == 200, answer.text

    async def decide(self) -> None:
        for one in (await self.market.get("/v1/line-disputes", status="open"))["items"][:1]:
            path = f"/v1/line-disputes/{one['id']}"
            corrected = self.rng.choice([None, {"amount": "0.00"}])
            body = {"corrected": corrected, "answer": "已核对"}
            if (await self.market.staff("finance").post(f"{path}/answer", json=body)).status_code != 200:
                # Taken back, or gone back for the most part.
                await self.market.post("finance", f"{path}/answer", {"answer": "已核对"})
            await self.market.post("finance", f"{path}/decide", who="second")

    async def void(self) -> None:
        for one in (await self.market.get("/v1/settlements"))["items"][-6:]:
            if self.rng.random() < 0.3:
                answer = await self.market.staff("finance").post(
                    f"/v1/settlements/{one['id']}/void", json={"reason": "核对有误"}
                )
                assert answer.status_code in (200, 409)

    async def advance(self) -> None:
        """Take one statement one step towards its payment, each step by another person."""
        ways = {
            "checked": ("send", "first", {}),
            "sent": ("confirm", "second", {"evidence": "对账确认函"}),
            "confirmed": ("record-invoice", "third", {}),
            "disputed": ("record-invoice", "third", {}),
            "invoiced": ("approve-payment", "fourth", {}),
            "paid": ("archive", "first", {}),
        }
        found = (await self.market.get("/v1/settlements"))["items"]
        for one in self.rng.sample(found, len(found)):
            if one["status"] in ways and one["payable"]["amount"] != "0.00":
                name, who, body = ways[one["status"]]
                if name == "record-invoice":
                    body = await self.market.invoice(one)
                elif name in ("confirm", "approve-payment"):
                    body = {**body, "digest": one["digest"]}
                role = "channel_manager" if name == "confirm" else "finance"
                disputes = (await self.market.get("/v1/line-disputes", statement_id=one["id"]))["items"]
                is_open = any(found["status"] in ("open", "answered") for found in disputes)
                status = 409 if name == "archive" and is_open else 200
                await self.market.command(role, one, name, body, who=who, status=status)
                return

    async def file(self) -> None:
        found = (await self.market.get("/v1/settlements", status="payment_approved"))["items"]
        ready = [one for one in found if one["payment"]["amount"] != "0.00"]
        for one in found:
            if one not in ready:
                # Advances cover all of it.
                answer = await self.market.staff("finance").post(f"/v1/settlements/{one['id']}/archive", json={})
                assert answer.status_code in (200, 409)
        if ready:
            file = await self.market.post(
                "finance", "/v1/payment-files", {"statement_ids": [one["id"] for one in ready]}, status=201
            )
            end, who = self.rng.choice([("release", "second"), ("release", "third"), ("cancel", "second")])
            body = {"digest": file["digest"]} if end == "release" else {"reason": "付款日改期"}
            await self.market.post("finance", f"/v1/payment-files/{file['id']}/{end}", body, who=who)

    async def replace_invoice(self) -> None:
        """Take an invoice back by a red-letter one and record another in its place."""
        for one in (await self.market.get("/v1/settlements", status="invoiced"))["items"][:1]:
            path = f"/v1/settlements/{one['id']}/invoices"
            # The last one is the one that is not taken back.
            invoice = (await self.market.get(path))["items"][-1]
            negative = {name: {"amount": _negative(invoice[name]["amount"])} for name in ("net", "vat")}
            anew = await self.market.invoice(one)
            number = f"4{anew['number'][1:]}"
            body = {**negative, "number": number, "issued_on": anew["issued_on"], "reason": "开票有误"}
            await self.market.post("finance", f"/v1/invoices/{invoice['id']}/record-red-letter", body, status=201)
            digest = {"digest": one["digest"]}
            await self.market.command("finance", one, "approve-payment", digest, who="fourth", status=409)
            await self.market.command("finance", one, "record-invoice", anew, who="third")

    async def draw(self) -> None:
        """Pay an advance out of the books of the company or of the plan."""
        channel, plan = self.rng.choice(self.channels), self.rng.choice([None, str(self.product)])
        body = {"amount": {"amount": f"{self.rng.randint(1, 10**6)}.00"}, "plan_id": plan, "reason": "预付"}
        draw = await self.market.post("finance", f"/v1/channels/{channel}/draws", body, status=201)
        path = f"/v1/draws/{draw['id']}"
        await self.market.post("finance", f"{path}/approve", who="second")
        payment = {"paid_on": "2026-03-02", "reference": draw["id"]}
        await self.market.post("finance", f"{path}/record-payment", payment)

    async def export(self) -> None:
        """Export the books of the company or of the plan; when nothing is new, that is said."""
        body = {"plan_id": self.rng.choice([None, str(self.product)]), "through": "2026-12-31"}
        answer = await self.market.staff("finance").post("/v1/voucher-exports", json=body)
        assert answer.status_code in (201, 409)

    async def bank(self) -> None:
        """Let the bank answer each attempt anything, also what does not fit."""
        for one in (await self.market.get("/v1/payment-attempts"))["items"]:
            body = {"answer": self.rng.choice(["settled", "rejected", "unknown"]), "reason": "银行回执"}
            if body["answer"] == "settled":
                body |= {"paid_on": "2026-03-02", "reference": one["key"]}
            path = f"/v1/payment-attempts/{one['id']}/record-answer"
            answer = await self.market.staff("finance").post(path, json=body)
            fits = {"sent": ("settled", "rejected", "unknown"), "unknown": ("settled", "rejected")}
            assert answer.status_code == (200 if body["answer"] in fits.get(one["status"], ()) else 409)


def _negative(amount: str) -> str:
    return amount if amount == "0.00" else f"-{amount}"


def _lines(named: list[Any]) -> dict[str, Any]:
    return {"lines": named} if named else {}


@pytest.mark.parametrize("seed", range(4))
async def test_the_books_add_up_after_every_step(market: Any, seed: int) -> None:
    walk = Walk(market, random.Random(seed))
    await walk.begin()
    steps = [walk.sale, walk.sale, walk.redemption, walk.reversal, walk.close, walk.check, walk.establish]
    steps += [walk.hold, walk.release, walk.dispute, walk.decide, walk.void]
    steps += [walk.advance] * 4 + [walk.file, walk.bank, walk.export, walk.draw, walk.replace_invoice]
    for _ in range(60):
        await walk.rng.choice(steps)()
        await market.books_add_up()
