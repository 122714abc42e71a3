"""All three data sets read once, and what is known of each client on the run's "now"."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from oracle import berka, cfpb, risk, service_class, uci
from oracle.berka import Book, Refused
from oracle.cfpb import Complaint
from oracle.dates import NOW
from oracle.risk import Risk
from oracle.uci import Interaction


@dataclass(frozen=True)
class Picture:
    """A client on the day `now`; amounts in fen, dates in Shanghai."""

    aum_fen: int
    service_class: str
    contacts: int
    reached: int
    last_reached_on: date | None
    complaints: int
    open_complaints: int
    risk: Risk


@dataclass(frozen=True)
class Reading:
    """What an independent reader finds in the files on the day `now`."""

    now: date
    book: Book
    interactions: list[Interaction]
    complaints: list[Complaint]
    refused: list[Refused]
    pictures: dict[int, Picture]


def read(data: Path, now: date = NOW) -> Reading:
    """Return the reading of the folder that holds `berka`, `cfpb` and `uci-bank-marketing`."""
    book = berka.read(data, now)
    interactions, no_contacts = uci.read(data, book.client_ids, now)
    complaints, no_complaints = cfpb.read(data, book.client_ids, now)
    facts = risk.facts_of(book, interactions, complaints)
    contacts = Counter(interaction.client_id for interaction in interactions)
    pictures = {client_id: _picture(facts[client_id], contacts[client_id], now) for client_id in book.client_ids}
    return Reading(now, book, interactions, complaints, book.refused + no_contacts + no_complaints, pictures)


def _picture(facts: risk.Facts, contacts: int, now: date) -> Picture:
    held = service_class.aum(facts.dealings, now)
    return Picture(
        aum_fen=held,
        service_class=service_class.service_class(held),
        contacts=contacts,
        reached=len(facts.reached_on),
        last_reached_on=max(facts.reached_on, default=None),
        complaints=len(facts.complaints),
        open_complaints=sum(complaint.is_open(now) for complaint in facts.complaints),
        risk=risk.assess(facts, now),
    )
