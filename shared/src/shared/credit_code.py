"""The unified social credit code (统一社会信用代码, GB 32100) that every organization in China has."""

# No I, O, S, V, Z: they are mistaken for digits or for one another.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_credit_code(code: str) -> bool:
    """Return whether `code` is one: 18 characters in upper case, both check characters right.

    The last character checks the whole (GB 32100-2015); the one before it checks the organization code inside
    (characters 9 to 17, GB 11714).
    """
    if len(code) != 18 or any(character not in _ALPHABET for character in code):
        return False
    return code[17] == _check(code[:17]) and code[16] == _organization_check(code[8:16])


def _check(body: str) -> str:
    total = sum(weight * _ALPHABET.index(one) for weight, one in zip(_WEIGHTS, body, strict=True))
    # The outer modulo matters: a remainder of 0 gives 31 - 0, and the alphabet has 31 characters only.
    return _ALPHABET[(31 - total % 31) % 31]


def _organization_check(body: str) -> str:
    # GB 11714 counts letters as in base 36.
    total = sum(weight * int(one, 36) for weight, one in zip(_ORGANIZATION_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]
