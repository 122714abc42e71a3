"""The Berka files as clients, channels, agents, subscriptions and redemptions."""

import csv
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from oracle.dates import NOW, add_months, moved_iso, refusal

YEARS = 28
FEN_PER_UNIT = 100 * 100  # an order amount of 1 stands for 100 CNY
NO_SYMBOL = "NONE"
PRODUCTS = {"SIPO": "R1", "UVER": "R2", "POJISTNE": "R3", "LEASING": "R4", NO_SYMBOL: "R2"}
FINISHED = {"A", "B"}
NO_ORDER = "no_order"
BEFORE_SUBSCRIPTION = "before_subscription"


@dataclass(frozen=True)
class Client:
    """A person; the birth date is the file's own and is not moved."""

    client_id: int
    gender: str
    born_on: date


@dataclass(frozen=True)
class Subscription:
    """An order, dated by its account's opening; the channel is the account's district."""

    confirmation_number: str
    order_id: int
    account_id: int
    client_id: int
    channel_id: int
    product: str
    business_date: date
    amount_fen: int


@dataclass(frozen=True)
class Redemption:
    """A finished loan: the whole of one subscription is redeemed."""

    confirmation_number: str
    subscription: Subscription
    business_date: date


@dataclass(frozen=True)
class Refused:
    """A row of a file that is not taken over, and why."""

    file: str
    row: str
    reason: str


@dataclass
class Book:
    """All that the Berka files say; `agents` are pairs of owner and authorized agent."""

    clients: list[Client] = field(default_factory=list)
    channels: dict[int, str] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    agents: list[tuple[int, int]] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)
    unfinished_loans: int = 0
    refused: list[Refused] = field(default_factory=list)

    @property
    def client_ids(self) -> list[int]:
        """The client ids in ascending order: places in it begin at 0."""
        return sorted(client.client_id for client in self.clients)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file in file order."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def fen(amount: str) -> int:
    """Return an order amount in fen of CNY; raises ValueError if it is not a whole number of fen."""
    exact = Decimal(amount) * FEN_PER_UNIT
    if exact != exact.to_integral_value():
        raise ValueError(f"not a whole number of fen: {amount}")
    return int(exact)


def read(data: Path, now: date = NOW) -> Book:
    """Return the book of the files in `data`/berka as they read on the day `now`."""
    folder, book = data / "berka", Book()
    book.channels = {int(row["district_id"]): row["A2"] for row in rows(folder / "district.csv")}
    for row in rows(folder / "client.csv"):
        book.clients.append(Client(int(row["client_id"]), row["gender"], date.fromisoformat(row["birth_date"])))
    _read_dispositions(folder, book)
    accounts = {int(row["account_id"]): row for row in rows(folder / "account.csv")}
    for row in rows(folder / "order.csv"):
        _read_order(row, accounts[int(row["account_id"])], book, now)
    first: dict[int, Subscription] = {}
    for subscription in sorted(book.subscriptions, key=lambda it: it.order_id):
        first.setdefault(subscription.account_id, subscription)
    for row in rows(folder / "loan.csv"):
        _read_loan(row, first.get(int(row["account_id"])), book, now)
    return book


def _read_dispositions(folder: Path, book: Book) -> None:
    dispositions = rows(folder / "disp.csv")
    for row in dispositions:
        if row["type"] == "OWNER":
            book.owners[int(row["account_id"])] = int(row["client_id"])
    for row in dispositions:
        if row["type"] == "DISPONENT":
            book.agents.append((book.owners[int(row["account_id"])], int(row["client_id"])))


def _read_order(row: dict[str, str], account: dict[str, str], book: Book, now: date) -> None:
    business_date = moved_iso(account["date"], YEARS)
    reason = refusal(business_date, now)
    if reason or business_date is None:
        book.refused.append(Refused("order", row["order_id"], str(reason)))
        return
    product = row["k_symbol"].strip() or NO_SYMBOL
    if product not in PRODUCTS:
        raise ValueError(f"unknown k_symbol in order {row['order_id']}: {product}")
    book.subscriptions.append(
        Subscription(
            confirmation_number=f"B-{row['order_id']}",
            order_id=int(row["order_id"]),
            account_id=int(row["account_id"]),
            client_id=book.owners[int(row["account_id"])],
            channel_id=int(account["district_id"]),
            product=product,
            business_date=business_date,
            amount_fen=fen(row["amount"]),
        )
    )


def _read_loan(row: dict[str, str], subscription: Subscription | None, book: Book, now: date) -> None:
    if row["status"] not in FINISHED:
        book.unfinished_loans += 1
        return
    granted_on = moved_iso(row["date"], YEARS)
    redeemed_on = add_months(granted_on, int(row["duration"])) if granted_on else None
    reason = NO_ORDER if subscription is None else refusal(redeemed_on, now)
    if subscription and redeemed_on and redeemed_on < subscription.business_date:
        reason = BEFORE_SUBSCRIPTION
    if reason or subscription is None or redeemed_on is None:
        book.refused.append(Refused("loan", row["loan_id"], str(reason)))
    else:
        book.redemptions.append(Redemption(f"L-{row['loan_id']}", subscription, redeemed_on))
