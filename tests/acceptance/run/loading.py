"""The files as items of the bulk endpoints, and their way in."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oracle.berka import Redemption, Subscription
from oracle.cfpb import Complaint
from oracle.reading import Reading
from oracle.uci import Interaction

from run import made_up
from run.bulk import Bulk
from run.house import FIRST_DAY, MANAGERS, House

Item = dict[str, Any]


@dataclass
class Loaded:
    """What went in.

    Attributes:
        clients: ids by the files' client id.
        statuses: how many items of each endpoint came out how.
        refused: endpoint, external id, code and text of the items that a service refused.
    """

    clients: dict[int, str] = field(default_factory=dict)
    statuses: dict[str, Counter[str]] = field(default_factory=dict)
    refused: list[tuple[str, str, str, str]] = field(default_factory=list)

    def note(self, what: str, bulk: Bulk) -> None:
        """Keep how an endpoint took its items."""
        self.statuses[what] = bulk.statuses
        self.refused += [(what, *refusal) for refusal in bulk.refused]


async def load_clients(house: House, reading: Reading, loaded: Loaded) -> None:
    """Register all clients, screened and active, each with a manager; then who acts for whom."""
    bulk = Bulk(house.staff["OP-01"], "/v1/clients/bulk", "berka")
    await bulk.send([_client(one.client_id, one.born_on, one.gender) for one in reading.book.clients])
    loaded.note("clients", bulk)
    loaded.clients = {int(external_id): id for external_id, id in bulk.ids.items()}
    agents = Bulk(house.staff["OP-01"], "/v1/client-relationships/bulk", "berka")
    await agents.send([_agent(owner, agent, loaded.clients) for owner, agent in reading.book.agents])
    loaded.note("agents", agents)


async def load_dealings(house: House, reading: Reading, loaded: Loaded) -> None:
    """Take over all subscriptions, then the redemptions."""
    bulk = Bulk(house.staff["OP-01"], "/v1/dealings/bulk", "berka")
    await bulk.send([_subscription(one, house, loaded.clients) for one in reading.book.subscriptions])
    loaded.note("subscriptions", bulk)
    redemptions = Bulk(house.staff["OP-01"], "/v1/dealings/bulk", "berka")
    await redemptions.send([_redemption(one) for one in reading.book.redemptions])
    loaded.note("redemptions", redemptions)


async def load_contacts(house: House, reading: Reading, loaded: Loaded) -> None:
    """Take in all telephone contacts."""
    bulk = Bulk(house.staff["OP-01"], "/v1/interactions/bulk", "uci")
    await bulk.send([_contact(one, loaded.clients) for one in reading.interactions])
    loaded.note("contacts", bulk)


async def load_complaints(house: House, reading: Reading, loaded: Loaded) -> None:
    """Take in all complaints."""
    bulk = Bulk(house.staff["OP-01"], "/v1/complaints/bulk", "cfpb")
    await bulk.send([_complaint(one, house, loaded.clients) for one in reading.complaints])
    loaded.note("complaints", bulk)


def _client(client_id: int, born_on: date, gender: str) -> Item:
    return {
        "external_id": str(client_id),
        "kind": "person",
        "name": made_up.name(client_id),
        "document_kind": "resident_id",
        "document_number": made_up.resident_id(client_id, born_on, gender),
        "phones": [made_up.phone(client_id)],
        "manager_number": MANAGERS[client_id % len(MANAGERS)],
        "screening": {"result": "clear", "list_version": "acceptance run"},
        "activate": True,
    }


def _agent(owner: int, agent: int, clients: dict[int, str]) -> Item:
    return {
        "external_id": f"{owner}-{agent}",
        "client_id": clients[owner],
        "other_client_id": clients[agent],
        "kind": "authorized_agent",
        "started_on": FIRST_DAY,
    }


def _subscription(deal: Subscription, house: House, clients: dict[int, str]) -> Item:
    return {
        "external_id": deal.confirmation_number,
        "kind": "subscription",
        "client_id": clients[deal.client_id],
        "product_id": house.products[deal.product],
        "channel_id": house.channels[deal.channel_id],
        "amount": money(deal.amount_fen),
        "confirmed_on": deal.business_date.isoformat(),
    }


def _redemption(redemption: Redemption) -> Item:
    return {
        "external_id": redemption.confirmation_number,
        "kind": "redemption",
        "original_external_id": redemption.subscription.confirmation_number,
        "amount": money(redemption.subscription.amount_fen),
        "confirmed_on": redemption.business_date.isoformat(),
    }


def _contact(contact: Interaction, clients: dict[int, str]) -> Item:
    attributes = {"campaign": contact.campaign, "previous": contact.previous, "poutcome": contact.poutcome}
    item = {
        "external_id": str(contact.external_id),
        "client_id": clients[contact.client_id],
        "kind": "call",
        "direction": "outbound",
        "started_at": contact.started_at.isoformat(),
        "duration_seconds": contact.duration_seconds,
        "is_reached": contact.reached,
        "attributes": attributes,
    }
    return {**item, "outcome": "interested"} if contact.interested else item


def _complaint(complaint: Complaint, house: House, clients: dict[int, str]) -> Item:
    item: Item = {
        "external_id": str(complaint.external_id),
        "received_on": complaint.received_on.isoformat(),
        "client_id": clients[complaint.client_id],
        "channel_id": house.channels[complaint.channel_id],
        "product_class": complaint.product_class,
        "reason_text": complaint.reason,
        "review_requested": complaint.review_requested,
    }
    if complaint.informed_on is not None:
        item["informed_on"] = complaint.informed_on.isoformat()
    if complaint.compensation_fen:
        item["compensation"] = money(complaint.compensation_fen)
    return item


def money(fen: int) -> dict[str, str]:
    """Return an amount as the API takes it."""
    return {"amount": f"{fen // 100}.{fen % 100:02d}", "currency": "CNY"}
