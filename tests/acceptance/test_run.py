"""The three data sets through the whole system, compared with what the independent reading finds in the same files.

One run for all tests of this file: the system starts on the reading's "now", takes everything in through the gateway's
bulk endpoints, closes all 60 months, and is read back; the tests compare.
"""

from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
import pytest_asyncio
from oracle import reports as counted
from oracle.dates import MONTHS
from oracle.reading import Reading
from run import expected, reports, summary
from run.found import differences, fen
from run.system import forget_data
from run.whole import Run
from run.whole import run as run_all

pytestmark = [pytest.mark.acceptance, pytest.mark.kafka, pytest.mark.timeout(1800)]


@pytest_asyncio.fixture(scope="module")
async def run(
    reading: Reading, tmp_path_factory: pytest.TempPathFactory, tell: Callable[..., None]
) -> AsyncIterator[Run]:
    folder = tmp_path_factory.mktemp("system")
    try:
        found = await run_all(reading, folder)
    finally:
        forget_data(folder)
    tell("acceptance: the data sets through the whole system", summary.text(found, reading))
    yield found


def test_no_item_is_refused_by_a_service(run: Run) -> None:
    assert run.loaded.refused == []
    # Nothing was there before; "unchanged" is an item of a call that was sent again.
    assert {status for statuses in run.loaded.statuses.values() for status in statuses} <= {"created", "unchanged"}


def test_every_row_of_the_files_is_taken_in_or_refused_with_its_reason(run: Run, reading: Reading) -> None:
    sent = {what: sum(statuses.values()) for what, statuses in run.loaded.statuses.items()}
    refused = [it.file for it in reading.refused]
    book = reading.book

    assert sent == {
        "clients": 5369,
        "agents": 869,
        "subscriptions": 6471 - refused.count("order"),
        "redemptions": 682 - book.unfinished_loans - refused.count("loan"),
        "contacts": 45211 - refused.count("bank-full"),
        "complaints": 2000 - refused.count("complaints"),
    }


def test_every_client_is_there_and_active(run: Run, reading: Reading) -> None:
    assert differences(expected.clients(reading), run.found.clients()) == []


def test_authorized_agents_are_related_to_their_owners(run: Run, reading: Reading) -> None:
    asked = run.found.outcome.relationships

    assert asked
    agents = {pair: kind for pair, kind in expected.agents(reading).items() if pair[0] in asked}
    assert differences(agents, run.found.agents()) == []


def test_every_dealing_stands_as_the_files_tell_it(run: Run, reading: Reading) -> None:
    assert differences(expected.dealings(reading), run.found.dealings()) == []


def test_every_client_has_the_class_its_holdings_deserve_or_waits_for_its_second_review(
    run: Run, reading: Reading
) -> None:
    """The reading knows no delay; the house steps a class down only at the second monthly review in a row."""
    deserved = expected.classes(reading)
    found = run.found.classes()

    waiting = {one for one, service_class in found.items() if service_class != deserved[one][0]}

    for client_id in waiting:
        why = run.found.outcome.class_why[client_id]
        assert (found[client_id], deserved[client_id][0]) in {("A", "B"), ("A", "C"), ("B", "C")}
        assert why["pending_downgrade"]["service_class"] == deserved[client_id][0]
        assert monthly_reviews(last_redemption(reading, client_id), reading.now) < 2


def last_redemption(reading: Reading, client_id: int) -> date:
    return max(it.business_date for it in reading.book.redemptions if it.subscription.client_id == client_id)


def monthly_reviews(after: date, until: date) -> int:
    return (until.year - after.year) * 12 + until.month - after.month


def test_the_reasons_behind_a_class_are_the_holdings(run: Run, reading: Reading) -> None:
    deserved = expected.classes(reading)
    asked = run.found.outcome.class_why

    found = {one: (why["deserved_class"], round(float(why["aum"]["amount"]) * 100)) for one, why in asked.items()}

    assert asked
    assert differences({one: deserved[one] for one in asked}, found) == []


def test_every_client_has_the_contacts_of_the_files(run: Run, reading: Reading) -> None:
    everybodys = expected.contacts(reading)
    listed = run.found.listed_contacts()

    assert differences(everybodys, run.found.contacts()) == []
    assert listed
    assert differences({client_id: everybodys[client_id] for client_id in listed}, listed) == []


def test_every_complaint_has_its_clock_and_its_outcome(run: Run, reading: Reading) -> None:
    assert differences(expected.complaints(reading), run.found.complaints()) == []


def test_complaint_statistics_equal_a_count_of_the_file(run: Run, reading: Reading) -> None:
    channel_of, answers = run.found.channel_of, run.found.outcome.reports
    by_channel = {channel_of[group["values"]["channel_id"]]: group for group in answers.by["channel_id"]["groups"]}
    by_class = {group["values"]["product_class"]: group for group in answers.by["product_class"]["groups"]}
    crossed = {
        (channel_of[group["values"]["channel_id"]], group["values"]["product_class"]): group
        for group in answers.crossed["groups"]
    }

    for groups, value in (
        (by_channel, lambda one: one.channel_id),
        (by_class, lambda one: one.product_class),
        (crossed, lambda one: (one.channel_id, one.product_class)),
    ):
        found = {key: reports.numbers(group) for key, group in groups.items()}
        assert differences(counted.statistics(reading.complaints, value, reading.now), found) == []


def test_every_number_of_the_statistics_opens_to_exactly_its_cases(run: Run, reading: Reading) -> None:
    number_of = {one["id"]: one["external_id"] for one in run.found.outcome.complaints}

    for figure, ids in run.found.outcome.reports.opened.items():
        assert len(ids) == len(set(ids)), figure
        assert {number_of[id] for id in ids} == counted.cases(reading.complaints, figure, reading.now), figure


def test_open_complaints_stand_in_their_age_band(run: Run, reading: Reading) -> None:
    found = reports.ageing(run.found.outcome.reports.ageing)

    assert differences(counted.ageing(reading.complaints, reading.now), found) == []


def test_the_report_for_the_regulator_equals_a_count_of_the_file(run: Run, reading: Reading) -> None:
    expected_lines = counted.quarter(reading.complaints)

    assert differences(expected_lines, reports.summary(run.found.outcome.reports.draft, expected_lines)) == []


def test_complaints_are_set_against_all_clients_and_all_that_was_sold(run: Run, reading: Reading) -> None:
    answer, book = run.found.outcome.reports.density, reading.book
    sold = [one for one in book.subscriptions if one.business_date.isoformat() >= answer["sold"]["confirmed_from"]]

    assert answer["complaints"]["cases"] == len(reading.complaints)
    assert answer["clients"]["clients"] == len(book.clients)
    assert answer["sold"]["dealings"] == len(sold)
    assert fen(answer["sold"]["amount"]) == sum(one.amount_fen for one in sold)


def test_the_register_holds_every_complaint_once(run: Run, reading: Reading) -> None:
    found = {
        one["external_id"]: (one["received_on"], one["informed_on"], one["is_in_time"], one["product_class"])
        for one in run.found.outcome.reports.register
    }

    assert len(run.found.outcome.reports.register) == len(found)
    assert (
        differences(
            {
                str(one.external_id): (
                    one.received_on.isoformat(),
                    one.informed_on and one.informed_on.isoformat(),
                    None if one.informed_on is None else one.was_in_time(),
                    one.product_class,
                )
                for one in reading.complaints
            },
            found,
        )
        == []
    )


def test_every_client_has_its_level_and_reasons_of_risk(run: Run, reading: Reading) -> None:
    assert differences(expected.risk(reading), run.found.risk()) == []


def test_assessing_everybody_anew_changes_nothing(run: Run) -> None:
    assert run.found.outcome.recomputed == 0


def test_the_reasons_behind_a_level_are_those_recorded(run: Run) -> None:
    asked = run.found.outcome.risk_why

    assert asked
    assert [client_id for client_id, why in asked.items() if not why["is_current"]] == []


def test_every_dealing_earns_its_fee(run: Run, reading: Reading) -> None:
    assert run.found.outcome.unaccrued == []
    assert differences(expected.fees(reading), run.found.fees()) == []


def test_every_month_of_a_tiered_product_earns_the_fee_of_its_volume(run: Run, reading: Reading) -> None:
    assert differences(expected.tiered_fees(reading), run.found.tiered_fees()) == []


def test_every_fee_explained_anew_is_the_fee_booked(run: Run) -> None:
    asked = run.found.outcome.accrual_why

    assert asked
    assert [why["accrual"]["id"] for why in asked if not why["is_as_booked"]] == []


def test_all_sixty_months_are_closed_and_no_other(run: Run) -> None:
    closed = sorted(it["period"] for it in run.found.outcome.periods if it["status"] == "closed")

    assert closed == MONTHS


def test_every_statement_of_every_month_agrees_to_the_fen(run: Run, reading: Reading) -> None:
    found = {place: sums for place, sums in run.found.settlements().items() if sums[0] or sums[1]}

    assert differences(expected.settlements(reading), found) == []
