"""The base of this service's tables."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.database import NAMES
from shared.http.callers import Column


class Table(SQLModel, registry=registry()):
    """Tables with metadata of their own, so that several services fit into one process."""


Table.metadata.naming_convention = NAMES


def is_one_of(column: Column, ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the SQL condition that a column holds one of many ids, sent as one array and not as a thousand values."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))
