from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.blacklist import queries, rules
from channel_commission.blacklist.rules import ListingStatus


async def listed_codes(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Return which credit codes are on the blacklist; none of them is listed before this transaction ends."""
    if not codes:
        return set()
    await queries.hold(session, codes)
    return await queries.listed_codes(session, codes)


async def require_person_not_listed(
    session: AsyncSession, document_number: str, *, data_key: bytes, pointer: str
) -> None:
    """Refuse a person who is on the blacklist.

    Raises:
        PersonBlacklisted: as said.
    """
    hashed = rules.person_hash(data_key, document_number)
    found = await queries.find_standing(session, uscc=None, person_hash=hashed)
    if found is not None and found.status is ListingStatus.LISTED:
        raise rules.PersonBlacklisted("This person is on the blacklist.", pointer=pointer)
