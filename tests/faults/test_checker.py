"""The checker notices: for each invariant a record that is right, and one change that makes it wrong."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from tests.faults import checker
from tests.faults.checker import Booking, Copy, Evidence
from tests.faults.history import Fact

from shared.delivery.relay import partition_for
from shared.events.topics import PARTITIONS
from shared.ids import new_id

ACCOUNT, KEY, OTHER, OTHER_KEY = (new_id() for _ in range(4))
PARTITION, OTHER_PARTITION = (partition_for(str(key), PARTITIONS) for key in (KEY, OTHER_KEY))


def a_record() -> Evidence:
    """Three payments into one account, one into another; the first event stands in Kafka twice."""
    facts = [
        Fact(new_id(), account, key, fen, began=float(n), ended=n + 0.5, outcome="committed")
        for n, (account, key, fen) in enumerate(
            [(ACCOUNT, KEY, 10), (ACCOUNT, KEY, 20), (ACCOUNT, KEY, 30), (OTHER, OTHER_KEY, 5)]
        )
    ]
    offsets = {PARTITION: count(), OTHER_PARTITION: count()}

    def sent(fact: Fact, version: int) -> Copy:
        place = partition_for(str(fact.key), PARTITIONS)
        return Copy(place, next(offsets[place]), str(fact.key), new_id(), fact.id, fact.account, version)

    log = [sent(fact, version) for fact, version in zip(facts, (1, 2, 3, 1), strict=True)]
    log.append(replace(log[0], offset=next(offsets[PARTITION])))
    ends = {place: max(copy.offset for copy in log if copy.partition == place) + 1 for place in offsets}
    return Evidence(
        facts={fact.id: fact for fact in facts},
        postings={copy.fact: (copy.account, copy.version) for copy in log if copy.fact and copy.account},
        accounts={ACCOUNT: 3, OTHER: 1},
        log=log,
        ends=ends,
        bookings=[
            Booking(copy.event, fact.id, fact.account, copy.version, copy.key, fact.fen)
            for fact, copy in zip(facts, log, strict=False)
            if copy.event
        ],
        balances={str(KEY): 60, str(OTHER_KEY): 5},
        latest={ACCOUNT: 3, OTHER: 1},
        inbox=frozenset(copy.event for copy in log if copy.event),
        parked=frozenset(),
        witnesses=ends,
        outbox_rows=0,
    )


def a_rollback_that_was_sent(found: Evidence) -> Evidence:
    fact = next(iter(found.facts.values()))
    return replace(found, facts={**found.facts, fact.id: replace(fact, outcome="rolled back")})


def a_commit_that_is_gone(found: Evidence) -> Evidence:
    return replace(found, postings=dict(list(found.postings.items())[1:]))


def an_event_that_was_lost(found: Evidence) -> Evidence:
    return replace(found, log=[copy for copy in found.log if copy.fact != found.log[3].fact])


def events_in_another_order(found: Evidence) -> Evidence:
    first, second = found.log[1], found.log[2]
    swapped = [replace(first, offset=second.offset), replace(second, offset=first.offset)]
    return replace(found, log=[found.log[0], *swapped, *found.log[3:]])


def a_cause_after_its_effect(found: Evidence) -> Evidence:
    third = found.facts[found.log[2].fact] if found.log[2].fact else None
    assert third is not None
    return replace(found, facts={**found.facts, third.id: replace(third, began=-2.0, ended=-1.0)})


def a_copy_that_differs(found: Evidence) -> Evidence:
    return replace(found, log=[*found.log[:4], replace(found.log[4], version=2)])


def a_key_in_a_wrong_partition(found: Evidence) -> Evidence:
    wrong = (OTHER_PARTITION + 1) % PARTITIONS
    return replace(found, log=[*found.log[:3], replace(found.log[3], partition=wrong, offset=99), found.log[4]])


def a_payment_booked_twice(found: Evidence) -> Evidence:
    return replace(found, bookings=[*found.bookings, found.bookings[3]])


def a_payment_not_booked(found: Evidence) -> Evidence:
    return replace(found, bookings=found.bookings[:3])


def bookings_in_another_order(found: Evidence) -> Evidence:
    return replace(found, bookings=[found.bookings[1], found.bookings[0], *found.bookings[2:]])


def a_fen_too_much(found: Evidence) -> Evidence:
    return replace(found, balances=dict(found.balances) | {str(KEY): 61})


def an_old_projection(found: Evidence) -> Evidence:
    return replace(found, latest=dict(found.latest) | {ACCOUNT: 2})


def a_message_nothing_became_of(found: Evidence) -> Evidence:
    stray = Copy(PARTITION, 77, "stray", None, None, None, 0)
    return replace(found, log=[*found.log, stray])


def an_event_parked_for_no_reason(found: Evidence) -> Evidence:
    return replace(found, parked=frozenset({(OTHER_PARTITION, found.log[3].offset)}), bookings=found.bookings[:3])


def poison_that_was_not_parked(found: Evidence) -> Evidence:
    assert found.log[3].fact is not None
    return replace(found, refused=frozenset({found.log[3].fact}))


def an_inbox_that_forgot(found: Evidence) -> Evidence:
    return replace(found, inbox=frozenset())


def an_event_that_waits(found: Evidence) -> Evidence:
    return replace(found, outbox_rows=1)


def a_consumer_that_stands_behind(found: Evidence) -> Evidence:
    return replace(found, witnesses=dict(found.witnesses) | {PARTITION: 1})


def test_a_right_record_has_no_problems() -> None:
    assert checker.problems(a_record()) == []


def test_poison_holds_back_the_later_events_of_its_key_only() -> None:
    found = a_record()
    second, third = found.log[1], found.log[2]
    assert second.fact is not None
    held = replace(
        found,
        refused=frozenset({second.fact}),
        parked=frozenset({(PARTITION, second.offset), (PARTITION, third.offset)}),
        bookings=[found.bookings[0], found.bookings[3]],
        balances={str(KEY): 10, str(OTHER_KEY): 5},
        latest={ACCOUNT: 1, OTHER: 1},
    )

    assert checker.problems(held) == []


@pytest.mark.parametrize(
    ("spoil", "noticed_by"),
    [
        (a_rollback_that_was_sent, "database_keeps"),
        (a_rollback_that_was_sent, "and_no_other"),
        (a_commit_that_is_gone, "database_keeps"),
        (an_event_that_was_lost, "every_committed_event"),
        (an_event_that_was_lost, "versions_come"),
        (events_in_another_order, "versions_come"),
        (a_cause_after_its_effect, "causes_come"),
        (a_copy_that_differs, "copies_of_an_event"),
        (a_key_in_a_wrong_partition, "copies_of_an_event"),
        (a_payment_booked_twice, "booked_once"),
        (a_payment_not_booked, "booked_once"),
        (bookings_in_another_order, "booked_in_order"),
        (a_fen_too_much, "to_the_fen"),
        (an_old_projection, "last_version"),
        (a_message_nothing_became_of, "applied_parked_or_dropped"),
        (an_event_parked_for_no_reason, "must_be_parked"),
        (poison_that_was_not_parked, "must_be_parked"),
        (an_inbox_that_forgot, "inbox_knows"),
        (an_event_that_waits, "nothing_waits"),
        (a_consumer_that_stands_behind, "nothing_waits"),
    ],
)
def test_a_wrong_record_is_noticed(spoil: Callable[[Evidence], Evidence], noticed_by: str) -> None:
    told = checker.problems(spoil(a_record()))

    assert any(noticed_by in sentence.partition(":")[0] for sentence in told), told
