from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.http.bodies import Body, Read, ShortText

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{5,19}$")]


class UnconfirmedClient(Read):
    """A client that something was said about and that client-profile has not told of."""

    id: UUID
    heard_at: datetime


class ComplainantCreate(Body):
    """Somebody who is no client, or not yet known to be one."""

    name: ShortText
    phone: Phone


class ComplainantRead(Read):
    name: str
    phone: str
