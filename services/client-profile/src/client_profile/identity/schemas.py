from datetime import date
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from client_profile.documents.rules import DocumentKind, Sex
from client_profile.identity.rules import ClientKind
from shared.http.bodies import PRINTABLE, Body, Day, Read, ShortText, Text


def _phone(value: str) -> str:
    try:
        parsed = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise PydanticCustomError("phone_number", "not a phone number that can be called")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


#: A phone number; without a country code it is a Chinese one. Kept as E.164.
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Phones = Annotated[list[Phone], Field(min_length=1, max_length=5, description="The first is the one to call.")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Nationality = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2, e.g. CN.")]
DocumentNumber = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PRINTABLE)]


class Profile(Body):
    """What is known of a client. Which fields apply depends on `kind`."""

    kind: ClientKind
    name: ShortText
    document_kind: DocumentKind
    document_number: DocumentNumber
    document_valid_until: Day | None = Field(default=None, description="Null for documents without end (长期).")
    birth_date: Day | None = Field(default=None, description="Persons; taken from a resident id.")
    sex: Sex | None = Field(default=None, description="Persons; taken from a resident id.")
    nationality: Nationality | None = Field(default=None, description="Persons; taken from a resident id.")
    occupation: ShortText | None = Field(default=None, description="Persons.")
    legal_representative: ShortText | None = Field(default=None, description="Institutions (法定代表人).")
    contact_name: ShortText | None = Field(default=None, description="Institutions: who answers the phone.")
    phones: Phones
    email: Email | None = None
    address: Text | None = None


class FormerName(BaseModel):
    """A name the client had, and the last day it was used here."""

    name: str
    until: date


class PersonalData(BaseModel):
    """What is encrypted on a client's row."""

    name: str
    former_names: list[FormerName] = []
    birth_date: date | None = None
    sex: Sex | None = None
    nationality: str | None = None
    occupation: str | None = None
    legal_representative: str | None = None
    contact_name: str | None = None
    phones: list[str]
    email: str | None = None
    address: str | None = None


class KeptDocument(BaseModel):
    """An identity document a client had."""

    kind: DocumentKind
    number: str
    valid_until: date | None


class RestrictedPersonalData(PersonalData):
    """What is encrypted of an erased client while the law keeps it: personal data and all documents."""

    documents: list[KeptDocument]


class IdentityRead(Read):
    """Personal data masked: 张**, 110105********002X, 138****1234. An institution's name and credit code are public and
    shown.
    """

    name: str
    document_kind: DocumentKind
    document_number: str
    document_valid_until: date | None
    birth_year: int | None
    sex: Sex | None
    nationality: str | None
    occupation: str | None
    legal_representative: str | None
    contact_name: str | None
    phones: list[str]
    email: str | None
    address: str | None


class IdentityUnmasked(PersonalData):
    """Personal data in full."""

    document_kind: DocumentKind
    document_number: str
    document_valid_until: date | None
