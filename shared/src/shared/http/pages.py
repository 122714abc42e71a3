"""Lists in pages by keyset: an opaque cursor, no page numbers, no lost or doubled rows.

rows, next_cursor = await pages.fetch(session, select(Complaint).where(...), page, by=(Complaint.due_on, Complaint.id))
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Invalid

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


class PageRequest(BaseModel):
    """Which page a caller wants.

    Attributes:
        limit: Rows at the most.
        cursor: `next_cursor` of the page before; None for the first.
        filters: Digest of path and filters; a cursor only fits the list it came from.
    """

    limit: int
    cursor: str | None
    filters: str


def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> PageRequest:
    named = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in ("limit", "cursor")
    )
    digest = hashlib.sha256(json.dumps([request.url.path, named]).encode()).hexdigest()[:16]
    return PageRequest(limit=limit, cursor=cursor, filters=digest)


#: `limit` and `cursor` of a list route.
PageDep = Annotated[PageRequest, Depends(_page_request)]


async def fetch(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    page: PageRequest,
    *,
    by: Sequence[Any],
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """Return the rows of one page and the cursor of the next.

    Args:
        session: The session to read with.
        statement: A select of one entity or of rows, without order and limit.
        page: Which page.
        by: Columns to sort by; none nullable, together unique (the id last).
        descending: Newest or largest first.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    if page.cursor is not None:
        after = _decode(page, by)
        key = tuple_(*by)
        statement = statement.where(key < after if descending else key > after)
    order = [column.desc() for column in by] if descending else list(by)
    keys = [column.label(f"page_key_{place}") for place, column in enumerate(by)]
    found = (await session.execute(statement.add_columns(*keys).order_by(*order).limit(page.limit + 1))).all()
    rows, more = found[: page.limit], len(found) > page.limit
    width = len(keys)
    items = [row[0] if len(row) == width + 1 else row[:-width] for row in rows]
    return items, _encode(page, rows[-1][-width:]) if more else None


def _encode(page: PageRequest, values: Sequence[Any]) -> str:
    text = json.dumps([page.filters, *(str(value) for value in values)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(page: PageRequest, by: Sequence[Any]) -> tuple[Any, ...]:
    try:
        padded = (page.cursor or "") + "=" * (-len(page.cursor or "") % 4)
        filters, *texts = json.loads(base64.urlsafe_b64decode(padded))
        if filters != page.filters or len(texts) != len(by):
            raise ValueError("another list")
        return tuple(_parse(text, column.type.python_type) for text, column in zip(texts, by, strict=True))
    except (ValueError, TypeError, ArithmeticError):
        raise Invalid("The cursor is not one of this list; start again without it.", pointer="/query/cursor") from None


def _parse(text: str, kind: type[Any]) -> Any:
    if kind in (datetime, date):
        return kind.fromisoformat(text)
    if kind in (UUID, int, str, Decimal):
        return kind(text)
    raise TypeError(f"cannot page by {kind}")
