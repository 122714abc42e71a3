"""The service under test, and the house its features stand on: units, staff and clients, entered by the real routes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from client_profile.main import create_app
from client_profile.settings import Settings
from shared.testing.postgres import TestPostgres
from shared.testing.service import ServiceKit, service_kit

KEYS = {"data_key": "11" * 32, "lookup_key": "22" * 32}


@pytest_asyncio.fixture(scope="session")
async def service(postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceKit]:
    folder: Path = tmp_path_factory.mktemp("keys")
    async with service_kit("client-profile", create_app, Settings, postgres_server, folder, extra=KEYS) as kit:
        yield kit


@pytest_asyncio.fixture
async def kit(service: ServiceKit) -> ServiceKit:
    await service.reset()
    return service


@pytest.fixture
def waits(kit: ServiceKit) -> Callable[[asyncio.Task[Any]], Awaitable[None]]:
    """Return a function that returns once a task's transaction waits for a lock that somebody else holds."""

    async def until_it_waits(task: asyncio.Task[Any]) -> None:
        waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        async with asyncio.timeout(10):
            while not await kit.count(waiting):
                assert not task.done(), "it ended without waiting"
                await asyncio.sleep(0.01)

    return until_it_waits


def resident_id(born_on: date = date(1985, 3, 14), serial: int = 1, region: str = "110105") -> str:
    """Return a valid resident id, its check digit by the definition of ISO 7064 MOD 11-2."""
    body = f"{region}{born_on:%Y%m%d}{serial:03d}"
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return body + "0123456789X"[(12 - remainder) % 11]


@dataclass
class House:
    """Enters units, staff and clients, each with honest defaults, and returns what the routes answer."""

    kit: ServiceKit
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def admin(self) -> httpx.AsyncClient:
        return self.kit.staff("admin")

    @property
    def compliance(self) -> httpx.AsyncClient:
        return self.kit.staff("compliance")

    async def unit(self, name: str = "北京财富管理部", parent_id: str | None = None) -> UUID:
        wanted = {"name": name, "parent_id": parent_id}
        return UUID(_created(await self.admin.post("/v1/organization-units", json=wanted))["id"])

    async def staff_member(self, *roles: str, unit_id: UUID | None = None) -> dict[str, Any]:
        number, unit = f"S-{next(self._numbers):03d}", unit_id or await self.unit()
        wanted = {"number": number, "name": "李经理", "unit_id": str(unit), "roles": list(roles)}
        return _created(await self.admin.post("/v1/staff", json=wanted))

    async def manager(self, unit_id: UUID | None = None) -> dict[str, Any]:
        return await self.staff_member("relationship_manager", unit_id=unit_id)

    def as_staff(self, staff: dict[str, Any]) -> httpx.AsyncClient:
        return self.kit.staff(*staff["roles"], id=UUID(staff["id"]), unit_id=UUID(staff["unit_id"]))

    def person(self, **fields: Any) -> dict[str, Any]:
        """Return the body of a registration, with a resident id nobody has yet."""
        born_on: date = fields.pop("born_on", date(1985, 3, 14))
        serial = next(self._numbers)
        defaults = {
            "kind": "person",
            "name": "张三丰",
            "document_kind": "resident_id",
            "document_number": resident_id(born_on, serial % 1000, region=str(110105 + serial // 1000)),
            "phones": [f"138{serial:08d}"],
        }
        return {**defaults, **fields}

    def institution(self, **fields: Any) -> dict[str, Any]:
        defaults = {
            "kind": "institution",
            "name": "福州长乐纺织有限公司",
            "document_kind": "credit_code",
            "document_number": "91350100M000100Y43",
            "legal_representative": "王建国",
            "contact_name": "赵敏",
            "phones": ["0591-87654321"],
        }
        return {**defaults, **fields}

    async def client(self, *, manager: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """Register a client, by its manager if one is given."""
        caller = self.as_staff(manager) if manager else self.kit.staff("customer_service")
        return _created(await caller.post("/v1/clients", json=self.person(**fields)))

    async def active_client(self, *, manager: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        client = await self.client(manager=manager, **fields)
        wanted = {"result": "clear", "list_version": "2026-03"}
        _created(await self.compliance.post(f"/v1/clients/{client['id']}/screening", json=wanted))
        answer = await self.compliance.post(f"/v1/clients/{client['id']}/activate")
        assert answer.status_code == 200, answer.text
        active: dict[str, Any] = answer.json()
        return active


def _created(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def house(kit: ServiceKit) -> House:
    return House(kit)


#: Answers to the questionnaire that give each risk level, question by question in its order.
_QUESTIONS = ("age", "income", "share", "experience", "years", "attitude", "choice", "horizon", "purpose", "loss")
_ANSWERS = {"C1": "eaaaaaaaaa", "C2": "ecbbcbbbbb", "C3": "acbccbbcbc", "C4": "bdccdcbdbc", "C5": "beddeddece"}


@dataclass
class Desk:
    """Sells: products, assessments, proofs and dealings, each by the real routes, with honest defaults."""

    kit: ServiceKit
    house: House
    _numbers: Any = field(default_factory=lambda: count(1))

    @staticmethod
    def yuan(amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": "CNY"}

    @staticmethod
    def answers(level: str) -> dict[str, Any]:
        """Return the body of an assessment that ends at `level`."""
        answers = dict(zip(_QUESTIONS, _ANSWERS[level], strict=True))
        return {"questionnaire_version": "2026-1", "answers": answers}

    @property
    def makers(self) -> httpx.AsyncClient:
        return self.kit.staff("product_manager")

    @property
    def operations(self) -> httpx.AsyncClient:
        return self.kit.staff("operations")

    async def product(self, *, raising: bool = True, **fields: Any) -> dict[str, Any]:
        """List a product, by default a fixed-income plan of grade R2 that raises money."""
        defaults = {
            "number": f"XT-2026-{next(self._numbers):03d}",
            "name": "安鑫稳健1号集合资金信托计划",
            "kind": "fixed_income",
            "grade": "R2",
            "term_months": 24,
        }
        product = _created(await self.makers.post("/v1/products", json={**defaults, **fields}))
        if not raising:
            return product
        return _done(await self.makers.post(f"/v1/products/{product['id']}/open-raising"))

    async def assess(self, client_id: str, level: str = "C3") -> dict[str, Any]:
        return _created(
            await self.operations.post(f"/v1/clients/{client_id}/risk-assessments", json=self.answers(level))
        )

    async def qualify(self, client_id: str, **fields: Any) -> dict[str, Any]:
        defaults = {
            "basis": "family_financial_assets",
            "amount": self.yuan("6000000.00"),
            "experience_years": 5,
            "proof_on": "2026-02-20",
            "proof_reference": "ZM-2026-0001",
        }
        path = f"/v1/clients/{client_id}/qualifications"
        proof = _created(await self.operations.post(path, json={**defaults, **fields}))
        return _done(await self.house.compliance.post(f"{path}/{proof['id']}/confirm"))

    async def fit_client(self, level: str = "C3", **fields: Any) -> dict[str, Any]:
        """Return an active client who is assessed and a qualified investor."""
        client = await self.house.active_client(**fields)
        await self.assess(client["id"], level)
        await self.qualify(client["id"])
        return client

    def order(self, client: dict[str, Any], product: dict[str, Any], **fields: Any) -> dict[str, Any]:
        defaults = {
            "client_id": client["id"],
            "product_id": product["id"],
            "amount": self.yuan("500000.00"),
            "recording_number": "SL-2026-0001",
        }
        return {**defaults, **fields}

    async def signed(self, client: dict[str, Any], product: dict[str, Any], **fields: Any) -> dict[str, Any]:
        wanted = self.order(client, product, **fields)
        return _created(await self.operations.post("/v1/dealings/subscriptions", json=wanted))

    async def paid(self, client: dict[str, Any], product: dict[str, Any], **fields: Any) -> dict[str, Any]:
        dealing = await self.signed(client, product, **fields)
        wanted = {"paid_on": dealing["applied_on"], "payer_account_name_matches": True}
        return _done(await self.operations.post(f"/v1/dealings/{dealing['id']}/pay", json=wanted))

    async def establish(self, product: dict[str, Any], on: str = "2026-03-02") -> dict[str, Any]:
        path = f"/v1/products/{product['id']}/establish"
        return _done(await self.operations.post(path, json={"established_on": on}))

    async def held(self, client: dict[str, Any], amount: str = "500000.00", **fields: Any) -> dict[str, Any]:
        """Return a confirmed subscription of a plan of its own, established today."""
        product = await self.product(**fields)
        dealing = await self.paid(client, product, amount=self.yuan(amount))
        today = dealing["applied_on"]
        await self.establish(product, today)
        return _done(await self.operations.get(f"/v1/dealings/{dealing['id']}"))


def _done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def desk(kit: ServiceKit, house: House) -> Desk:
    return Desk(kit, house)
