"""Bodies of the sign-in."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from shared.http.bodies import Body

Number = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]


class SignIn(Body):
    """Who signs in: exactly one of the three."""

    staff_number: Number | None = Field(default=None, examples=["RM-001"])
    client_number: Number | None = None
    bootstrap: Literal["admin"] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len([wanted for wanted in (self.staff_number, self.client_number, self.bootstrap) if wanted]) != 1:
            raise ValueError("say exactly one of staff_number, client_number and bootstrap")
        return self


class SignedIn(BaseModel):
    """A session token, to be sent as `Authorization: Bearer …`, and whom it stands for."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the type of a token, not a token
    expires_in: int = Field(description="Seconds.")
    kind: Literal["staff", "client"]
    id: UUID
    roles: list[str]


class Person(BaseModel):
    """What client-profile tells of a staff member; of a client only the id."""

    id: UUID
    roles: list[str] = []
    unit_id: UUID | None = None
    unit_ids: list[UUID] = []
