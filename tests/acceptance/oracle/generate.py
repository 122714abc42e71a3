"""Made-up data of the same shape and size as the real files, the same for the same seed.

Beside what the real files hold it has what they lack: amounts whose fees need rounding, clients of every
service class, dates that do not exist once moved, complaints after the run's "now".
"""

import argparse
import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 20260331
CLIENTS, ACCOUNTS, ORDERS, LOANS, CARDS, DISTRICTS = 5369, 4500, 6471, 682, 892, 77
ACCOUNTS_WITH_ORDERS, FINISHED_LOANS, FIRST_ORDER_ID = 3758, 234, 29401
COMPLAINTS, CONTACTS = 2000, 45211
SYMBOLS, SYMBOL_WEIGHTS = ("SIPO", "", "UVER", "POJISTNE", "LEASING"), (54, 21, 11, 8, 6)
# The months of the contacts in file order, September 2008 missing as in the real file.
CONTACT_MONTHS = [(year, month) for year in (2008, 2009, 2010) for month in range(1, 13)]
CONTACT_MONTHS = [it for it in CONTACT_MONTHS if (2008, 5) <= it <= (2010, 11) and it != (2008, 9)]
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PRODUCTS = ("Mortgage", "Credit reporting", "Debt collection", "Credit card", "Bank account or service")
RESPONSES, RESPONSE_WEIGHTS = (
    ("Closed with explanation", "Closed with non-monetary relief", "Closed with monetary relief", "In progress"),
    (80, 11, 8, 1),
)
BERKA_COLUMNS = {
    "account": ["account_id", "district_id", "frequency", "date"],
    "card": ["card_id", "disp_id", "type", "issued"],
    "client": ["client_id", "gender", "birth_date", "district_id"],
    "disp": ["disp_id", "client_id", "account_id", "type"],
    "district": ["district_id", *(f"A{number}" for number in range(2, 17))],
    "loan": ["loan_id", "account_id", "date", "amount", "duration", "payments", "status"],
    "order": ["order_id", "account_id", "bank_to", "account_to", "amount", "k_symbol"],
}
COMPLAINT_COLUMNS = [
    *("Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Company", "State", "ZIP code"),
    *("Consumer consent provided?", "Submitted via", "Date sent to company", "Company response to consumer"),
    *("Timely response?", "Consumer disputed?"),
]
CONTACT_COLUMNS = [
    *("id", "age", "job", "marital", "education", "default", "balance", "housing", "loan", "contact", "day", "month"),
    *("duration", "campaign", "pdays", "previous", "poutcome", "y"),
]

Row = list[object]


def write(folder: Path, seed: int = SEED) -> Path:
    """Write all files below `folder` and return it."""
    for name, found in berka(Random(seed)).items():
        _save(folder / "berka" / f"{name}.csv", BERKA_COLUMNS[name], found)
    _save(folder / "cfpb" / "complaints.csv", COMPLAINT_COLUMNS, complaints(Random(seed + 1)))
    _save(folder / "uci-bank-marketing" / "bank-full.csv", CONTACT_COLUMNS, contacts(Random(seed + 2)))
    return folder


def _save(path: Path, columns: list[str], found: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC if path.parent.name == "berka" else csv.QUOTE_MINIMAL)
        writer.writerow(columns)
        writer.writerows(found)


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days + 1))


def berka(random: Random) -> dict[str, list[Row]]:
    """Return the rows of the seven files by name."""
    client_ids = sorted(random.sample(range(1, 13999), CLIENTS))
    account_ids = sorted(random.sample(range(1, 11383), ACCOUNTS))
    opened = {it: _day(random, date(1993, 1, 1), date(1997, 12, 29)) for it in account_ids}
    return {
        "district": [
            [it, f"District {it}", "region", *[random.randrange(1000)] * 13] for it in range(1, DISTRICTS + 1)
        ],
        "client": [
            [it, random.choice("FM"), _day(random, date(1911, 8, 20), date(1987, 9, 27)), _district(random)]
            for it in client_ids
        ],
        "account": [[it, _district(random), "POPLATEK MESICNE", opened[it]] for it in account_ids],
        "disp": _dispositions(random, client_ids, account_ids),
        "order": _orders(random, account_ids),
        "loan": _loans(random, opened),
        "card": [
            [it, random.randrange(1, CLIENTS), "classic", _day(random, date(1993, 11, 7), date(1998, 12, 29))]
            for it in range(1, CARDS + 1)
        ],
    }


def _district(random: Random) -> int:
    """Return a district; the first holds an eighth of all, so that its months reach the upper tiers."""
    return 1 if random.random() < 0.125 else random.randrange(1, DISTRICTS + 1)


def _dispositions(random: Random, client_ids: list[int], account_ids: list[int]) -> list[Row]:
    shared, ids, found = set(random.sample(account_ids, CLIENTS - ACCOUNTS)), iter(client_ids), list[Row]()
    for account_id in account_ids:
        for kind in ("OWNER", "DISPONENT") if account_id in shared else ("OWNER",):
            found.append([len(found) + 1, next(ids), account_id, kind])
    return found


def _orders(random: Random, account_ids: list[int]) -> list[Row]:
    chosen = random.sample(account_ids, ACCOUNTS_WITH_ORDERS)
    owners = sorted(chosen + random.choices(chosen, k=ORDERS - ACCOUNTS_WITH_ORDERS))
    found = list[Row]()
    for order_id, account_id in enumerate(owners, start=FIRST_ORDER_ID):
        # One in fifty is large enough for the service classes B and A; two decimals make fees that need rounding.
        cents = random.randrange(100, 1_500_000) * (10 if random.random() < 0.02 else 1)
        symbol = random.choices(SYMBOLS, SYMBOL_WEIGHTS)[0]
        found.append([order_id, account_id, "ST", random.randrange(10**8), cents / 100, symbol])
    return found


def _loans(random: Random, opened: dict[int, date]) -> list[Row]:
    found = list[Row]()
    for number, account_id in enumerate(sorted(random.sample(sorted(opened), LOANS))):
        # A few begin more than a year before their account, so that a redemption would precede its subscription.
        first = opened[account_id] - timedelta(days=450)
        granted_on = _day(random, first, min(first + timedelta(days=1100), date(1998, 12, 8)))
        status = random.choice("AAAB") if number < FINISHED_LOANS else random.choice("CCCD")
        duration = random.choice((12, 24, 36, 48, 60))
        found.append([4959 + number, account_id, granted_on, 1000 * duration, duration, 1000.0, status])
    return found


def complaints(random: Random) -> list[Row]:
    """Return complaints of June 2013 to April 2017, most of them late: the last ones lie after "now" once moved."""
    found = list[Row]()
    for number in range(COMPLAINTS):
        first = date(2013, 6, 4) if random.random() < 0.4 else date(2016, 11, 1)
        on = date(2016, 2, 29) if number % 500 == 0 else _day(random, first, date(2017, 4, 10))
        day = f"{on.month}/{on.day}/{on.year}"
        what = [random.choice(PRODUCTS), "", f"Issue {random.randrange(75)}", "", "Company", "CA", "90001", "N/A"]
        response = random.choices(RESPONSES, RESPONSE_WEIGHTS)[0]
        timely, disputed = "No" if random.random() < 0.025 else "Yes", random.choice(("Yes", "No", "No", "No", ""))
        found.append([day, *what, random.choice(("Web", "Phone", "Referral")), day, response, timely, disputed])
    return found


def contacts(random: Random) -> list[Row]:
    """Return contacts in the order of their months; February 29 of 2010 does not exist once moved."""
    lengths = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    found = list[Row]()
    for number in range(CONTACTS):
        _, month = CONTACT_MONTHS[number * len(CONTACT_MONTHS) // CONTACTS]
        day = random.randrange(1, lengths.get(month, 31) + 1)
        seconds = 0 if random.random() < 0.01 else random.randrange(1, 2000)
        outcome = random.choice(("unknown", "unknown", "unknown", "failure", "other", "success"))
        previous = 0 if outcome == "unknown" else random.randrange(1, 10)
        person = [random.randrange(18, 95), "management", "married", "tertiary", "no", random.randrange(9999), "yes"]
        call = ["no", "cellular", day, MONTH_NAMES[month - 1], seconds, random.randrange(1, 20), -1, previous, outcome]
        found.append([number + 1, *person, *call, "yes" if random.random() < 0.117 else "no"])
    return found


def main() -> None:
    """Write generated data into a folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    wanted = parser.parse_args()
    print(write(wanted.folder, wanted.seed))


if __name__ == "__main__":
    main()
