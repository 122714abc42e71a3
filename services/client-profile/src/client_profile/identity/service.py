"""Personal data at rest: encrypted with one key, found by keyed hashes made with another."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.documents.rules import DocumentKind
from client_profile.identity import queries, rules
from client_profile.identity.rules import ClientKind
from client_profile.identity.schemas import (
    FormerName,
    IdentityRead,
    IdentityUnmasked,
    KeptDocument,
    PersonalData,
    RestrictedPersonalData,
)
from client_profile.identity.tables import IdentityDocument, PersonalRecord, RestrictedIdentity
from client_profile.settings import Settings
from shared.ids import new_id
from shared.sealing import key_of, masked_name, seal, unseal

#: Which key a value was encrypted with; stands beside every ciphertext, so that keys can be changed one row at a time.
KEY_VERSION = 1
_RECORD, _DOCUMENT, _RESTRICTED = "personal_record", "identity_document", "restricted_identity"
_SEALED = frozenset(PersonalData.model_fields) - {"former_names"}


@dataclass(frozen=True, slots=True)
class Keys:
    """The two secrets that personal data depends on."""

    data: bytes = field(repr=False)
    lookup: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the keys that the process was told."""
        return cls(data=key_of(settings.data_key), lookup=key_of(settings.lookup_key))


def _keys(request: Request) -> Keys:
    keys: Keys = request.app.state.keys
    return keys


#: The keys of this process.
KeysDep = Annotated[Keys, Depends(_keys)]


def encrypt(keys: Keys, value: str, *, table: str, row_id: UUID) -> bytes:
    """Return `value` encrypted for the column `sealed` of one row; of no use in any other place."""
    return seal(keys.data, value, place=_place(table, row_id, KEY_VERSION))


def decrypt(keys: Keys, sealed: bytes, *, key_version: int, table: str, row_id: UUID) -> str:
    """Return what `encrypt` was given for this row.

    Raises:
        cryptography.exceptions.InvalidTag: the value was changed, moved from another row, or sealed with another key.
    """
    return unseal(keys.data, sealed, place=_place(table, row_id, key_version))


def _place(table: str, row_id: UUID, key_version: int) -> bytes:
    return f"{table}|sealed|{row_id}|{key_version}".encode()


def lookup_hash(keys: Keys, purpose: str, *parts: str) -> bytes:
    """Return the keyed hash (HMAC-SHA-256) by which a value is found without being stored.

    Args:
        keys: The process's keys.
        purpose: What is looked up; the same value hashes differently for each purpose.
        parts: The value, normalized.
    """
    message = "\x1f".join((purpose, *parts)).encode()
    return hmac.digest(keys.lookup, message, hashlib.sha256)


def search_token(keys: Keys, piece: str) -> int:
    """Return the keyed hash of a piece of a name, cut to the 64 bits of a `bigint`."""
    return int.from_bytes(lookup_hash(keys, "name", piece)[:8], "big", signed=True)


def document_hash(keys: Keys, kind: DocumentKind, number: str) -> bytes:
    """Return the keyed hash by which the holder of a document is found; `number` is normalized."""
    return lookup_hash(keys, "document", kind, number)


def record_row(
    client_id: UUID, profile: Mapping[str, Any], *, keys: Keys, former_names: Sequence[FormerName] = ()
) -> dict[str, Any]:
    """Return the columns of `PersonalRecord` for a completed profile: encrypted, with what it is searched by."""
    personal = PersonalData(former_names=list(former_names), **{name: profile[name] for name in _SEALED})
    return {
        "client_id": client_id,
        "sealed": encrypt(keys, personal.model_dump_json(), table=_RECORD, row_id=client_id),
        "key_version": KEY_VERSION,
        "name_tokens": [search_token(keys, piece) for piece in rules.name_pieces(personal.name)],
        "phone_last4": sorted({phone[-4:] for phone in personal.phones}),
    }


def document_row(client_id: UUID, profile: Mapping[str, Any], *, keys: Keys, now: datetime) -> dict[str, Any]:
    """Return the columns of `IdentityDocument` for a completed profile: encrypted, and hashed for look-up."""
    document_id, kind, number = new_id(), profile["document_kind"], profile["document_number"]
    return {
        "id": document_id,
        "client_id": client_id,
        "kind": kind,
        "number_hash": document_hash(keys, kind, number),
        "sealed": encrypt(keys, number, table=_DOCUMENT, row_id=document_id),
        "key_version": KEY_VERSION,
        "valid_until": profile["document_valid_until"],
        "recorded_at": now,
        "replaced_at": None,
    }


def opened(record: PersonalRecord, keys: Keys) -> PersonalData:
    """Return the personal data of a record in full."""
    return PersonalData.model_validate_json(
        decrypt(keys, record.sealed, key_version=record.key_version, table=_RECORD, row_id=record.client_id)
    )


async def destroy(session: AsyncSession, client_id: UUID, *, keys: Keys, keep_restricted: bool) -> None:
    """Delete a client's personal data and documents, with every hash, token and digit they are found by.

    Args:
        session: The transaction that erases the client.
        client_id: The client.
        keys: The process's keys.
        keep_restricted: Seal all of it into one record that nothing but the client's id leads to.
    """
    if keep_restricted:
        record = await queries.get_record(session, client_id)
        documents = [_kept(document, keys) for document in await queries.list_documents(session, client_id)]
        kept = RestrictedPersonalData(**opened(record, keys).model_dump(), documents=documents)
        sealed = encrypt(keys, kept.model_dump_json(), table=_RESTRICTED, row_id=client_id)
        session.add(RestrictedIdentity(client_id=client_id, sealed=sealed, key_version=KEY_VERSION))
    await queries.destroy(session, client_id)


async def restricted(session: AsyncSession, client_id: UUID, *, keys: Keys) -> RestrictedPersonalData | None:
    """Return what the law keeps of an erased client's identity; None where it keeps nothing."""
    found = await session.get(RestrictedIdentity, client_id)
    if found is None:
        return None
    clear = decrypt(keys, found.sealed, key_version=found.key_version, table=_RESTRICTED, row_id=client_id)
    return RestrictedPersonalData.model_validate_json(clear)


def _kept(document: IdentityDocument, keys: Keys) -> KeptDocument:
    number = decrypt(keys, document.sealed, key_version=document.key_version, table=_DOCUMENT, row_id=document.id)
    return KeptDocument(kind=document.kind, number=number, valid_until=document.valid_until)


def unmasked(record: PersonalRecord, document: IdentityDocument, keys: Keys) -> IdentityUnmasked:
    """Return personal data and document in full."""
    return IdentityUnmasked(
        **opened(record, keys).model_dump(),
        document_kind=document.kind,
        document_number=decrypt(
            keys, document.sealed, key_version=document.key_version, table=_DOCUMENT, row_id=document.id
        ),
        document_valid_until=document.valid_until,
    )


def masked(kind: ClientKind, record: PersonalRecord, document: IdentityDocument, keys: Keys) -> IdentityRead:
    """Return personal data and document as every reader sees them."""
    full, is_public = unmasked(record, document, keys), kind is ClientKind.INSTITUTION
    return IdentityRead(
        name=full.name if is_public else masked_name(full.name),
        document_kind=full.document_kind,
        document_number=full.document_number if is_public else rules.masked_number(full.document_number),
        document_valid_until=full.document_valid_until,
        birth_year=full.birth_date.year if full.birth_date else None,
        sex=full.sex,
        nationality=full.nationality,
        occupation=full.occupation,
        legal_representative=masked_name(full.legal_representative) if full.legal_representative else None,
        contact_name=masked_name(full.contact_name) if full.contact_name else None,
        phones=[rules.masked_phone(phone) for phone in full.phones],
        email=rules.masked_email(full.email) if full.email else None,
        address=rules.masked_address(full.address) if full.address else None,
    )


def name_tokens(keys: Keys, wanted: str) -> list[int]:
    """Return the tokens that the names containing `wanted` have.

    Raises:
        SearchTooShort: nothing is left to search for.
    """
    return [search_token(keys, piece) for piece in rules.search_pieces(wanted)]
