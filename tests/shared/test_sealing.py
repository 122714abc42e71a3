"""What is sealed opens in its place with its key, and nowhere else."""

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import BaseModel, ValidationError

from shared.sealing import HexKey, key_of, seal, unseal

KEY, PLACE = bytes(range(32)), b"personal_record|sealed|1"


class Told(BaseModel):
    data_key: HexKey


def test_what_was_sealed_opens_in_its_place() -> None:
    assert unseal(KEY, seal(KEY, "张三丰", place=PLACE), place=PLACE) == "张三丰"


@pytest.mark.parametrize(("key", "place"), [(bytes(32), PLACE), (KEY, b"personal_record|sealed|2"), (KEY, b"")])
def test_another_key_or_place_opens_nothing(key: bytes, place: bytes) -> None:
    sealed = seal(KEY, "张三丰", place=PLACE)

    with pytest.raises(InvalidTag):
        unseal(key, sealed, place=place)


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_changed_byte_is_found(at: int) -> None:
    sealed = bytearray(seal(KEY, "张三丰", place=PLACE))
    sealed[at] ^= 1

    with pytest.raises(InvalidTag):
        unseal(KEY, bytes(sealed), place=PLACE)


def test_the_same_value_is_never_sealed_alike() -> None:
    assert seal(KEY, "x", place=PLACE) != seal(KEY, "x", place=PLACE)


def test_a_setting_holds_a_key_and_does_not_show_it() -> None:
    told = Told.model_validate({"data_key": KEY.hex().upper()})

    assert key_of(told.data_key) == KEY
    assert KEY.hex() not in repr(told).lower()


@pytest.mark.parametrize("value", ["", "11" * 31, "11" * 33, "zz" * 32, "钥" * 64])
def test_a_setting_of_another_form_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ValidationError, match="must be 32 bytes in hexadecimal"):
        Told.model_validate({"data_key": value})
