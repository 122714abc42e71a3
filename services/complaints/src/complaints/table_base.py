"""The base of this service's tables."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.database import NAMES


class Table(SQLModel, registry=registry()):
    """Tables with metadata of their own, so that several services fit into one process."""


Table.metadata.naming_convention = NAMES
