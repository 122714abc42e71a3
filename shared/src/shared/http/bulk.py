"""Bulk calls: many items of one origin in one transaction, with a result for each."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Unavailable
from shared.http import problems
from shared.http.bodies import Body

MAX_ITEMS = 1000
#: More waiting events than this and bulk callers are asked to wait, so that single calls stay quick.
MAX_WAITING_EVENTS = 100_000

I = TypeVar("I", bound=BaseModel)  # noqa: E741  # I is the item


class BulkBody(Body):
    """Items of one origin. Each is checked by itself, so that one bad item does not refuse the others."""

    origin: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", description="The system the items come from.")]
    items: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_ITEMS)


class ItemProblem(BaseModel):
    """Why an item was refused."""

    code: str
    detail: str
    pointer: str


class ItemResult(BaseModel):
    """What became of one item."""

    external_id: str | None
    status: Literal["created", "updated", "unchanged", "refused"]
    id: UUID | None = None
    problem: ItemProblem | None = None


class BulkResult(BaseModel):
    """One result per item, in the order of the items."""

    results: list[ItemResult]


class OutboxIsLong(Unavailable):
    """Too many events wait to be published."""

    code = "outbox_is_long"
    retry_after_seconds = 5


@dataclass(frozen=True, slots=True)
class Accepted(Generic[I]):
    """An item that passed its own checks.

    Attributes:
        place: Its index among the items.
        item: The validated item.
    """

    place: int
    item: I


def check_items(body: BulkBody, model: type[I]) -> tuple[list[Accepted[I]], dict[int, ItemResult]]:
    """Return the items that are well formed, and the refusals of the others by place.

    An external id that comes twice in one call is refused the second time.
    """
    accepted: list[Accepted[I]] = []
    refused: dict[int, ItemResult] = {}
    seen: set[str] = set()
    for place, raw in enumerate(body.items):
        external_id = raw.get("external_id")
        try:
            item = model.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            known = external_id if isinstance(external_id, str) else None
            where = f"/items/{place}{problems.pointer(first['loc'], raw)}"
            refused[place] = refuse(known, first["type"], first["msg"], where)
            continue
        if external_id in seen:
            refused[place] = refuse(
                external_id, "duplicate", "This external id comes twice in the call.", f"/items/{place}/external_id"
            )
            continue
        seen.add(str(external_id))
        accepted.append(Accepted(place, item))
    return accepted, refused


def refuse(external_id: str | None, code: str, detail: str, pointer: str) -> ItemResult:
    """Return the result of a refused item. `pointer` leads into the request body."""
    return ItemResult(
        external_id=external_id, status="refused", problem=ItemProblem(code=code, detail=detail, pointer=pointer)
    )


def in_order(count: int, *parts: dict[int, ItemResult]) -> BulkResult:
    """Return the results of all `count` items in the order they came."""
    by_place = {place: result for part in parts for place, result in part.items()}
    return BulkResult(results=[by_place[place] for place in range(count)])


async def require_short_outbox(session: AsyncSession) -> None:
    """Ask bulk callers to wait while many events are still to be published.

    Raises:
        OutboxIsLong: more than `MAX_WAITING_EVENTS` wait.
    """
    statement = "SELECT count(*) FROM (SELECT FROM outbox LIMIT :bound) waiting"
    waiting = (await session.execute(text(statement), {"bound": MAX_WAITING_EVENTS + 1})).scalar_one()
    if waiting > MAX_WAITING_EVENTS:
        raise OutboxIsLong("Many events wait to be published; try again.", pointer=None, waiting=waiting)


async def lock_origin(session: AsyncSession, kind: str, origin: str) -> None:
    """Let one call for a kind of items of an origin at a time pass, so that the same item is never taken in twice."""
    statement = "SELECT pg_advisory_xact_lock(hashtextextended(:kind || ' of ' || :origin, 0))"
    await session.execute(text(statement), {"kind": kind, "origin": origin})
