"""A market: channels, agreements and products by real routes, dealings by real events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from settling import Settling
from sqlalchemy import text

from channel_commission.accruals.rules import calculate
from channel_commission.bookings.service import accrue_trailing
from channel_commission.reassessments.service import reassess
from channel_commission.worker import HANDLERS
from shared.clock import business_date
from shared.events.client_profile import (
    ClientRegistered,
    DealingReversed,
    ProductListed,
    RedemptionConfirmed,
    SubscriptionConfirmed,
)
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import ServiceKit
from shared.timers import LIMIT

BOOKS = [sql for sql in Path(__file__).with_name("books.sql").read_text(encoding="utf-8").split(";\n") if sql.strip()]
#: What due diligence must look into (policy row `channel.due_diligence_topics`).
TOPICS = ("license", "penalties", "sales_capability", "recording")
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PERCENT = {"kind": "percent", "rate": "0.0060", "clawback": {"months": 60, "form": "linear_whole_months"}}
#: An account in the name of `Market.prospect`.
ACCOUNT = {
    "holder": "江南银行上海分行",
    "bank_name": "江南银行营业部",
    "bank_code": "102100099996",
    "number": "6222020200112233445",
    "reason": "首次登记",
}
TIERS = {
    "kind": "marginal",
    "tiers": [
        {"up_to": {"amount": "1000000.00"}, "rate": "0.0030"},
        {"up_to": {"amount": "5000000.00"}, "rate": "0.0045"},
        {"rate": "0.0060"},
    ],
}


def money(fen: int) -> Money:
    return Money.from_fen(fen)


def license(valid_from: str = "2020-01-01", valid_to: str = "2030-12-31") -> dict[str, Any]:
    return {
        "kind": "financial",
        "number": "B0001H111000001",
        "issuer": "国家金融监督管理总局",
        "valid_from": valid_from,
        "valid_to": valid_to,
    }


@dataclass
class Market(Settling):
    """Makes what a test needs, each with honest defaults, and returns what the routes answer."""

    kit: ServiceKit
    _numbers: Any = field(default_factory=lambda: count(1))
    people: dict[str, UUID] = field(default_factory=dict)
    #: Rules of a rate card: 0.60 % with clawback, and the house's three tiers.
    percent: Mapping[str, Any] = field(default_factory=lambda: PERCENT)
    tiered: Mapping[str, Any] = field(default_factory=lambda: TIERS)

    def staff(self, role: str, who: str = "first") -> httpx.AsyncClient:
        """Return a caller with one role; the same person for the same `who`."""
        return self.kit.staff(role, id=self.people.setdefault(f"{role} {who}", new_id()))

    async def post(self, role: str, path: str, body: Any = None, *, who: str = "first", status: int = 200) -> Any:
        answer = await self.staff(role, who).post(path, json=body if body is not None else {})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, role: str = "auditor", **query: Any) -> Any:
        answer = await self.staff(role).get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.kit.database.session() as session:
            return list(await session.execute(text(sql), values))

    async def product(self) -> UUID:
        product_id = new_id()
        listed = ProductListed(occurred_at=AT, product_id=product_id, kind="fixed_income", grade="R2", term_months=24)
        await self.kit.receive(HANDLERS, listed)
        return product_id

    async def prospect(self, **fields: Any) -> dict[str, Any]:
        body = {"name": "江南银行上海分行", "kind": "bank", "license": license(), **fields}
        found: dict[str, Any] = await self.post("channel_manager", "/v1/channels", body, status=201)
        return found

    async def approved(self, **fields: Any) -> dict[str, Any]:
        channel = await self.prospect(**fields)
        await self.post("channel_manager", f"/v1/channels/{channel['id']}/start-due-diligence")
        await self.examine(channel["id"])
        found: dict[str, Any] = await self.post(
            "compliance", f"/v1/channels/{channel['id']}/approve", {"opinion": "准入材料齐备"}
        )
        return found

    async def examine(self, channel_id: str | UUID, topics: Sequence[str] = TOPICS) -> None:
        """Record a finding on each topic that the house wants looked into."""
        for topic in topics:
            finding = {"topic": topic, "outcome": "satisfied", "finding": "核查无异常", "evidence": [f"DA-{topic}"]}
            await self.post("channel_manager", f"/v1/channels/{channel_id}/findings", finding, status=201)

    async def sign(self, channel_id: str | UUID, *, status: int = 200) -> Any:
        """Record that the agreement, in force today, is signed."""
        body = {"in_force_on": business_date(self.kit.now).isoformat(), "evidence": "合同原件已归档"}
        return await self.post("channel_manager", f"/v1/channels/{channel_id}/sign", body, status=status)

    async def activate(self, channel_id: str | UUID, active_from: str | None = None) -> Any:
        """Sign an approved channel's agreement and activate it: from a day on, or from today."""
        await self.sign(channel_id)
        body = {"active_from": active_from} if active_from else {}
        return await self.post("channel_manager", f"/v1/channels/{channel_id}/activate", body)

    async def agreement(
        self,
        channel_id: str | UUID,
        rules: Sequence[Mapping[str, Any]],
        *,
        valid_from: str = "2021-01-01",
        **fields: Any,
    ) -> dict[str, Any]:
        body = {
            "channel_id": str(channel_id),
            "number": f"DX-{next(self._numbers):04d}",
            "valid_from": valid_from,
            "rules": list(rules),
            **fields,
        }
        agreement: dict[str, Any] = await self.post("channel_manager", "/v1/agreements", body, status=201)
        return await self.approve_card(agreement["id"])

    async def approve_card(self, agreement_id: str, version: int = 1) -> dict[str, Any]:
        card = f"/v1/agreements/{agreement_id}/rate-cards/{version}"
        await self.post("channel_manager", f"{card}/submit")
        found: dict[str, Any] = await self.post("compliance", f"{card}/approve")
        return found

    async def authorize(
        self, channel_id: str | UUID, product_id: UUID, *, bearer: str = "company", valid_from: str = "2021-01-01"
    ) -> None:
        body = {"product_id": str(product_id), "bearer": bearer, "valid_from": valid_from}
        await self.post("channel_manager", f"/v1/channels/{channel_id}/products", body, status=201)

    async def selling(
        self,
        *products: UUID,
        rules: Sequence[Mapping[str, Any]] = (PERCENT,),
        bearer: str = "company",
        cycle: str = "monthly",
    ) -> UUID:
        """Return an active channel, since 2021, that may sell `products`."""
        channel = await self.approved()
        await self.agreement(channel["id"], rules, cycle=cycle)
        for product_id in products:
            await self.authorize(channel["id"], product_id, bearer=bearer)
        await self.activate(channel["id"], "2021-01-01")
        return UUID(channel["id"])

    async def payee(self, channel_id: UUID, **fields: Any) -> dict[str, Any]:
        """Return a confirmed account of a channel whose waiting time is over today."""
        now, self.kit.now = self.kit.now, self.kit.now - timedelta(days=2)
        body = {**ACCOUNT, **fields}
        account = await self.post("channel_manager", f"/v1/channels/{channel_id}/payee-accounts", body, status=201)
        path = f"/v1/payee-accounts/{account['id']}"
        await self.post("finance", f"{path}/record-call-back", {"is_genuine": True, "note": "致电备案电话，确认无误"})
        found: dict[str, Any] = await self.post("finance", f"{path}/confirm")
        self.kit.now = now
        return found

    def sale(
        self, channel_id: UUID | None, product_id: UUID, fen: int, on: str | date, *, client_id: UUID | None = None
    ) -> SubscriptionConfirmed:
        day = date.fromisoformat(str(on))
        return SubscriptionConfirmed(
            occurred_at=AT,
            dealing_id=new_id(),
            client_id=client_id or new_id(),
            confirmation_number=f"B-{next(self._numbers):06d}",
            product_id=product_id,
            amount=money(fen),
            applied_on=day,
            confirmed_on=day,
            channel_id=channel_id,
        )

    def redemption(
        self, sale: SubscriptionConfirmed, on: str | date, *, fen: int | None = None, is_full: bool = True
    ) -> RedemptionConfirmed:
        day = date.fromisoformat(str(on))
        facts = sale.model_dump() | {
            "dealing_id": new_id(),
            "confirmation_number": f"L-{next(self._numbers):06d}",
            "amount": sale.amount if fen is None else money(fen),
            "applied_on": day,
            "confirmed_on": day,
        }
        return RedemptionConfirmed(**facts, original_dealing_id=sale.dealing_id, is_full=is_full)

    def reversal(self, dealing: SubscriptionConfirmed | RedemptionConfirmed) -> DealingReversed:
        kind = "redemption" if isinstance(dealing, RedemptionConfirmed) else "subscription"
        facts = dealing.model_dump(include=set(DealingReversed.model_fields)) | {"dealing_id": new_id()}
        return DealingReversed(**{**facts, "original_dealing_id": dealing.dealing_id, "original_kind": kind})

    async def receive(self, *events: Any) -> None:
        await self.kit.receive(HANDLERS, *events)

    async def reassess(self) -> None:
        """Do what the reassessment timer does, until nothing is left."""
        for _ in range(20):
            async with self.kit.database.transaction() as session:
                if await reassess(session, self.kit.now, LIMIT) < LIMIT:
                    return
        raise AssertionError("reassessment does not end")

    async def trail(self) -> None:
        """Do what the timer of trailing fees does, until nothing is left."""
        for _ in range(20):
            async with self.kit.database.transaction() as session:
                if await accrue_trailing(session, self.kit.now, LIMIT) < LIMIT:
                    return
        raise AssertionError("trailing fees do not end")

    async def investor(self, kind: str = "person", *, client_id: UUID | None = None) -> UUID:
        """Return a client whose kind is known."""
        client_id = client_id or new_id()
        await self.receive(ClientRegistered(occurred_at=AT, client_id=client_id, kind=kind))
        return client_id

    async def entries(self) -> list[tuple[str, int, str, str]]:
        """Return kind, fen, earned and booked month of every entry, in the order booked."""
        sql = "SELECT kind, amount_fen, earned_period, booked_period FROM accrual_entry ORDER BY id"
        return [tuple(row) for row in await self.rows(sql)]

    async def totals(self) -> dict[str, int]:
        """Return the sum of the entries of each booked month."""
        sql = "SELECT booked_period, sum(amount_fen)::bigint FROM accrual_entry GROUP BY 1 ORDER BY 1"
        return {row[0]: row[1] for row in await self.rows(sql)}

    async def books_add_up(self) -> None:
        """Check what must hold after every step: `books.sql`, and each entry calculated again gives the booked fen."""
        for check in BOOKS:
            assert await self.rows(check) == [], check
        for entry in await self.rows("SELECT inputs, amount_fen FROM accrual_entry"):
            assert calculate(entry.inputs).amount_fen == entry.amount_fen
