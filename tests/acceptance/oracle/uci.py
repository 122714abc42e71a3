"""The UCI telephone contacts as interactions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from oracle.berka import Refused, rows
from oracle.dates import NOW, moved, refusal

YEARS = 15
FIRST_YEAR = 2008
BACK_INTO_NEXT_YEAR = 5
CLIENT_PLACES = 5369
SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving since 1991
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Interaction:
    """A telephone contact; the external id is the row's number, from 1."""

    external_id: int
    client_id: int
    started_at: datetime
    duration_seconds: int
    reached: bool
    interested: bool
    campaign: int
    previous: int
    poutcome: str


def years_of(months: list[int]) -> list[int]:
    """Return the year of each row from the months in file order: one later where the month falls by more than five."""
    years, year, before = [], FIRST_YEAR, months[0] if months else 1
    for month in months:
        if before - month > BACK_INTO_NEXT_YEAR:
            year += 1
        years.append(year)
        before = month
    return years


def started_at(day: date, number: int) -> datetime:
    """Return 09:00 in Shanghai and (number mod 480) minutes on that day."""
    return datetime.combine(day, time(9), tzinfo=SHANGHAI) + timedelta(minutes=number % 480)


def read(data: Path, client_ids: list[int], now: date = NOW) -> tuple[list[Interaction], list[Refused]]:
    """Return the interactions and the refused rows; `client_ids` ascending."""
    contacts = rows(data / "uci-bank-marketing" / "bank-full.csv")
    months = [MONTH_NAMES.index(row["month"]) + 1 for row in contacts]
    found, refused = [], []
    for number, (row, year, month) in enumerate(zip(contacts, years_of(months), months, strict=True), start=1):
        day = moved(year, month, int(row["day"]), YEARS)
        reason = refusal(day, now)
        if reason or day is None:
            refused.append(Refused("bank-full", str(number), str(reason)))
            continue
        seconds = int(row["duration"])
        found.append(
            Interaction(
                external_id=number,
                client_id=client_ids[(number - 1) % CLIENT_PLACES],
                started_at=started_at(day, number),
                duration_seconds=seconds,
                reached=seconds > 0,
                interested=row["y"] == "yes",
                campaign=int(row["campaign"]),
                previous=int(row["previous"]),
                poutcome=row["poutcome"],
            )
        )
    return found, refused
