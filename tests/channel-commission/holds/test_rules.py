import pytest

from channel_commission.holds.rules import follow


@pytest.mark.parametrize(
    ("back", "earned", "withheld", "taken"),
    [
        (-600, 0, -600, -600),  # The line held went out for its dispute: put back.
        (-600, 50, -600, -550),  # A fee of 50 booked after the hold was paid: it covers what would be a debt.
        (-600, 0, 0, 0),
        (-50, 600, -600, 0),
        (600, 600, 0, 600),  # The line stands and goes under the hold.
        (850, 850, 0, 850),
        (600, 10, 0, 10),  # 590 were clawed back meanwhile: no debt.
        (600, -5, 0, 0),
        (600, 650, -50, 600),
    ],
)
def test_a_hold_follows_a_line_out_and_back_without_taking_it_twice(
    back: int, earned: int, withheld: int, taken: int
) -> None:
    assert follow(back, earned, withheld) == taken
