"""The service under test, and a complaints desk: people of every office, and cases in any state, made by real calls."""

import importlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from complaints.main import create_app
from complaints.reasons.rules import RiskPolicy
from complaints.settings import Settings
from complaints.worker import HANDLERS
from shared.events.client_profile import ClientAssigned, ClientRegistered, StaffJoined, SubscriptionConfirmed
from shared.events.interaction_log import InteractionRecorded
from shared.ids import new_id
from shared.money import Money
from shared.testing.postgres import TestPostgres
from shared.testing.service import ServiceKit, service_kit


@pytest_asyncio.fixture(scope="session")
async def service(postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceKit]:
    folder: Path = tmp_path_factory.mktemp("keys")
    extra = {"data_key": "11" * 32, "files_url": tmp_path_factory.mktemp("files").as_uri()}
    async with service_kit(
        "complaints", create_app, Settings, postgres_server, folder, extra=extra, seeded=("classification_code",)
    ) as kit:
        yield kit


@pytest_asyncio.fixture
async def kit(service: ServiceKit) -> ServiceKit:
    await service.reset()
    return service


@pytest.fixture(scope="session")
def policy() -> RiskPolicy:
    """The at-risk rule as the migration brings it."""
    values = [
        importlib.import_module("complaints.migrations.0002_risk")._AT_RISK,
        importlib.import_module("complaints.migrations.0009_products_held")._PRODUCTS,
    ]
    return RiskPolicy.of(values, "risk.at_risk@2020-01-01+risk.products@2020-01-01")


PROPOSAL = {
    "decision": "经核查，销售人员未充分说明延期兑付风险。",
    "is_upheld": True,
    "basis": "销售过程录音第12分钟；认购风险申明书。",
    "remedies": "可申请核查、调解，或依法提起仲裁、诉讼。",
}
#: A code of each dimension that holds for whatever was sold; that of the reason goes by its class.
CODES = {"channel_code": "A1-03-2", "business_code": "B05-01-1"}
REASONS = (
    *("service_quality", "facilities", "rules_process", "marketing", "disclosure", "free_choice", "pricing"),
    *("product_return", "contract_terms", "fund_safety", "information_safety", "debt_collection"),
)
CLOSING = {"root_cause": "disclosure", "measures": "修订产品说明书中的风险提示，组织销售人员培训。"}


@dataclass
class Desk:
    """Staff of the complaints desk and the shortest way to a case in any state.

    Attributes:
        handler_id: A complaint handler at work.
        proposal, closing: Bodies of the commands of these names.
        client_id: A client managed by `manager_id` in `unit_id`.
    """

    kit: ServiceKit
    handler_id: UUID = field(default_factory=new_id)
    supervisor_id: UUID = field(default_factory=new_id)
    client_id: UUID = field(default_factory=new_id)
    manager_id: UUID = field(default_factory=new_id)
    unit_id: UUID = field(default_factory=new_id)
    filings: int = 0
    rules: int = 0
    proposal: dict[str, Any] = field(default_factory=lambda: dict(PROPOSAL))
    closing: dict[str, Any] = field(default_factory=lambda: dict(CLOSING))

    def __post_init__(self) -> None:
        self.agent = self.kit.staff("customer_service")
        self.handler = self.kit.staff("complaint_handler", id=self.handler_id)
        self.supervisor = self.kit.staff("complaint_supervisor", id=self.supervisor_id)
        self.executive = self.kit.staff("executive")

    async def open(self) -> None:
        """Let the desk hear of its handler and its client."""
        now = self.kit.now
        await self.joined(self.handler_id, "complaint_handler")
        await self.kit.receive(
            HANDLERS,
            ClientRegistered(occurred_at=now, client_id=self.client_id, kind="person"),
            ClientAssigned(occurred_at=now, client_id=self.client_id, manager_id=self.manager_id, unit_id=self.unit_id),
        )

    async def managed_by(self, staff_id: UUID) -> None:
        """Let the desk hear that somebody manages its client from now on."""
        told = {"occurred_at": self.kit.now, "client_id": self.client_id, "unit_id": self.unit_id}
        event = ClientAssigned(**told, manager_id=staff_id, previous_manager_id=self.manager_id)
        await self.kit.receive(HANDLERS, event)

    async def routes(self, **fields: Any) -> dict[str, Any]:
        """Add a routing rule from today on."""
        self.rules += 1
        rule = {
            "position": self.rules,
            "name": f"规则{self.rules}",
            "target": self.group(self.handler_id),
            "valid_from": str(self.kit.now.date()),
            "source": "投诉管理办公会纪要",
        }
        answer = await self.supervisor.post("/v1/routing-rules", json=rule | fields)
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    @staticmethod
    def group(*staff_ids: UUID) -> dict[str, Any]:
        return {"kind": "group", "staff_ids": [str(one) for one in staff_ids]}

    async def bought(self, product_id: UUID, on: str, *, applied_on: str | None = None, **more: Any) -> UUID:
        """Let the desk hear that its client bought something; return the dealing."""
        day, dealing_id = date.fromisoformat(on), new_id()
        event = SubscriptionConfirmed(
            occurred_at=self.kit.now,
            **{"client_id": self.client_id} | more,
            dealing_id=dealing_id,
            confirmation_number=str(dealing_id),
            product_id=product_id,
            amount=Money.from_fen(30_000_000),
            applied_on=date.fromisoformat(applied_on) if applied_on else day,
            confirmed_on=day,
        )
        await self.kit.receive(HANDLERS, event)
        return dealing_id

    async def spoke(self, staff_id: UUID, on: str, **more: Any) -> UUID:
        """Let the desk hear that somebody reached its client; return the interaction."""
        interaction_id = new_id()
        said = {"client_id": self.client_id, "kind": "call", "direction": "outbound", "is_reached": True} | more
        at = datetime.combine(date.fromisoformat(on), time(4), UTC)
        event = InteractionRecorded(occurred_at=at, interaction_id=interaction_id, staff_id=staff_id, **said)
        await self.kit.receive(HANDLERS, event)
        return interaction_id

    async def joined(self, staff_id: UUID, *roles: str, units: Sequence[UUID] = ()) -> None:
        """Let the desk hear of somebody; `units` are their unit and all above it."""
        path = list(units) or [new_id()]
        event = StaffJoined(
            occurred_at=self.kit.now, staff_id=staff_id, unit_id=path[0], unit_path=path, roles=list(roles)
        )
        await self.kit.receive(HANDLERS, event)

    def filing(self, **fields: Any) -> dict[str, Any]:
        """Return a complaint in words of its own: the same ones again would be a duplicate."""
        self.filings += 1
        given = {
            "client_id": str(self.client_id),
            "source": "phone",
            "reason": "disclosure",
            "facts": f"客户称购买时未被告知产品可能延期兑付（第{self.filings}件）。",
        }
        return {name: value for name, value in (given | fields).items() if value is not None}

    async def registered(self, **fields: Any) -> str:
        """Register a complaint, classified unless a code is given as None."""
        reason = fields.get("reason", "disclosure")
        codes = CODES | {"reason_code": f"C{REASONS.index(reason) + 1:02d}"} if reason in REASONS else {}
        answer = await self.agent.post("/v1/complaints", json=self.filing(**codes | fields))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def assigned(self, **fields: Any) -> str:
        complaint_id = await self.registered(**fields)
        await self.does(self.supervisor, complaint_id, "assign", {"handler_id": str(self.handler_id)})
        return complaint_id

    async def proposed(self, **fields: Any) -> str:
        complaint_id = await self.assigned(**fields)
        await self.does(self.handler, complaint_id, "propose", self.proposal)
        return complaint_id

    async def decided(self, **fields: Any) -> str:
        complaint_id = await self.proposed(**fields)
        approver = self.executive if fields.get("level") == "major" else self.supervisor
        await self.approves(approver, complaint_id)
        return complaint_id

    async def approves(self, caller: httpx.AsyncClient, complaint_id: str, command: str = "approve") -> dict[str, Any]:
        """Approve as somebody who read the case just now."""
        read = await caller.get(f"/v1/complaints/{complaint_id}")
        return await self.does(caller, complaint_id, command, None, {"If-Match": read.headers["ETag"]})

    async def informed(self, **fields: Any) -> str:
        complaint_id = await self.decided(**fields)
        await self.inform(complaint_id)
        return complaint_id

    async def inform(self, complaint_id: str) -> None:
        today = str(self.kit.now.date())
        wanted = {"informed_on": today, "method": "phone", "proof": "录音 2026-0031"}
        await self.does(self.handler, complaint_id, "inform", wanted)

    async def closed(self, **fields: Any) -> str:
        complaint_id = await self.informed(**fields)
        await self.does(self.handler, complaint_id, "close", self.closing)
        return complaint_id

    async def does(
        self,
        caller: httpx.AsyncClient,
        complaint_id: str,
        command: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        answer = await caller.post(f"/v1/complaints/{complaint_id}/{command}", json=body, headers=headers)
        assert answer.is_success, answer.text
        read: dict[str, Any] = answer.json()
        return read

    @staticmethod
    def refused(answer: httpx.Response, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
        """Check a problem answer and return it."""
        problem: dict[str, Any] = answer.json()
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["code"] == code
        if pointer is not None:
            assert problem["errors"][0]["pointer"] == pointer
        return problem

    async def row(self, complaint_id: str) -> Any:
        async with self.kit.database.session() as session:
            found = await session.execute(text("SELECT * FROM complaint WHERE id = :id"), {"id": complaint_id})
            return found.one()


@pytest_asyncio.fixture
async def desk(kit: ServiceKit) -> Desk:
    desk = Desk(kit)
    await desk.open()
    return desk


@pytest_asyncio.fixture
async def offices(kit: ServiceKit) -> AsyncIterator[tuple[UUID, UUID]]:
    """Head office and a branch whose results it reviews; the house has none otherwise."""
    head, branch = new_id(), new_id()
    await _settle(kit, {str(branch): str(head)})
    yield head, branch
    await _settle(kit, {})


async def _settle(kit: ServiceKit, branches: dict[str, str]) -> None:
    async with kit.database.transaction() as session:
        statement = text("UPDATE policy_row SET value = CAST(:value AS jsonb) WHERE code = 'review.branches'")
        await session.execute(statement, {"value": json.dumps(branches)})
