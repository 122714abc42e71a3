"""Identity documents: their kinds, the forms of their numbers, their check digits, and what a number tells."""

import re
import unicodedata
from datetime import date

from shared.codes import Code
from shared.credit_code import is_credit_code
from shared.errors import Invalid


class DocumentKind(Code):
    """Kinds of identity documents."""

    RESIDENT_ID = "resident_id", "居民身份证"
    HMT_RESIDENCE_PERMIT = "hmt_residence_permit", "港澳台居民居住证"
    PASSPORT = "passport", "护照"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
    PERMANENT_RESIDENCE_CARD = "permanent_residence_card", "外国人永久居留身份证"
    OTHER = "other", "其他证件"
    CREDIT_CODE = "credit_code", "统一社会信用代码"


class Sex(Code):
    """Sex as in GB/T 2261.1."""

    MALE = "male", "男"
    FEMALE = "female", "女"


class DocumentNumberInvalid(Invalid):
    """The number is not one that this kind of document can have."""

    code = "document_number_invalid"


#: Kinds whose number follows GB 11643 and so tells birth date and sex.
CITIZEN_NUMBERS = frozenset({DocumentKind.RESIDENT_ID, DocumentKind.HMT_RESIDENCE_PERMIT})

_FORMS = {
    DocumentKind.RESIDENT_ID: re.compile(r"\d{17}[\dX]", re.ASCII),
    DocumentKind.HMT_RESIDENCE_PERMIT: re.compile(r"8[123]\d{15}[\dX]", re.ASCII),
    DocumentKind.PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
    DocumentKind.HK_MACAO_PERMIT: re.compile(r"[HM]\d{8}(\d{2})?", re.ASCII),
    DocumentKind.TAIWAN_PERMIT: re.compile(r"\d{8}(\d{2})?", re.ASCII),
    DocumentKind.PERMANENT_RESIDENCE_CARD: re.compile(r"9\d{17}|[A-Z]{3}\d{12}", re.ASCII),
    DocumentKind.OTHER: re.compile(r"[A-Z0-9-]{3,30}"),
    DocumentKind.CREDIT_CODE: re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}"),
}
_POINTER = "/document_number"

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"


def normalized_number(number: str) -> str:
    """Return a document number as it is compared and stored: half-width, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", number).upper().split())


def checked_number(kind: DocumentKind, number: str, *, today: date) -> str:
    """Return the normalized number of a document after checking it.

    Resident ids (GB 11643) and credit codes (GB 32100, with the organization code of GB 11714 inside) are checked to
    the digit, all others by their form only. The region of a resident id is not checked: regions are renamed.

    Args:
        kind: Kind of document.
        number: As typed.
        today: Business date; nobody is born later.

    Raises:
        DocumentNumberInvalid: form, check digit or birth date is wrong.
    """
    normalized = normalized_number(number)
    if not _FORMS[kind].fullmatch(normalized):
        raise DocumentNumberInvalid(f"This is not the form of a number of this kind ({kind.zh}).", pointer=_POINTER)
    if kind in CITIZEN_NUMBERS:
        _check_citizen_number(normalized, today)
    if kind is DocumentKind.CREDIT_CODE and not is_credit_code(normalized):
        raise DocumentNumberInvalid("The check digits do not fit the credit code.", pointer=_POINTER)
    return normalized


def birth_date(number: str) -> date:
    """Return the birth date that a citizen number (GB 11643, 18 characters) tells.

    Raises:
        DocumentNumberInvalid: there is no such day.
    """
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise DocumentNumberInvalid("The birth date in this number does not exist.", pointer=_POINTER) from None


def sex(number: str) -> Sex:
    """Return the sex that a citizen number tells: the 17th digit is odd for men (GB 11643)."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def citizen_check(body: str) -> str:
    """Return the check character of the first 17 digits of a citizen number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CITIZEN_CHECKS[sum(weight * int(digit) for weight, digit in zip(_CITIZEN_WEIGHTS, body, strict=True)) % 11]


def _check_citizen_number(number: str, today: date) -> None:
    if citizen_check(number[:17]) != number[17]:
        raise DocumentNumberInvalid("The check digit does not fit the number.", pointer=_POINTER)
    if birth_date(number) > today:
        raise DocumentNumberInvalid("The birth date in this number lies in the future.", pointer=_POINTER)
