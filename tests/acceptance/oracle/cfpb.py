"""The CFPB complaints as cases with their legal clock."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from oracle.berka import Refused, rows
from oracle.dates import NOW, moved, refusal

YEARS = 9
CLIENT_STEP, CLIENT_PLACES = 7, 1500
CHANNELS = 77
DUE_DAYS = 15
INFORMED_DAYS = {"Yes": 10, "No": 20}
STILL_OPEN = "In progress"
PAID = "Closed with monetary relief"
COMPENSATION_FEN = 100_00


@dataclass(frozen=True)
class Complaint:
    """A case of ordinary level; the external id is the row's number, from 1. A review request opens no case again."""

    external_id: int
    client_id: int
    channel_id: int
    product_class: str
    reason: str
    received_on: date
    due_on: date
    informed_on: date | None
    compensation_fen: int
    review_requested: bool

    def is_open(self, day: date) -> bool:
        """Whether it is received and the complainant not yet informed on that day; informing ends it the same day."""
        return self.received_on <= day and (self.informed_on is None or day < self.informed_on)

    def was_open_for_a_part_of(self, day: date) -> bool:
        """Whether it was open at any hour of that day."""
        return self.received_on <= day and (self.informed_on is None or day <= self.informed_on)

    def is_overdue(self, day: date) -> bool:
        """Whether it is open past its due date on that day; the due date itself is in time."""
        return self.is_open(day) and day > self.due_on

    def was_in_time(self) -> bool:
        """Whether the complainant was informed, and no later than the due date."""
        return self.informed_on is not None and self.informed_on <= self.due_on


def client_place(number: int) -> int:
    """Return the place, from 0, of the complaining client among the ascending client ids."""
    return CLIENT_STEP * (number - 1) % CLIENT_PLACES


def channel_of(number: int) -> int:
    """Return the channel complained about: the districts 1 to 77 in turn."""
    return (number - 1) % CHANNELS + 1


def read(data: Path, client_ids: list[int], now: date = NOW) -> tuple[list[Complaint], list[Refused]]:
    """Return the complaints and the refused rows; `client_ids` ascending."""
    found, refused = [], []
    for number, row in enumerate(rows(data / "cfpb" / "complaints.csv"), start=1):
        month, day, year = (int(part) for part in row["Date received"].split("/"))
        received_on = moved(year, month, day, YEARS)
        reason = refusal(received_on, now)
        if reason or received_on is None:
            refused.append(Refused("complaints", str(number), str(reason)))
        else:
            found.append(_complaint(number, row, client_ids[client_place(number)], received_on, now))
    return found, refused


def _complaint(number: int, row: dict[str, str], client_id: int, received_on: date, now: date) -> Complaint:
    response = row["Company response to consumer"]
    informed_on: date | None = received_on + timedelta(days=INFORMED_DAYS[row["Timely response?"]])
    if response == STILL_OPEN or (informed_on and informed_on > now):
        informed_on = None
    # Compensation and review belong to a decision: as long as nobody is informed of one, there is none.
    decided = informed_on is not None
    return Complaint(
        external_id=number,
        client_id=client_id,
        channel_id=channel_of(number),
        product_class=row["Product"],
        reason=row["Issue"],
        received_on=received_on,
        due_on=received_on + timedelta(days=DUE_DAYS),
        informed_on=informed_on,
        compensation_fen=COMPENSATION_FEN if decided and response == PAID else 0,
        review_requested=decided and row["Consumer disputed?"] == "Yes",
    )
