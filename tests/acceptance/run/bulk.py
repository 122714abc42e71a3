"""Bulk calls through the gateway: in chunks, again while the service asks to wait, with every refusal kept."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_stack.journey.callers import Caller

Item = dict[str, Any]

#: Half of what a call may hold, so that it is answered in time on a machine that does much else.
MOST_ITEMS = 500
#: Two mebibytes are the limit of a call; the envelope takes a little.
MOST_BYTES = 2 * 1024 * 1024 - 1024
WAITS_AT_MOST_SECONDS = 120


@dataclass
class Bulk:
    """One bulk endpoint, used in the name of one origin.

    Attributes:
        caller: who calls.
        path: e.g. `/v1/clients/bulk`.
        origin: the system that the items come from.
        statuses: how many items came out how.
        refused: external id, code and text of the items that the service refused.
        ids: the service's id of each item taken, by external id.
    """

    caller: Caller
    path: str
    origin: str
    statuses: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    async def send(self, items: Sequence[Item]) -> None:
        """Send the items in their order."""
        for chunk in chunks(items):
            for result in (await self._call(chunk))["results"]:
                self.statuses[result["status"]] += 1
                if result["status"] == "refused":
                    problem = result["problem"]
                    told = f"{problem['pointer']}: {problem['detail']}"
                    self.refused.append((str(result["external_id"]), problem["code"], told))
                else:
                    self.ids[result["external_id"]] = result["id"]

    async def all_taken(self, items: Sequence[Item]) -> dict[str, str]:
        """Send items of which none may be refused; return all ids of this endpoint so far."""
        await self.send(items)
        assert not self.refused, f"{self.path} refused {self.refused[:3]}"
        return self.ids

    async def _call(self, chunk: list[Item]) -> Item:
        deadline = time.monotonic() + WAITS_AT_MOST_SECONDS
        while True:
            # Whatever became of a call that was not answered in time: sent again, an item is known by its external id.
            answer = await self.caller.post(self.path, {"origin": self.origin, "items": chunk}, expect=(200, 503, 504))
            if "results" in answer:
                return answer
            assert time.monotonic() < deadline, f"{self.path} still asks to wait: {answer}"
            await asyncio.sleep(1)


def chunks(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Return the items in lists that one call takes."""
    chunk: list[Item] = []
    size = 0
    for item in items:
        length = len(json.dumps(item)) + 2
        if chunk and (len(chunk) == MOST_ITEMS or size + length > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += length
    if chunk:
        yield chunk
