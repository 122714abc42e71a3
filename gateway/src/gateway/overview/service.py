"""The overview of a client: asked of every service at the same time, with the caller's own rights."""

import asyncio
import json
from dataclasses import dataclass
from uuid import UUID

from joserfc.jwk import ECKey

from gateway.callers.principal import Principal
from gateway.overview import rules
from gateway.overview.rules import Part
from gateway.refusals import Refused
from gateway.upstreams import json_calls
from gateway.upstreams.json_calls import Answer
from gateway.upstreams.upstream import Upstreams
from shared.http.problems import problem


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the services in the name of a caller.

    Attributes:
        upstreams: The services.
        principal: The caller.
        key: Signs the caller's internal tokens.
    """

    upstreams: Upstreams
    principal: Principal
    key: ECKey

    async def ask(self, part: Part, client_id: UUID) -> Answer:
        """Return the answer for one part; a service that does not answer is answered for with a problem."""
        try:
            upstream = self.upstreams.get(part.service)
            token = self.principal.internal_token(part.service, self.key)
            return await json_calls.get(upstream, part.target_for(client_id), token=token, seconds=rules.PART_SECONDS)
        except Refused as refused:
            answer = problem(refused.status_code, refused.code, refused.detail)
            return Answer(refused.status_code, bytes(answer.body))


async def overview(asker: Asker, client_id: UUID) -> Answer:
    """Return the overview of a client as one JSON object.

    A part that failed is `{"problem": {…}}`. Where the client itself may not be seen or is unknown, that is the answer.
    """
    asked = {part.name: asyncio.create_task(asker.ask(part, client_id)) for part in rules.PARTS}
    try:
        client = await asked[rules.CLIENT.name]
        if client.status in rules.DECISIVE:
            return client
        answers = {name: await task for name, task in asked.items()}
    finally:
        for task in asked.values():
            task.cancel()
        await asyncio.gather(*asked.values(), return_exceptions=True)
    return Answer(200, rules.splice({name: _member(answer) for name, answer in answers.items()}))


def _member(answer: Answer) -> bytes:
    if answer.status == 200:
        return answer.body
    body = answer.body
    try:
        json.loads(body)
    except ValueError:
        body = bytes(problem(502, "bad_gateway", "The service did not say what is wrong.").body)
    return b'{"problem":' + body + b"}"
