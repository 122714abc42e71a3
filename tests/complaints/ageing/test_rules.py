"""Age bands cover every age once."""

from hypothesis import given
from hypothesis import strategies as st

from complaints.ageing.rules import Band, bands


def test_bands_of_the_house() -> None:
    assert bands([5, 15]) == [Band(0, 5), Band(6, 15), Band(16, None)]


@given(st.lists(st.integers(0, 400), unique=True).map(sorted), st.integers(0, 500))
def test_every_age_lies_in_exactly_one_band(last_days: list[int], age: int) -> None:
    found = [one for one in bands(last_days) if one.from_days <= age and (one.to_days is None or age <= one.to_days)]

    assert len(found) == 1
