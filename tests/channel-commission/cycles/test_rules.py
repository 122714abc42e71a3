from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.cycles.rules import Cycle, Run, covered, cycle_of, previous_close, quarter_of, run_of
from channel_commission.periods.rules import next_period, period_of, previous_period

MONTHS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(period_of)


@pytest.mark.parametrize(
    ("cycle", "is_closed", "run"),
    [
        (Cycle.MONTHLY, False, Run.MONTHLY),
        (Cycle.MONTHLY, True, Run.MONTHLY),
        (Cycle.QUARTERLY, True, Run.QUARTERLY),
        (Cycle.AT_ESTABLISHMENT, False, Run.AT_ESTABLISHMENT),
        (Cycle.AT_ESTABLISHMENT, True, Run.AFTER_ESTABLISHMENT),
    ],
)
def test_an_entry_is_born_into_the_run_of_its_agreement(cycle: Cycle, is_closed: bool, run: Run) -> None:
    assert run_of(cycle, is_closed=is_closed) is run
    assert cycle_of(run) is cycle


@pytest.mark.parametrize(
    ("run", "period", "months", "previous"),
    [
        (Run.MONTHLY, "2026-01", ["2026-01"], "2025-12"),
        (Run.AFTER_ESTABLISHMENT, "2026-03", ["2026-03"], "2026-02"),
        (Run.QUARTERLY, "2026-01", [], None),
        (Run.QUARTERLY, "2026-02", [], None),
        (Run.QUARTERLY, "2026-03", ["2026-01", "2026-02", "2026-03"], "2025-12"),
        (Run.QUARTERLY, "2025-12", ["2025-10", "2025-11", "2025-12"], "2025-09"),
        (Run.AT_ESTABLISHMENT, "2026-03", [], None),
    ],
)
def test_a_close_covers_the_months_then_due(run: Run, period: str, months: list[str], previous: str | None) -> None:
    assert covered(run, period) == months
    assert previous_close(run, period) == previous


@given(month=MONTHS, run=st.sampled_from([Run.MONTHLY, Run.AFTER_ESTABLISHMENT, Run.QUARTERLY]))
def test_every_month_is_covered_by_exactly_one_close(month: str, run: Run) -> None:
    closes = [month]
    for _ in range(5):
        closes = [previous_period(closes[0]), *closes, next_period(closes[-1])]

    assert sum(month in covered(run, close) for close in closes) == 1


@given(month=MONTHS)
def test_the_closes_of_a_run_hang_together_without_a_gap(month: str) -> None:
    end = quarter_of(month)[-1]
    before = previous_close(Run.QUARTERLY, end)

    assert before is not None
    assert next_period(covered(Run.QUARTERLY, before)[-1]) == covered(Run.QUARTERLY, end)[0]
