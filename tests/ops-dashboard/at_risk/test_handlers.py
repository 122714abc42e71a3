"""The list of clients at risk, told in any order across clients, against what the stories say."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ops_dashboard.at_risk.handlers import HANDLERS
from shared.events.base import Event
from shared.events.risk import ClientCleared, ClientFlagged, ClientRiskChanged
from shared.ids import new_id
from shared.testing.service import START


def _story(rng: Random) -> list[Event]:
    """Flagged, changed and cleared, up to three times over."""
    client_id, at, told = new_id(), START, []
    for _ in range(rng.randint(1, 3)):
        kinds = [ClientFlagged, *[ClientRiskChanged] * rng.randint(0, 3), ClientCleared]
        for kind in kinds:
            at += timedelta(days=1)
            score = 0 if kind is ClientCleared else rng.randint(10, 90)
            level = "high" if score >= 60 else "medium" if score >= 30 else "low"
            risk: dict[str, Any] = {"occurred_at": at, "client_id": client_id, "level": level, "score": score}
            told.append(kind(**risk, reasons=["outflow"], rule_version="risk.at_risk@2020-01-01"))
    return told[: rng.randint(1, len(told))]


def _listed(story: list[Event]) -> dict[str, Any] | None:
    last = story[-1]
    if isinstance(last, ClientCleared):
        return None
    assert isinstance(last, ClientFlagged | ClientRiskChanged)
    since = [event.occurred_at for event in story if isinstance(event, ClientFlagged)][-1]
    return {
        "client_id": str(last.client_id),
        "level": last.level,
        "score": last.score,
        "reasons": last.reasons,
        "flagged_at": since.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize("seed", range(8))
async def test_clients_told_of_in_any_order_are_listed_as_their_stories_say(world: Any, seed: int) -> None:
    rng = Random(seed)
    stories = [_story(rng) for _ in range(12)]

    await world.hear_shuffled(HANDLERS, stories, rng)

    wanted = [client for client in map(_listed, stories) if client]
    wanted.sort(key=lambda client: (client["score"], client["client_id"]), reverse=True)
    assert await world.listed("/v1/operations/clients-at-risk") == wanted
    for level in ("low", "medium", "high"):
        only = [client for client in wanted if client["level"] == level]
        assert await world.listed("/v1/operations/clients-at-risk", level=level) == only
