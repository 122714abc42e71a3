from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from client_profile.identity.service import KEY_VERSION, Keys, decrypt, encrypt, lookup_hash, search_token

KEYS = Keys(data=b"\x11" * 32, lookup=b"\x22" * 32)
ROW, OTHER_ROW = UUID(int=1), UUID(int=2)


def test_what_is_encrypted_for_a_row_is_read_from_that_row() -> None:
    sealed = encrypt(KEYS, "张三丰", table="personal_record", row_id=ROW)

    assert decrypt(KEYS, sealed, key_version=KEY_VERSION, table="personal_record", row_id=ROW) == "张三丰"
    assert "张三丰".encode() not in sealed


@pytest.mark.parametrize(
    ("keys", "version", "table", "row_id"),
    [
        (KEYS, KEY_VERSION, "personal_record", OTHER_ROW),
        (KEYS, KEY_VERSION, "identity_document", ROW),
        (KEYS, KEY_VERSION + 1, "personal_record", ROW),
        (Keys(data=b"\x33" * 32, lookup=KEYS.lookup), KEY_VERSION, "personal_record", ROW),
    ],
)
def test_a_value_moved_elsewhere_or_read_with_another_key_does_not_open(
    keys: Keys, version: int, table: str, row_id: UUID
) -> None:
    sealed = encrypt(KEYS, "张三丰", table="personal_record", row_id=ROW)

    with pytest.raises(InvalidTag):
        decrypt(keys, sealed, key_version=version, table=table, row_id=row_id)


def test_one_changed_byte_does_not_open() -> None:
    sealed = bytearray(encrypt(KEYS, "张三丰", table="personal_record", row_id=ROW))
    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        decrypt(KEYS, bytes(sealed), key_version=KEY_VERSION, table="personal_record", row_id=ROW)


def test_the_same_value_is_never_encrypted_alike() -> None:
    assert encrypt(KEYS, "x", table="t", row_id=ROW) != encrypt(KEYS, "x", table="t", row_id=ROW)


def test_a_look_up_hash_depends_on_key_purpose_and_value_only() -> None:
    other = Keys(data=KEYS.data, lookup=b"\x44" * 32)

    assert lookup_hash(KEYS, "document", "passport", "E1") == lookup_hash(KEYS, "document", "passport", "E1")
    assert lookup_hash(KEYS, "document", "passport", "E1") != lookup_hash(other, "document", "passport", "E1")
    assert lookup_hash(KEYS, "document", "passport", "E1") != lookup_hash(KEYS, "intake", "passport", "E1")
    assert lookup_hash(KEYS, "document", "passport", "E1") != lookup_hash(KEYS, "document", "passportE", "1")


def test_a_search_token_fits_a_bigint() -> None:
    tokens = [search_token(KEYS, piece) for piece in ("^张", "张三", "三丰")]

    assert all(-(2**63) <= token < 2**63 for token in tokens)
    assert len(set(tokens)) == 3


def test_keys_do_not_show_in_their_repr() -> None:
    assert "11" not in repr(KEYS)
    assert "x11" not in repr(KEYS)
