"""Which days an account may be paid to, whose it may be, and how it is shown."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.payee_accounts.rules import (
    AccountStatus,
    HolderIsAnother,
    Validity,
    allowed,
    is_payable,
    masked,
    payable_from,
    require_own_name,
)

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(("days", "first"), [(0, date(2026, 3, 3)), (1, date(2026, 3, 4)), (3, date(2026, 3, 6))])
def test_whole_days_pass_before_the_first_payment(days: int, first: date) -> None:
    assert payable_from(MONDAY, days) == first


@given(st.integers(-40, 40), st.integers(0, 20), st.none() | st.integers(0, 20), st.sampled_from(AccountStatus))
def test_an_account_is_payable_on_its_days_only_and_never_unconfirmed(
    offset: int, start: int, length: int | None, status: AccountStatus
) -> None:
    first = MONDAY + timedelta(days=start)
    validity = Validity(first, None if length is None else first + timedelta(days=length))
    day = MONDAY + timedelta(days=offset)
    expected = status in ("confirmed", "stopped") and day in {
        first + timedelta(days=n) for n in range(80 if length is None else length)
    }

    assert is_payable(status, validity, on=day) is expected
    assert not is_payable(status, None, on=day)


@pytest.mark.parametrize(
    ("validity", "commands"),
    [
        (Validity(MONDAY, None), ["stop"]),
        (Validity(MONDAY, MONDAY + timedelta(days=1)), ["stop"]),
        (Validity(MONDAY - timedelta(days=9), MONDAY), []),
        (Validity(MONDAY + timedelta(days=5), MONDAY + timedelta(days=5)), []),
    ],
)
def test_what_another_account_replaced_cannot_be_stopped(validity: Validity, commands: list[str]) -> None:
    assert allowed(AccountStatus.CONFIRMED, validity, today=MONDAY) == commands


@pytest.mark.parametrize(
    ("holder", "is_own"),
    [
        ("江南银行股份有限公司（上海）", True),
        ("江南银行股份有限公司(上海)", True),
        (" 江南银行 股份有限公司(上海) ", True),
        ("江南银行", True),
        ("江南银行股份有限公司", False),
        ("张三", False),
        ("", False),
    ],
)
def test_an_account_is_in_the_partners_own_name_however_it_is_typed(holder: str, is_own: bool) -> None:
    names = ["江南银行股份有限公司（上海）", "江南银行"]
    if is_own:
        require_own_name(holder, names)
    else:
        with pytest.raises(HolderIsAnother):
            require_own_name(holder, names)


@pytest.mark.parametrize("number", ["12345678", "6222020200112233445"])
def test_an_account_number_is_shown_by_its_last_four_digits(number: str) -> None:
    assert masked(number) == f"**** {number[-4:]}"
    assert number[:-4] not in masked(number)
