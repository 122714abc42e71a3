"""At-risk levels from complaints: the same profile in any order, however often an event comes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from sqlalchemy import text

from client_profile.clients.tables import Client
from client_profile.documents.rules import DocumentKind
from client_profile.identity.rules import ClientKind, completed_profile
from client_profile.identity.schemas import Profile
from client_profile.identity.service import document_row, record_row
from client_profile.identity.tables import IdentityDocument, PersonalRecord
from client_profile.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.risk import ClientCleared, ClientFlagged, ClientRiskChanged
from shared.ids import new_id
from shared.testing.service import ServiceKit

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PROFILE = Profile(
    kind=ClientKind.PERSON,
    name="张三丰",
    document_kind=DocumentKind.RESIDENT_ID,
    document_number="11010519491231002X",
    phones=["13812341234"],
).model_dump()


def life(client_id: UUID) -> list[Any]:
    """Flagged, worse, cleared, flagged again."""

    def event(kind: Any, hours: int, level: str, score: int, *reasons: str) -> Any:
        return kind(
            occurred_at=AT + timedelta(hours=hours),
            client_id=client_id,
            level=level,
            score=score,
            reasons=list(reasons),
            rule_version="risk.points@2026-01-01",
        )

    return [
        event(ClientFlagged, 0, "medium", 35, "open_complaint", "outflow"),
        event(ClientRiskChanged, 1, "high", 60, "open_complaint", "overdue"),
        event(ClientCleared, 2, "low", 5),
        event(ClientFlagged, 3, "high", 70, "overdue"),
    ]


async def risk_shown(kit: ServiceKit, client_id: str) -> Any:
    return (await kit.staff("auditor").get(f"/v1/clients/{client_id}")).json()["risk"]


async def test_a_flag_shows_on_the_profile_with_its_reasons(house: Any, kit: ServiceKit) -> None:
    client = await house.client()
    flagged, changed, cleared, _ = life(UUID(client["id"]))

    await kit.receive(HANDLERS, flagged)
    assert await risk_shown(kit, client["id"]) == {
        "level": "medium",
        "score": 35,
        "reasons": ["open_complaint", "outflow"],
        "rule_version": "risk.points@2026-01-01",
        "changed_at": "2026-03-02T04:00:00Z",
    }
    await kit.receive(HANDLERS, changed)
    assert (await risk_shown(kit, client["id"]))["level"] == "high"
    await kit.receive(HANDLERS, cleared)
    assert await risk_shown(kit, client["id"]) is None


async def test_neither_the_client_nor_the_channel_is_told_what_the_house_thinks(house: Any, kit: ServiceKit) -> None:
    channel_id = new_id()
    client = await house.client(channel_id=str(channel_id))
    await kit.receive(HANDLERS, life(UUID(client["id"]))[0])
    channel = kit.channel(channel_id, "client.read")

    for caller in (channel, kit.client(UUID(client["id"]))):
        answer = (await caller.get(f"/v1/clients/{client['id']}")).json()
        assert (answer["id"], answer["risk"], answer["service_class"]) == (client["id"], None, None)
    [listed] = (await channel.get("/v1/clients")).json()["items"]
    assert (listed["risk"], listed["service_class"]) == (None, None)
    for query in ({"at_risk": "true"}, {"service_class": "A"}):
        refused = await channel.get("/v1/clients", params=query)
        assert (refused.status_code, refused.json()["code"]) == (403, "filter_not_yours")
    assert (await risk_shown(kit, client["id"]))["level"] == "medium"


async def test_every_order_and_every_repetition_ends_alike(kit: ServiceKit) -> None:
    for order in permutations(range(4)):
        client_id = new_id()
        events = life(client_id)
        await kit.receive(HANDLERS, *(events[place] for place in order))
        await kit.receive(HANDLERS, *(events[place] for place in order))

    async with kit.database.session() as session:
        rows = (await session.execute(text("SELECT is_flagged, level, score, changed_at FROM client_risk"))).all()
    assert len(rows) == 24
    assert {tuple(row) for row in rows} == {(True, "high", 70, AT + timedelta(hours=3))}


async def test_of_two_events_of_one_instant_the_later_version_counts(kit: ServiceKit) -> None:
    client_id = new_id()
    flagged, changed, *_ = life(client_id)
    same_instant = changed.model_copy(update={"occurred_at": AT})
    first = replace(kit.received(flagged), aggregate_version=7)
    second = replace(kit.received(same_instant), aggregate_version=8)
    for batch in ([second, first], [first, second]):
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, batch)

    async with kit.database.session() as session:
        level = (await session.execute(text("SELECT level FROM client_risk"))).scalar_one()
    assert level == "high"


async def test_a_flag_heard_before_its_client_is_kept_for_it(kit: ServiceKit) -> None:
    client_id = new_id()
    await kit.receive(HANDLERS, life(client_id)[0])

    client = Client(id=client_id, event_key=client_id, number="KH-000009", kind=ClientKind.PERSON, registered_at=AT)
    profile = completed_profile(PROFILE, today=AT.date())
    keys = kit.app.state.keys
    async with kit.database.transaction() as session:
        session.add(client)
        session.add(PersonalRecord(**record_row(client_id, profile, keys=keys)))
        session.add(IdentityDocument(**document_row(client_id, profile, keys=keys, now=AT)))

    assert (await risk_shown(kit, str(client_id)))["level"] == "medium"


async def test_clients_are_listed_by_whether_they_are_at_risk(house: Any, kit: ServiceKit) -> None:
    calm, flagged, cleared = [await house.client() for _ in range(3)]
    await kit.receive(HANDLERS, life(UUID(flagged["id"]))[0], *life(UUID(cleared["id"]))[:3])

    async def listed(at_risk: bool) -> list[str]:
        answer = await kit.staff("auditor").get("/v1/clients", params={"at_risk": at_risk})
        return [client["id"] for client in answer.json()["items"]]

    assert await listed(True) == [flagged["id"]]
    assert await listed(False) == [calm["id"], cleared["id"]]


async def test_at_risk_levels_record_no_events_of_their_own(kit: ServiceKit) -> None:
    await kit.receive(HANDLERS, *life(new_id()))

    assert await kit.outbox() == []
