"""How likely a client is to leave, from complaints, contacts and outflow."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from oracle.berka import Book
from oracle.cfpb import Complaint
from oracle.service_class import CADENCE_DAYS, aum, flows, service_class
from oracle.uci import Interaction

HIGH_FROM, MEDIUM_FROM = 60, 30
CLEARING_DAYS = 14


@dataclass
class Facts:
    """What is known of one client; dates only, in Shanghai."""

    complaints: list[Complaint] = field(default_factory=list)
    reached_on: list[date] = field(default_factory=list)
    dealings: list[tuple[date, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Risk:
    """Level with its clearing time, level of the day alone, and the day's points by reason."""

    level: str
    level_of_day: str
    points: dict[str, int]


def points(facts: Facts, day: date, *, of_a_part: bool = False) -> dict[str, int]:
    """Return the points by reason on that day, from what had happened by its end.

    With `of_a_part` complaints count that were open at any hour of the day.

    Reasons for which the files hold no facts (root causes, maturities, changes of manager) are left out. A client
    never reached has no day to count silence from, and no points for it.
    """
    found = {**_complaint_points(facts, day, of_a_part=of_a_part), **_outflow_points(facts, day)}
    reached = [on for on in facts.reached_on if on <= day]
    if reached:
        cadence, silent = CADENCE_DAYS[service_class(aum(facts.dealings, day))], (day - max(reached)).days
        if silent > 2 * cadence:
            found["silence_over_2_cadences"] = 20
        elif silent > cadence:
            found["silence_over_1_cadence"] = 10
    return found


def _complaint_points(facts: Facts, day: date, *, of_a_part: bool) -> dict[str, int]:
    found = {}
    unanswered = [
        one for one in facts.complaints if one.is_open(day) or (of_a_part and one.was_open_for_a_part_of(day))
    ]
    if unanswered:
        found["open_complaint"] = 10
    if any(day > complaint.due_on for complaint in unanswered):
        found["overdue_complaint"] = 20
    since = day - timedelta(days=180)
    recent = sum(since < complaint.received_on <= day for complaint in facts.complaints)
    if recent >= 3:
        found["complaints_3_in_180_days"] = 25
    elif recent == 2:
        found["complaints_2_in_180_days"] = 15
    return found


def _outflow_points(facts: Facts, day: date) -> dict[str, int]:
    since = day - timedelta(days=90)
    opening = aum(facts.dealings, since)
    outflow = opening - aum(facts.dealings, day)
    if opening <= 0 or outflow <= 0:
        return {}
    # Percent by cross-multiplication: whole fen on both sides, nothing to round.
    if outflow * 100 >= opening * 60:
        return {"outflow_60_percent": 35}
    return {"outflow_30_percent": 20} if outflow * 100 >= opening * 30 else {}


def level_of_day(reasons: dict[str, int]) -> str:
    """Return the level of these points alone; an overdue complaint is HIGH whatever the sum."""
    score = sum(reasons.values())
    if score >= HIGH_FROM or "overdue_complaint" in reasons:
        return "HIGH"
    return "MEDIUM" if score >= MEDIUM_FROM else "LOW"


def assess(facts: Facts, now: date) -> Risk:
    """Return the risk on the day `now`.

    A client whose points fall below 30 keeps the level of the last day at or above it (the flag clears only after
    14 whole consecutive days below): so the last 14 days, `now` among them, decide, and no other memory is needed.
    """
    today = points(facts, now)
    level = level_of_day(today)
    for back in range(CLEARING_DAYS):
        if level != "LOW":
            break
        level = level_of_day(points(facts, now - timedelta(days=back), of_a_part=True))
    return Risk(level, level_of_day(today), today)


def facts_of(book: Book, interactions: list[Interaction], complaints: list[Complaint]) -> dict[int, Facts]:
    """Return the facts of every client of the book, also of those of whom nothing is known."""
    dealings = flows(book)
    grouped: dict[int, Facts] = defaultdict(Facts)
    for interaction in interactions:
        if interaction.reached:
            grouped[interaction.client_id].reached_on.append(interaction.started_at.date())
    for complaint in complaints:
        grouped[complaint.client_id].complaints.append(complaint)
    for client_id in book.client_ids:
        grouped[client_id].dealings = dealings.get(client_id, [])
    return dict(grouped)
