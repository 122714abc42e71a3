from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.database import NAMES


class Table(SQLModel, registry=registry()):
    """The base of this service's tables: metadata of its own, so that services can share a process."""


Table.metadata.naming_convention = NAMES
