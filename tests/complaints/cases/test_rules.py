"""The order of a case: a table, and a random walk beside a plain model of what complaints law asks for."""

from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from complaints.cases.rules import (
    COUNTING,
    MOVES,
    OPEN,
    Command,
    CommandNotAllowed,
    Status,
    after,
    allowed,
    is_overdue,
    require_allowed,
)


@pytest.mark.parametrize(
    ("status", "command", "expected"),
    [
        (Status.REGISTERED, Command.ASSIGN, Status.ASSIGNED),
        (Status.ASSIGNED, Command.ASSIGN, Status.ASSIGNED),
        (Status.ASSIGNED, Command.PROPOSE, Status.PROPOSED),
        (Status.ASSIGNED, Command.SUSPEND, Status.SUSPENDED),
        (Status.SUSPENDED, Command.RESUME, Status.ASSIGNED),
        (Status.REGISTERED, Command.NEW_FACTS, Status.REGISTERED),
        (Status.PROPOSED, Command.NEW_FACTS, Status.ASSIGNED),
        (Status.DECIDED, Command.NEW_FACTS, Status.ASSIGNED),
        (Status.PROPOSED, Command.SEND_BACK, Status.ASSIGNED),
        (Status.PROPOSED, Command.APPROVE, Status.DECIDED),
        (Status.DECIDED, Command.INFORM, Status.INFORMED),
        (Status.INFORMED, Command.CLOSE, Status.CLOSED),
        (Status.INFORMED, Command.REQUEST_REVIEW, Status.REVIEW_REQUESTED),
        (Status.CLOSED, Command.REQUEST_REVIEW, Status.REVIEW_REQUESTED),
        (Status.REVIEW_REQUESTED, Command.DECIDE_REVIEW, Status.REVIEW_DECIDED),
        (Status.REVIEW_REQUESTED, Command.DECLINE_REVIEW, Status.INFORMED),
        (Status.REVIEW_DECIDED, Command.INFORM_REVIEW, Status.INFORMED),
        (Status.INFORMED, Command.REOPEN, Status.INFORMED),
        (Status.CLOSED, Command.REOPEN, Status.CLOSED),
    ],
)
def test_a_command_leads_on(status: Status, command: Command, expected: Status) -> None:
    assert MOVES[status][command] is expected
    require_allowed(command, status, was_reviewed=False)


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (Status.REGISTERED, Command.PROPOSE),
        (Status.ASSIGNED, Command.APPROVE),
        (Status.PROPOSED, Command.INFORM),
        (Status.PROPOSED, Command.ASSIGN),
        (Status.DECIDED, Command.CLOSE),
        (Status.DECIDED, Command.REQUEST_REVIEW),
        (Status.INFORMED, Command.WITHDRAW),
        (Status.INFORMED, Command.EXTEND),
        (Status.CLOSED, Command.CLOSE),
        (Status.REVIEW_REQUESTED, Command.REQUEST_REVIEW),
        (Status.WITHDRAWN, Command.LINK_CLIENT),
        (Status.REGISTERED, Command.SUSPEND),
        (Status.SUSPENDED, Command.SUSPEND),
        (Status.SUSPENDED, Command.EXTEND),
        (Status.SUSPENDED, Command.PROPOSE),
        (Status.SUSPENDED, Command.NEW_FACTS),
        (Status.ASSIGNED, Command.RESUME),
        (Status.INFORMED, Command.NEW_FACTS),
        (Status.INFORMED, Command.DECIDE_REVIEW),
        (Status.REVIEW_REQUESTED, Command.CLOSE),
        (Status.REVIEW_REQUESTED, Command.INFORM_REVIEW),
        (Status.REVIEW_REQUESTED, Command.REOPEN),
        (Status.REVIEW_DECIDED, Command.DECIDE_REVIEW),
        (Status.ASSIGNED, Command.REOPEN),
        (Status.ASSIGNED, Command.COMPENSATE),
        (Status.WITHDRAWN, Command.TRACK),
        (Status.REJECTED, Command.ASSIGN),
        (Status.PROPOSED, Command.DECLINE),
        (Status.CLOSED, Command.TASK),
    ],
)
def test_another_command_is_refused_with_those_that_are_allowed(status: Status, command: Command) -> None:
    with pytest.raises(CommandNotAllowed) as refusal:
        require_allowed(command, status, was_reviewed=False)

    assert refusal.value.facts == {"state": status.value, "allowed": sorted(MOVES[status])}


def test_a_review_is_asked_for_once() -> None:
    assert "request-review" in allowed(Status.CLOSED, was_reviewed=False)
    assert "request-review" not in allowed(Status.CLOSED, was_reviewed=True)


@pytest.mark.parametrize(
    ("status", "command"),
    [(Status.REVIEW_REQUESTED, Command.DECLINE_REVIEW), (Status.REVIEW_DECIDED, Command.INFORM_REVIEW)],
)
def test_the_end_of_a_review_leaves_a_closed_case_closed(status: Status, command: Command) -> None:
    assert after(status, command, was_closed=True) is Status.CLOSED
    assert after(status, command, was_closed=False) is Status.INFORMED


def test_the_clock_runs_until_informing_but_for_appraisals() -> None:
    assert {Status.REGISTERED, Status.ASSIGNED, Status.PROPOSED, Status.DECIDED} == COUNTING
    assert {Status.SUSPENDED} == OPEN - COUNTING


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(("today", "is_past"), [("2026-03-16", False), ("2026-03-17", False), ("2026-03-18", True)])
def test_only_an_open_case_past_its_due_date_is_overdue(status: Status, today: str, is_past: bool) -> None:
    assert is_overdue(status, date(2026, 3, 17), date.fromisoformat(today)) == (is_past and status in COUNTING)


def test_every_state_can_be_reached() -> None:
    reached, fresh = {Status.REGISTERED}, {Status.REGISTERED}
    while fresh:
        fresh = {target for status in fresh for target in MOVES[status].values()} - reached
        reached |= fresh

    assert reached == set(Status)


class CaseWalk(RuleBasedStateMachine):
    """Any commands in any order, beside a model that remembers what happened and knows nothing of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status.REGISTERED
        self.assigned = self.proposed = self.decided = self.informed = self.closed = self.withdrawn = False
        self.reclassified = self.rejected = False
        self.in_review = self.review_decided = self.was_reviewed = self.suspended = False

    @property
    def is_ended(self) -> bool:
        return self.withdrawn or self.reclassified or self.rejected

    def is_possible(self, command: Command) -> bool:
        is_open = not (self.informed or self.is_ended)
        counts = is_open and not self.suspended
        return {
            Command.LINK_CLIENT: not self.is_ended,
            Command.COOPERATE: is_open,
            Command.CORRESPOND: is_open,
            Command.REPRESENT: is_open,
            Command.REPEAT: is_open,
            Command.CLASSIFY: is_open and not self.proposed,
            Command.RECLASSIFY: counts and not self.proposed,
            Command.DECLINE: counts and not self.proposed,
            Command.ASSIGN: is_open and not self.proposed,
            Command.EXTEND: counts,
            Command.SUSPEND: counts and self.assigned and not self.proposed,
            Command.RESUME: is_open and self.suspended,
            Command.NEW_FACTS: counts,
            Command.PROPOSE: counts and self.assigned and not self.proposed,
            Command.SEND_BACK: is_open and self.proposed and not self.decided,
            Command.APPROVE: is_open and self.proposed and not self.decided,
            Command.INFORM: is_open and self.decided,
            Command.CLOSE: self.informed and not self.closed and not self.in_review,
            Command.WITHDRAW: is_open,
            Command.REQUEST_REVIEW: self.informed and not self.was_reviewed,
            Command.DECIDE_REVIEW: self.in_review and not self.review_decided,
            Command.DECLINE_REVIEW: self.in_review and not self.review_decided,
            Command.INFORM_REVIEW: self.in_review and self.review_decided,
            Command.REOPEN: self.informed and not self.in_review,
            Command.TRACK: not self.is_ended,
            Command.EVIDENCE: not self.is_ended,
            Command.TASK: not self.is_ended and not self.closed and not self.in_review,
            Command.COMPENSATE: self.decided and not self.is_ended,
            Command.APPROVE_COMPENSATION: self.decided and not self.is_ended,
            Command.REFUSE_COMPENSATION: self.decided and not self.is_ended,
            Command.PAY: self.decided and not self.is_ended,
        }[command]

    @rule(command=st.sampled_from(Command))
    def send(self, command: Command) -> None:
        if not self.is_possible(command):
            with pytest.raises(CommandNotAllowed):
                require_allowed(command, self.status, was_reviewed=self.was_reviewed)
            return
        require_allowed(command, self.status, was_reviewed=self.was_reviewed)
        self.status = after(self.status, command, was_closed=self.closed)
        self.remember(command)

    def remember(self, command: Command) -> None:
        effects = {
            Command.ASSIGN: {"assigned": True},
            Command.PROPOSE: {"proposed": True},
            Command.SUSPEND: {"suspended": True},
            Command.RESUME: {"suspended": False},
            Command.NEW_FACTS: {"proposed": False, "decided": False},
            Command.SEND_BACK: {"proposed": False},
            Command.APPROVE: {"decided": True},
            Command.INFORM: {"informed": True},
            Command.CLOSE: {"closed": True},
            Command.DECIDE_REVIEW: {"review_decided": True},
            Command.DECLINE_REVIEW: {"in_review": False},
            Command.INFORM_REVIEW: {"in_review": False},
            Command.WITHDRAW: {"withdrawn": True},
            Command.RECLASSIFY: {"reclassified": True},
            Command.DECLINE: {"rejected": True},
            Command.REQUEST_REVIEW: {"in_review": True, "was_reviewed": True},
        }
        for name, value in effects.get(command, {}).items():
            setattr(self, name, value)

    @precondition(lambda self: self.is_ended)
    @rule(command=st.sampled_from(Command))
    def nothing_follows_a_case_that_ended_without_a_decision(self, command: Command) -> None:
        with pytest.raises(CommandNotAllowed):
            require_allowed(command, self.status, was_reviewed=self.was_reviewed)

    @invariant()
    def the_state_tells_what_happened(self) -> None:
        assert (self.status is Status.WITHDRAWN) == self.withdrawn
        assert (self.status is Status.RECLASSIFIED) == self.reclassified
        assert (self.status is Status.REJECTED) == self.rejected
        assert (self.status in OPEN) == (not self.informed and not self.is_ended)
        assert (self.status in (Status.REVIEW_REQUESTED, Status.REVIEW_DECIDED)) == self.in_review
        assert (self.status is Status.CLOSED) == (self.closed and not self.in_review)
        assert (self.status is Status.SUSPENDED) == (self.suspended and not self.is_ended)
        if self.status is Status.CLOSED:
            assert self.closed
            assert self.decided


CaseWalk.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestCaseWalk = CaseWalk.TestCase
