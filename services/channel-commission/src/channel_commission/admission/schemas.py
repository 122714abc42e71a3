from typing import Annotated

from pydantic import Field

from shared.http.bodies import Body, Text


class Reason(Body):
    reason: Text


class Opinion(Body):
    opinion: Annotated[Text, Field(description="What due diligence found and why the partner may be admitted.")]
