"""From when on an unconfirmed client is listed, and how strangers are shown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.parties.rules import masked_phone, unconfirmed_before
from shared.sealing import masked_name


def test_a_client_may_stay_unconfirmed_for_the_minutes_of_the_policy() -> None:
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    assert unconfirmed_before(now, 60) == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


@given(st.text("王小明abc", min_size=1, max_size=30), st.text("0123456789 -", min_size=6, max_size=20))
def test_masks_show_at_most_half(name: str, phone: str) -> None:
    assert masked_name(name) == f"{name[0]}**"
    assert len(masked_phone(phone).replace("*", "")) * 2 <= len(phone)


@pytest.mark.parametrize(("phone", "masked"), [("13812341234", "13****34"), ("138123", "1****3")])
def test_a_phone_keeps_its_ends(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked
