import pytest

from client_profile.clients import rules


@pytest.mark.parametrize(("sequence", "number"), [(1, "KH-000001"), (123, "KH-000123"), (1234567, "KH-1234567")])
def test_a_readable_number_never_loses_digits(sequence: int, number: str) -> None:
    assert rules.readable_number(sequence) == number


def test_every_code_has_a_chinese_name() -> None:
    codes = [*rules.ClientStatus, *rules.ScreeningResult, *rules.ServiceClass]

    assert all(any("\u4e00" <= character <= "\u9fff" for character in code.zh) for code in codes)


@pytest.mark.parametrize("status", rules.ClientStatus)
def test_only_a_closed_client_is_kept_as_it_is(status: rules.ClientStatus) -> None:
    if status is rules.ClientStatus.CLOSED:
        with pytest.raises(rules.ClientIsClosed):
            rules.require_open(status)
    else:
        rules.require_open(status)
