"""The arithmetic of single entries, and how it is told."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import (
    calculate,
    clawback_inputs,
    exact_text,
    reversal_inputs,
    tariff_inputs,
)
from channel_commission.clawbacks.rules import Clawback, ClawbackForm
from channel_commission.explanations.rules import arithmetic
from channel_commission.tariffs.rules import Tier, marginal, percent

TIERED = marginal(
    [Tier(1_000_000, Decimal("0.0030")), Tier(5_000_000, Decimal("0.0045")), Tier(None, Decimal("0.0060"))],
    pointer="",
)


@pytest.mark.parametrize(
    ("fen", "rate", "fee"),
    [(100_000_00, "0.0060", 600_00), (83, "0.0060", 0), (84, "0.0060", 1), (250, "0.0060", 2), (0, "0.0060", 0)],
)
def test_a_percentage_is_rounded_half_up_once(fen: int, rate: str, fee: int) -> None:
    found = calculate(tariff_inputs(percent(Decimal(rate)), fen))

    assert found.amount_fen == found.due_fen == fee


@given(st.integers(-(10**12), 10**12))
def test_a_reversal_takes_back_exactly_what_is_booked(booked_fen: int) -> None:
    assert calculate(reversal_inputs(booked_fen)).amount_fen == -booked_fen


@given(st.integers(0, 10**10), st.integers(0, 10**9))
def test_inputs_explain_themselves_after_a_journey_through_json(volume_fen: int, booked_fen: int) -> None:
    for inputs in (
        tariff_inputs(TIERED, volume_fen, booked_before_fen=booked_fen),
        clawback_inputs(
            fee_fen=booked_fen,
            subscribed_fen=7,
            schedule=Clawback(ClawbackForm.LINEAR_WHOLE_MONTHS, 60),
            redeemed=[(3, 1), (4, 70)],
            booked_before_fen=-booked_fen,
        ),
        reversal_inputs(booked_fen),
    ):
        found = calculate(json.loads(json.dumps(inputs)))

        assert found == calculate(inputs)
        assert arithmetic(inputs, found)[-1].endswith(f"= {Decimal(found.amount_fen).scaleb(-2):.2f}")


@pytest.mark.parametrize(
    ("exact", "text"),
    [("600", "600.00"), ("-0.5", "-0.50"), ("1234567.00045", "1234567.00045"), ("0", "0.00")],
)
def test_exact_amounts_read_as_plain_digits(exact: str, text: str) -> None:
    assert exact_text(Decimal(exact)) == text


@given(st.integers(0, 10**7), st.integers(0, 10**5), st.none() | st.integers(-(10**4), 0))
def test_what_an_explanation_says_adds_up(volume_fen: int, booked_fen: int, at_least_fen: int | None) -> None:
    inputs = tariff_inputs(TIERED, volume_fen, booked_before_fen=booked_fen, at_least_fen=at_least_fen)
    found = calculate(inputs)
    steps = arithmetic(inputs, found)

    (equation,) = (step for step in steps if "已入账" in step)
    left, right = equation.replace("已入账", "").split("=")
    due, booked = left.split(" - ")
    assert Decimal(due) - Decimal(booked) == Decimal(right)
    assert steps[-1].endswith(f" {Decimal(found.amount_fen).scaleb(-2):.2f}")
