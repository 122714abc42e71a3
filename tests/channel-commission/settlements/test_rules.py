"""The statement machine against a plain model, and the rules that guard money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.settlements.rules import (
    CommandNotAllowed,
    DigestDiffers,
    InvoicesIncomplete,
    NothingPayable,
    PaymentOutstanding,
    StatementStatus,
    carried_fen,
    held_fen,
    next_status,
    payable_fen,
    require_digest,
    require_invoiced,
    require_second_person,
)
from channel_commission.taxes.rules import Split
from shared.errors import SecondPersonNeeded

#: Each step, with what may stand in its place.
ORDER = [{"check"}, {"send"}, {"confirm", "dispute"}, {"record-invoice"}, {"approve-payment"}, {"record-payment"}]
COMMANDS = sorted(set().union(*ORDER))


@given(st.lists(st.sampled_from(COMMANDS), max_size=30), st.integers(-5, 5), st.integers(0, 5))
def test_a_random_walk_only_ever_goes_forward_one_step_and_pays_only_a_positive_balance(
    commands: list[str], closing_fen: int, disputed_fen: int
) -> None:
    held = held_fen(closing_fen, disputed_fen)
    status, done = StatementStatus.CALCULATED, 0
    for command in commands:
        may_go_on = done < len(ORDER) and command in ORDER[done] and (done < 3 or closing_fen - held > 0)
        if may_go_on:
            status, done = next_status(status, command, closing_fen=closing_fen, held_fen=held), done + 1
            assert (status is StatementStatus.DISPUTED) == (command == "dispute")
        else:
            with pytest.raises((CommandNotAllowed, NothingPayable)):
                next_status(status, command, closing_fen=closing_fen, held_fen=held)
        assert closing_fen > held or done <= 3


def test_a_forbidden_command_tells_what_is_allowed() -> None:
    with pytest.raises(CommandNotAllowed) as refused:
        next_status(StatementStatus.SENT, "send", closing_fen=1)

    assert refused.value.facts == {"state": "sent", "allowed": ["confirm", "dispute", "void"]}


@given(st.integers(-(10**14), 10**14), st.integers(0, 10**14))
def test_a_balance_is_paid_carried_as_a_debt_or_held_and_nothing_else(closing_fen: int, disputed_fen: int) -> None:
    held = held_fen(closing_fen, disputed_fen)

    assert payable_fen(closing_fen, held) + carried_fen(closing_fen, held) == closing_fen
    assert carried_fen(closing_fen, held) == min(closing_fen, 0) + held
    assert 0 <= held <= disputed_fen
    assert payable_fen(closing_fen, held) >= 0


@given(st.integers(-(10**14), 10**14))
def test_a_balance_is_either_paid_or_carried(closing_fen: int) -> None:
    assert payable_fen(closing_fen) + carried_fen(closing_fen) == closing_fen
    assert payable_fen(closing_fen) >= 0 >= carried_fen(closing_fen)


def test_who_brought_a_statement_this_far_cannot_approve_its_payment() -> None:
    require_second_person({"staff:1", "channel:2"}, "staff:2")
    with pytest.raises(SecondPersonNeeded):
        require_second_person({"staff:1", "channel:2"}, "staff:1")


def test_another_digest_is_refused() -> None:
    require_digest("a" * 64, "a" * 64)
    with pytest.raises(DigestDiffers):
        require_digest("b" * 64, "a" * 64)


@pytest.mark.parametrize(("net", "vat", "missing"), [(94, 5, "0.01"), (93, 7, "-0.01"), (94, 7, "-0.01")])
def test_a_payment_is_not_approved_while_its_invoices_are_a_fen_off(net: int, vat: int, missing: str) -> None:
    require_invoiced(94, 6, Split(94, 6))
    with pytest.raises(InvoicesIncomplete) as refused:
        require_invoiced(net, vat, Split(94, 6))
    assert refused.value.facts["missing_vat"] == missing


def test_what_advances_cover_wholly_is_archived_and_never_sent_to_the_bank() -> None:
    approved = StatementStatus.PAYMENT_APPROVED
    assert next_status(approved, "archive", closing_fen=100, payment_fen=0) is StatementStatus.ARCHIVED
    for command in ("request-payment", "record-payment"):
        with pytest.raises(NothingPayable):
            next_status(approved, command, closing_fen=100, payment_fen=0)
        next_status(approved, command, closing_fen=100, payment_fen=1)
    with pytest.raises(PaymentOutstanding):
        next_status(approved, "archive", closing_fen=100, payment_fen=1)
