"""What the system said, as the same tables as `expected`: the files' own ids instead of the services'."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle.commission import RATES
from oracle.uci import SHANGHAI

from run.house import House
from run.loading import Loaded
from run.outcome import Json, Outcome

Table = Mapping[Any, tuple[Any, ...]]


@dataclass(frozen=True)
class Found:
    """The outcome and the files' ids by the services'."""

    outcome: Outcome
    client_of: Mapping[str, int]
    channel_of: Mapping[str, int]
    product_of: Mapping[str, str]
    confirmation_of: Mapping[str, str]

    @classmethod
    def of(cls, outcome: Outcome, house: House, loaded: Loaded) -> "Found":
        """Return the outcome with the ids that the house and the loading gave."""
        return cls(
            outcome=outcome,
            client_of={id: client_id for client_id, id in loaded.clients.items()},
            channel_of={id: district for district, id in house.channels.items()},
            product_of={id: code for code, id in house.products.items()},
            confirmation_of={one["id"]: one["confirmation_number"] for one in outcome.dealings},
        )

    def clients(self) -> Table:
        """Return status, sex and birth year by client."""
        return {
            self.client_of[one["id"]]: (one["status"], one["sex"], one["birth_year"]) for one in self.outcome.clients
        }

    def agents(self) -> Table:
        """Return the kind of relationship by owner and agent."""
        return {
            (owner, self.client_of[one["other_client_id"]]): (one["kind"],)
            for owner, found in self.outcome.relationships.items()
            for one in found
        }

    def dealings(self) -> Table:
        """Return kind, client, product, channel, amount, day and original by confirmation number."""
        return {
            one["confirmation_number"]: (
                *(one["kind"], self.client_of[one["client_id"]], self.product_of[one["product_id"]]),
                *(self.channel_of[one["channel_id"]], fen(one["amount"]), one["confirmed_on"]),
                self.confirmation_of.get(one["original_dealing_id"]),
            )
            for one in self.outcome.dealings
        }

    def classes(self) -> dict[int, str]:
        """Return the service class by client."""
        return {self.client_of[one["id"]]: one["service_class"] for one in self.outcome.clients}

    def contacts(self) -> Table:
        """Return contacts, reached, interested, seconds and the last day reached by client, as the database sums up."""
        return {self.client_of[client_id]: tuple(sums) for client_id, *sums in self.outcome.contact_sums}

    def listed_contacts(self) -> Table:
        """Return the same of the clients whose contacts were listed."""
        return {client_id: _contacts(found) for client_id, found in self.outcome.contacts.items()}

    def complaints(self) -> Table:
        """Return what a case is about, then its clock, then its outcome, by row number."""
        return {
            one["external_id"]: (
                *(self.client_of[one["client_id"]], self.channel_of[one["channel_id"]]),
                *(one["product_class"], one["reason_text"]),
                *(one["received_on"], one["due_on"], one["informed_on"]),
                *(one["is_in_time"], one["is_open"], one["is_overdue"]),
                *(0 if one["compensation"] is None else fen(one["compensation"]), one["review_requested"]),
            )
            for one in self.outcome.complaints
        }

    def risk(self) -> Table:
        """Return level, score and reasons by client."""
        return {
            self.client_of[one["client_id"]]: (one["level"], one["score"], tuple(sorted(one["reasons"])))
            for one in self.outcome.risk
        }

    def fees(self) -> Table:
        """Return channel, product, month and amount of each entry by confirmation number, without tiered products."""
        found: dict[str, tuple[Any, ...]] = {}
        for one in self.outcome.accruals:
            number = self.confirmation_of[one["dealing_id"]]
            if self.product_of[one["product_id"]] in RATES:
                assert number not in found, f"{number} has two entries"
                found[number] = (*self._place(one), fen(one["amount"]))
        return found

    def tiered_fees(self) -> Table:
        """Return volume and fee by channel, product and month of the products with tiers."""
        sums: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for one in self.outcome.accruals:
            if self.product_of[one["product_id"]] not in RATES:
                volume, fee = sums[self._place(one)]
                sums[self._place(one)] = (volume + fen(one["base"]), fee + fen(one["amount"]))
        return dict(sums)

    def settlements(self) -> Table:
        """Return opening, net, payable and carried by channel and month."""
        return {
            (self.channel_of[one["channel_id"]], one["period"]): (
                *(fen(one["opening"]), fen(one["entries_total"])),
                *(fen(one["payable"]), fen(one["carried"])),
            )
            for one in self.outcome.statements
        }

    def _place(self, entry: Json) -> tuple[int, str, str]:
        return self.channel_of[entry["channel_id"]], self.product_of[entry["product_id"]], entry["booked_period"]


def fen(money: Json) -> int:
    """Return an amount of the API in whole fen."""
    assert money["currency"] == "CNY"
    return int(Decimal(money["amount"]) * 100)


def _contacts(found: list[Json]) -> tuple[Any, ...]:
    reached = [one for one in found if one["is_reached"]]
    days = [datetime.fromisoformat(one["started_at"]).astimezone(SHANGHAI).date().isoformat() for one in reached]
    interested = sum(one["outcome"] == "interested" for one in found)
    seconds = sum(one["duration_seconds"] for one in found)
    return len(found), len(reached), interested, seconds, max(days, default=None)


def differences(expected: Mapping[Any, Any], found: Mapping[Any, Any], *, most: int = 10) -> list[str]:
    """Return one line for each key where the two tables differ, at most `most` and then how many more."""
    lines = [
        f"{key}: expected {expected.get(key)}, found {found.get(key)}"
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(key) != found.get(key)
    ]
    return lines if len(lines) <= most else [*lines[:most], f"… and {len(lines) - most} more"]
