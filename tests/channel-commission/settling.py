"""What statements go through, by real routes: closed, confirmed, invoiced, approved."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.clock import business_date
from shared.testing.service import ServiceKit

#: The house's name until an installation enters its own.
HOUSE_NAME = "（机构名称待录入）"
#: Credit codes of the house (as its policy row says) and of every channel that invoices.
HOUSE, SELLER = "91350100M000100Y43", "9131000013221158XC"


class Settling:
    """The part of a market that settles; `Market` has the callers."""

    kit: ServiceKit
    staff: Any
    post: Any
    get: Any
    _numbers: Any

    async def close(self, period: str, *, status: int = 200) -> Any:
        return await self.post("finance", f"/v1/periods/{period}/close", status=status)

    async def establish(self, product_id: UUID, *, status: int = 200) -> Any:
        return await self.post("finance", f"/v1/establishments/{product_id}/close", status=status)

    async def statement(self, **query: Any) -> dict[str, Any]:
        (found,) = (await self.get("/v1/settlements", **query))["items"]
        return found  # type: ignore[no-any-return]  # JSON of one statement

    async def command(self, role: str, statement: Mapping[str, Any], name: str, body: Any = None, **more: Any) -> Any:
        return await self.post(role, f"/v1/settlements/{statement['id']}/{name}", body, **more)

    async def to_confirmed(self, statement: Mapping[str, Any]) -> None:
        """Check and send a statement, and let its channel confirm it."""
        await self.command("finance", statement, "check", {"digest": statement["digest"]})
        await self.command("channel_manager", statement, "send")
        channel = self.kit.channel(UUID(statement["channel_id"]), "commission.confirm")
        answer = await channel.post(f"/v1/settlements/{statement['id']}/confirm", json={"digest": statement["digest"]})
        assert answer.status_code == 200, answer.text

    async def invoice(self, statement: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """Return an invoice over all of a statement, as its channel issues it; its channel has a credit code."""
        now = await self.get(f"/v1/settlements/{statement['id']}")
        is_foreign = now["tax_status"] == "non_resident"
        if not is_foreign:
            await self._enter_code(statement["channel_id"])
        seller = {"kind": "foreign"} if is_foreign else {"kind": "special", "seller_uscc": SELLER}
        net, vat = (now["payable"], {"amount": "0.00"}) if is_foreign else (now["net"], now["vat"])
        day = business_date(self.kit.now).isoformat()
        buyer = {"buyer_name": HOUSE_NAME, "buyer_uscc": HOUSE}
        number = f"26312{next(self._numbers):015d}"
        return {**buyer, **seller, "number": number, "issued_on": day, "net": net, "vat": vat, **fields}

    async def _enter_code(self, channel_id: str) -> None:
        path, manager = f"/v1/channels/{channel_id}", self.staff("channel_manager")
        answer = await manager.get(path)
        if answer.json()["uscc"] is None:
            tag = {"If-Match": answer.headers["etag"]}
            assert (await manager.patch(path, json={"uscc": SELLER}, headers=tag)).status_code == 200

    async def to_invoiced(self, statement: Mapping[str, Any], *, who: str = "first") -> Any:
        """Record the invoice over a confirmed statement."""
        return await self.command("finance", statement, "record-invoice", await self.invoice(statement), who=who)

    async def to_approved(self, statement: Mapping[str, Any]) -> None:
        """Record the invoice over a confirmed statement and let a second person approve its payment."""
        await self.to_invoiced(statement)
        await self.command("finance", statement, "approve-payment", {"digest": statement["digest"]}, who="second")
