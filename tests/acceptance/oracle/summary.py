"""The totals of the acceptance run: `python tests/acceptance/oracle/summary.py --data DIR` prints them."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, the package is not on the path

from oracle.berka import PRODUCTS
from oracle.commission import Statement, entries, half_up, statements
from oracle.dates import MONTHS
from oracle.reading import Reading, read


def totals(reading: Reading) -> dict[str, int]:
    """Return every total by its name; amounts in fen, names sorted within their group."""
    return {
        **_berka_totals(reading),
        **_contact_totals(reading),
        **_complaint_totals(reading),
        **_client_totals(reading),
        **_fee_totals(reading),
        **_counted("refused", (f"{refused.file}.{refused.reason}" for refused in reading.refused)),
    }


def _counted(group: str, names: Iterable[str]) -> dict[str, int]:
    return {f"{group}.{name}": count for name, count in sorted(Counter(names).items())}


def _berka_totals(reading: Reading) -> dict[str, int]:
    book = reading.book
    return {
        "clients": len(book.clients),
        **_counted("clients.gender", (client.gender for client in book.clients)),
        "clients.owners": len(set(book.owners.values())),
        "agents": len(book.agents),
        "channels": len(book.channels),
        "channels.with_dealings": len({deal.channel_id for deal in book.subscriptions}),
        "subscriptions": len(book.subscriptions),
        **_counted("subscriptions", (deal.product for deal in book.subscriptions)),
        "subscriptions.fen": sum(deal.amount_fen for deal in book.subscriptions),
        "redemptions": len(book.redemptions),
        **_counted("redemptions", (it.subscription.product for it in book.redemptions)),
        "redemptions.fen": sum(it.subscription.amount_fen for it in book.redemptions),
        "loans.not_finished": book.unfinished_loans,
    }


def _contact_totals(reading: Reading) -> dict[str, int]:
    return {
        "contacts": len(reading.interactions),
        "contacts.reached": sum(it.reached for it in reading.interactions),
        "contacts.interested": sum(it.interested for it in reading.interactions),
        "contacts.seconds": sum(it.duration_seconds for it in reading.interactions),
        **_counted("contacts.poutcome", (it.poutcome for it in reading.interactions)),
        **_counted("contacts.year", (str(it.started_at.year) for it in reading.interactions)),
    }


def _complaint_totals(reading: Reading) -> dict[str, int]:
    complaints, now = reading.complaints, reading.now
    informed = [it for it in complaints if it.informed_on is not None]
    in_time = sum(it.was_in_time() for it in informed)
    return {
        "complaints": len(complaints),
        "complaints.open": sum(it.is_open(now) for it in complaints),
        "complaints.overdue": sum(it.is_overdue(now) for it in complaints),
        "complaints.informed": len(informed),
        "complaints.informed_in_time": in_time,
        "complaints.informed_late": len(informed) - in_time,
        "complaints.in_time_per_10000": half_up(Fraction(in_time * 10_000, len(informed) or 1)),
        "complaints.review_requested": sum(it.review_requested for it in complaints),
        "complaints.compensated": sum(it.compensation_fen > 0 for it in complaints),
        "complaints.compensation_fen": sum(it.compensation_fen for it in complaints),
        "complaints.product_classes": len({it.product_class for it in complaints}),
        "complaints.reasons": len({it.reason for it in complaints}),
        "complaints.channels": len({it.channel_id for it in complaints}),
        "complaints.clients": len({it.client_id for it in complaints}),
    }


def _client_totals(reading: Reading) -> dict[str, int]:
    pictures = list(reading.pictures.values())
    return {
        **_counted("service_class", (picture.service_class for picture in pictures)),
        "aum.fen": sum(picture.aum_fen for picture in pictures),
        **_counted("risk", (picture.risk.level for picture in pictures)),
        "risk.kept_by_clearing_time": sum(it.risk.level != it.risk.level_of_day for it in pictures),
        **_counted("risk.reason", (reason for picture in pictures for reason in picture.risk.points)),
    }


def _fee_totals(reading: Reading) -> dict[str, int]:
    all_entries, found = entries(reading.book), statements(reading.book)
    closed = set(MONTHS)
    fees = {f"fees.{product}.fen": 0 for product in PRODUCTS}
    for entry in all_entries:
        if entry.kind == "accrual":
            fees[f"fees.{entry.product}.fen"] += entry.amount_fen
    return {
        **fees,
        **_counted("entries", (entry.kind for entry in all_entries)),
        "statements": len(found),
        "statements.with_entries": len({(it.channel_id, it.month) for it in all_entries if it.month in closed}),
        "statements.carried_below_zero": sum(it.carried < 0 for it in found),
        "statements.accrued_fen": sum(it.accrued for it in found),
        "statements.clawed_back_fen": sum(it.clawed_back for it in found),
        "statements.payable_fen": sum(it.payable for it in found),
        "statements.carried_at_end_fen": sum(it.carried for it in found if it.month == MONTHS[-1]),
        "open_months.entries": sum(entry.month not in closed for entry in all_entries),
        "open_months.fen": sum(entry.amount_fen for entry in all_entries if entry.month not in closed),
    }


def totals_text(found: dict[str, int]) -> str:
    """Return the totals, one a line."""
    width = max(map(len, found))
    return "\n".join(f"{name:<{width}} {value:>16,}" for name, value in found.items())


def statements_text(found: list[Statement]) -> str:
    """Return the statements in which anything happens, one a line, amounts in fen, and the sum of each channel."""
    lines = ["channel month    opening  accrued  clawed_back  payable  carried"]
    for channel_id in sorted({it.channel_id for it in found}):
        own = [it for it in found if it.channel_id == channel_id]
        for it in own:
            if it.opening or it.accrued or it.clawed_back:
                lines.append(
                    f"{channel_id} {it.month} {it.opening} {it.accrued} {it.clawed_back} {it.payable} {it.carried}"
                )
        lines.append(
            f"{channel_id} all 0 {sum(it.accrued for it in own)} {sum(it.clawed_back for it in own)} "
            f"{sum(it.payable for it in own)} {own[-1].carried}"
        )
    return "\n".join(lines)


def main() -> None:
    """Print all totals and statements of a data folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with berka, cfpb and uci-bank-marketing")
    reading = read(parser.parse_args().data)
    print(totals_text(totals(reading)))
    print()
    print(statements_text(statements(reading.book)))


if __name__ == "__main__":
    main()
