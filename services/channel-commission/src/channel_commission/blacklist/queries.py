from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.blacklist.rules import ListingStatus
from channel_commission.blacklist.tables import BlacklistEntry
from shared.errors import NotFound

_HOLD = (
    "SELECT pg_advisory_xact_lock{shared}(hashtextextended('blacklist|' || code, 0))"
    " FROM (SELECT code FROM unnest(CAST(:codes AS text[])) AS code ORDER BY code) AS wanted"
)


async def hold(session: AsyncSession, codes: Collection[str], *, is_listing: bool = False) -> None:
    """Let entering a code and listing it wait for each other: otherwise neither would see the other."""
    statement = _HOLD.format(shared="" if is_listing else "_shared")
    await session.execute(text(statement), {"codes": sorted(set(codes))})


async def listed_codes(session: AsyncSession, codes: Collection[str]) -> set[str]:
    statement = select(col(BlacklistEntry.uscc)).where(
        col(BlacklistEntry.uscc).in_(codes), col(BlacklistEntry.status) == ListingStatus.LISTED
    )
    return {code for code in (await session.execute(statement)).scalars() if code}


async def find_standing(session: AsyncSession, *, uscc: str | None, person_hash: bytes | None) -> BlacklistEntry | None:
    """Return the entry of a subject that is listed or proposed."""
    mine = col(BlacklistEntry.uscc) == uscc if uscc else col(BlacklistEntry.person_hash) == person_hash
    stands = (ListingStatus.PROPOSED, ListingStatus.LISTED)
    statement = select(BlacklistEntry).where(mine, col(BlacklistEntry.status).in_(stands))
    return (await session.execute(statement)).scalar_one_or_none()


async def lock_entry(session: AsyncSession, entry_id: UUID) -> BlacklistEntry:
    statement = select(BlacklistEntry).where(col(BlacklistEntry.id) == entry_id).with_for_update()
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if found is None:
        raise NotFound("No entry of the blacklist has this id.")
    return found


def select_entries(status: ListingStatus | None) -> Select[BlacklistEntry]:
    statement = select(BlacklistEntry)
    return statement if status is None else statement.where(col(BlacklistEntry.status) == status)
